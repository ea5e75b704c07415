package dev.firn.events;

import dev.firn.columnar.ParquetRows;
import dev.firn.database.Database;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import dev.firn.model.LogicalName;
import dev.firn.storage.ChannelStream;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where the modules are, for pictures: read once out of a GCD file, or of a table with columns
/// `string`, `om` (or `dom_number`), `x`, `y`, `z` (or `dom_x`...), and kept in the record.
final class Geometry {
  private final Database database;
  private final StorageArea area;

  Geometry(Database database, StorageArea area) {
    this.database = database;
    this.area = area;
  }

  /// One module; metres, z upwards.
  private record Module(int string, int om, double x, double y, double z) {
    /// Whether anybody knows where it is: others have NaN, which no picture and no query can use.
    boolean placed() {
      return Double.isFinite(x) && Double.isFinite(y) && Double.isFinite(z);
    }
  }

  /// Reads the geometry out of a file and keeps it.
  ///
  /// @return how many modules there are whose place is known
  /// @throws EventsException `bad-geometry`
  int take(LogicalName name) throws IOException {
    List<Module> modules;
    try (ReadChannel channel = area.open(name)) {
      modules =
          name.lastSegment().endsWith(".parquet") ? ofTable(name, channel) : ofFrames(channel);
    } catch (I3Exception | UncheckedIOException e) {
      throw new EventsException("bad-geometry", name + ": " + e.getMessage());
    }
    List<Module> placed = modules.stream().filter(Module::placed).toList();
    if (placed.isEmpty()) {
      String lacks = modules.isEmpty() ? " has no I3Geometry" : " has no module with a place";
      throw new EventsException("bad-geometry", name + lacks);
    }
    keep(name, placed);
    return placed.size();
  }

  private static List<Module> ofFrames(ReadChannel channel) throws IOException {
    try (InputStream in = new ChannelStream(channel);
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Optional<FrameObject> geometry = f.get().find("I3Geometry");
        if (geometry.isPresent()) {
          List<Module> modules = new ArrayList<>();
          for (Map.Entry<OmKey, DetectorGeometry.Position> each :
              DetectorGeometry.decodeModules(geometry.get().blob()).entrySet()) {
            DetectorGeometry.Position at = each.getValue();
            OmKey key = each.getKey();
            modules.add(new Module(key.string(), (int) key.om(), at.x(), at.y(), at.z()));
          }
          return modules;
        }
      }
      return List.of();
    }
  }

  private static List<Module> ofTable(LogicalName name, ReadChannel channel) throws IOException {
    List<Module> modules = new ArrayList<>();
    try (ParquetRows rows = ParquetRows.open(name.toString(), EventFinder.ranges(channel))) {
      for (Map<String, Object> row : rows.range(0, 100_000)) {
        modules.add(
            new Module(
                (int) number(row, "string", "string"),
                (int) number(row, "om", "dom_number"),
                number(row, "x", "dom_x"),
                number(row, "y", "dom_y"),
                number(row, "z", "dom_z")));
      }
    }
    return modules;
  }

  private static double number(Map<String, Object> row, String name, String other) {
    Object value = row.getOrDefault(name, row.get(other));
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw new EventsException("bad-geometry", "a row without " + name);
  }

  private void keep(LogicalName source, List<Module> modules) {
    database.inTransaction(connection -> {
      try (PreparedStatement put =
          connection.prepareStatement(
              "INSERT INTO event_geometry(source, strings, oms, x, y, z) VALUES (?, ?, ?, ?, ?, ?)"
                  + " ON CONFLICT (one) DO UPDATE SET source = excluded.source, strings ="
                  + " excluded.strings, oms = excluded.oms, x = excluded.x, y = excluded.y,"
                  + " z = excluded.z, changed = now()")) {
        put.setString(1, source.toString());
        put.setArray(2, ints(connection, modules.stream().map(Module::string)));
        put.setArray(3, ints(connection, modules.stream().map(Module::om)));
        put.setArray(4, doubles(connection, modules.stream().map(Module::x)));
        put.setArray(5, doubles(connection, modules.stream().map(Module::y)));
        put.setArray(6, doubles(connection, modules.stream().map(Module::z)));
        return put.executeUpdate();
      }
    });
  }

  private static Array ints(Connection c, Stream<Integer> values) throws SQLException {
    return c.createArrayOf("int4", values.toArray());
  }

  private static Array doubles(Connection c, Stream<Double> values) throws SQLException {
    return c.createArrayOf("float8", values.toArray());
  }

  /// Column by column: `string`, `om`, `x`, `y`, `z`; empty lists when none was ever taken.
  Map<String, Object> view() {
    return database.read(connection -> {
      Map<String, Object> view = new LinkedHashMap<>();
      try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT source, strings, oms, x, y, z FROM event_geometry");
          ResultSet row = select.executeQuery()) {
        boolean known = row.next();
        view.put("source", known ? row.getString(1) : "");
        String[] names = {"string", "om", "x", "y", "z"};
        for (int i = 0; i < names.length; i++) {
          view.put(names[i], known ? row.getArray(i + 2).getArray() : List.of());
        }
      }
      return view;
    });
  }

  /// Makes the table `geometry` (string, om, x, y, z) for queries. Numbers are told as texts: a
  /// record of before may have NaN, which is no number in SQL.
  List<String> tables() {
    Map<String, Object> view = view();
    StringBuilder sql = new StringBuilder("CREATE TABLE geometry AS SELECT ");
    for (String name : List.of("string", "om", "x", "y", "z")) {
      boolean whole = name.equals("string") || name.equals("om");
      String values =
          view.get(name) instanceof Object[] all
              ? Arrays.stream(all).map(v -> "'" + v + "'").collect(Collectors.joining(","))
              : "";
      String type = whole ? "INTEGER" : "DOUBLE";
      sql.append("unnest([%s]::%s[]) AS %s, ".formatted(values, type, name));
    }
    return List.of(sql.substring(0, sql.length() - 2));
  }
}
