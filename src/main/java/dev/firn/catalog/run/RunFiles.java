package dev.firn.catalog.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/// The catalog's files of a run, by level and pass; what is missing of one is what another has, or
/// lies between what it has itself.
///
/// @param gcd names of the GCD files
/// @param spoken every part of the run that any level, or any gaps file, speaks of
/// @param expected these, and those that the numbering makes of them
record RunFiles(
    SortedMap<PassLevel, Level> levels,
    List<String> gcd,
    SortedSet<Part> spoken,
    SortedSet<Part> expected) {
  private static final int MOST = 500_000;

  /// Part of a run, in the order of data taking.
  record Part(int subrun, int part) implements Comparable<Part> {
    @Override
    public int compareTo(Part other) {
      return subrun != other.subrun
          ? Integer.compare(subrun, other.subrun)
          : Integer.compare(part, other.part);
    }
  }

  /// @param files of any kind: data, gaps, logs
  /// @param events of the data files, where it is known
  /// @param parts that have a data file
  record Level(long files, long bytes, long events, SortedSet<Part> parts) {
    static final Level NONE = new Level(0, 0, 0, new TreeSet<>());
  }

  /// Parts of the run that a level has not got.
  List<Part> missing(PassLevel level) {
    SortedSet<Part> there = levels.getOrDefault(level, Level.NONE).parts();
    return expected.stream().filter(part -> !there.contains(part)).toList();
  }

  static RunFiles of(Connection c, int run, List<RunPart> told) throws SQLException {
    RunFiles found =
        new RunFiles(new TreeMap<>(), new ArrayList<>(), new TreeSet<>(), new TreeSet<>());
    told.forEach(part -> found.spoken.add(new Part(part.subrun(), part.part())));
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT coalesce(l.name, ''), coalesce(f.subrun, 0), f.part, f.size, f.event_count,"
                + " "
                + DataFile.GCD
                + ", "
                + DataFile.SQL
                + ", d.path, f.name, "
                + PassLevel.SQL
                + " FROM file f"
                + " JOIN dir d ON d.id = f.dir_id LEFT JOIN level l ON l.id = f.level"
                + " WHERE f.run = ? AND f.state = 1 LIMIT ?")) {
      select.setInt(1, run);
      select.setInt(2, MOST);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(row);
        }
      }
    }
    found.fill();
    return found;
  }

  private void add(ResultSet row) throws SQLException {
    if (row.getBoolean(6)) {
      gcd.add(row.getString(8) + "/" + row.getString(9));
    }
    PassLevel name = new PassLevel(row.getString(1), row.getString(10));
    Level before = levels.getOrDefault(name, Level.NONE);
    SortedSet<Part> parts = new TreeSet<>();
    if (levels.containsKey(name)) {
      parts = before.parts;
    }
    int number = row.getInt(3);
    boolean data = !row.wasNull() && row.getBoolean(7);
    if (data) {
      Part part = new Part(row.getInt(2), number);
      parts.add(part);
      spoken.add(part);
    }
    levels.put(
        name,
        new Level(
            before.files + 1,
            before.bytes + row.getLong(4),
            before.events + (data ? row.getLong(5) : 0),
            parts));
  }

  /// Parts are numbered without holes: from 0 to the last of a subrun all are expected.
  private void fill() {
    expected.addAll(spoken);
    fill(expected);
  }

  static void fill(SortedSet<Part> expected) {
    SortedMap<Integer, Integer> last = new TreeMap<>();
    expected.forEach(part -> last.merge(part.subrun, part.part, Math::max));
    last.forEach((subrun, most) -> {
      for (int part = 0; part < most && part < 100_000; part++) {
        expected.add(new Part(subrun, part));
      }
    });
  }
}
