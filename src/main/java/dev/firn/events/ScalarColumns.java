package dev.firn.events;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.Row;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.PlainObjects;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.toml.TomlMapper;

/// Columns of `events` that a `columns.toml` asks for: one value out of one object of a frame each.
///
/// ```
/// [[column]]
/// name  = "primary_energy"
/// key   = "I3MCWeightDict"          # the object's name in the frame
/// field = "PrimaryNeutrinoEnergy"   # of a map, a particle (energy, zenith...), a list (0.energy)
/// type  = "double"
/// unit  = "GeV"
/// doc   = "Energy of the primary neutrino"
/// ```
final class ScalarColumns {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final int MOST = 500;

  private final List<Scalar> scalars;

  private ScalarColumns(List<Scalar> scalars) {
    this.scalars = List.copyOf(scalars);
  }

  /// @param field path within the object; empty for the object itself
  private record Scalar(Column column, String key, List<String> field) {}

  /// @param toml text of a `columns.toml`; empty for no columns
  /// @throws EventsException `bad-columns`, saying which and why
  static ScalarColumns parse(String toml) {
    JsonNode root;
    try {
      root = TomlMapper.builder().build().readTree(toml);
    } catch (JacksonException e) {
      throw bad("not TOML: " + e.getOriginalMessage());
    }
    List<Scalar> scalars = new ArrayList<>();
    for (JsonNode node : root.path("column")) {
      scalars.add(scalar(node));
    }
    for (Map.Entry<String, JsonNode> entry : root.properties()) {
      if (!entry.getKey().equals("column") || !entry.getValue().isArray()) {
        throw bad("only [[column]] is known, not " + entry.getKey());
      }
    }
    if (scalars.size() > MOST) {
      throw bad("more than " + MOST + " columns");
    }
    return new ScalarColumns(scalars);
  }

  private static Scalar scalar(JsonNode node) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!List.of("name", "key", "field", "type", "unit", "doc").contains(entry.getKey())) {
        throw bad("a column has no " + entry.getKey());
      }
      if (!entry.getValue().isString()) {
        throw bad(entry.getKey() + " of a column is a text");
      }
    }
    String name = required(node, "name");
    if (!NAME.matcher(name).matches()) {
      throw bad("a column's name has lower-case letters, digits and '_': " + name);
    }
    ColumnType type;
    try {
      type = ColumnType.valueOf(required(node, "type").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw bad(name + ": types are boolean, int, long, float, double, text");
    }
    if (type == ColumnType.TIMESTAMP) {
      throw bad(name + ": a timestamp cannot be read out of an object");
    }
    String field = node.path("field").asString("");
    return new Scalar(
        Column.optional(name, type, node.path("unit").asString(""), required(node, "doc")),
        required(node, "key"),
        field.isEmpty() ? List.of() : List.of(field.split("\\.")));
  }

  private static String required(JsonNode node, String field) {
    String value = node.path(field).asString("");
    if (value.isBlank()) {
      throw bad("a column lacks " + field);
    }
    return value;
  }

  private static EventsException bad(String why) {
    return new EventsException("bad-columns", "columns.toml: " + why);
  }

  List<Column> columns() {
    return scalars.stream().map(Scalar::column).toList();
  }

  /// Sets what the frame has; a missing object or field leaves null.
  ///
  /// @throws I3Exception when an object cannot be read, or a value does not fit its column's type
  void fill(Row row, Map<String, Integer> places, FrameChain frame) throws I3Exception {
    Map<String, Optional<Object>> read = new HashMap<>();
    for (Scalar scalar : scalars) {
      Optional<Object> object = read.get(scalar.key);
      if (object == null) {
        Optional<FrameObject> found = frame.find(scalar.key);
        object = found.isEmpty() ? Optional.empty() : PlainObjects.read(found.get());
        read.put(scalar.key, object);
      }
      Object value = object.map(o -> step(o, scalar.field)).orElse(null);
      Integer place = places.get(scalar.column.name());
      if (value != null && place != null) {
        set(row, place, scalar, value);
      }
    }
  }

  private static @Nullable Object step(Object from, List<String> path) {
    Object at = from;
    for (int i = 0; i < path.size(); i++) {
      if (at instanceof Map<?, ?> map) {
        // Keys of maps may hold dots themselves.
        Object whole = map.get(String.join(".", path.subList(i, path.size())));
        if (whole != null) {
          return whole;
        }
        at = map.get(path.get(i));
      } else if (at instanceof List<?> list && path.get(i).matches("\\d{1,9}")) {
        int index = Integer.parseInt(path.get(i));
        at = index < list.size() ? list.get(index) : null;
      } else {
        return null;
      }
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private static void set(Row row, int place, Scalar scalar, Object value) throws I3Exception {
    boolean fits =
        switch (scalar.column.type()) {
          case BOOLEAN -> value instanceof Boolean b && row.set(place, b.booleanValue()) == row;
          case INT ->
              whole(value, Integer.MIN_VALUE, Integer.MAX_VALUE)
                  && row.set(place, ((Number) value).longValue()) == row;
          case LONG ->
              whole(value, Long.MIN_VALUE, Long.MAX_VALUE)
                  && row.set(place, ((Number) value).longValue()) == row;
          case FLOAT -> value instanceof Number n && row.set(place, n.floatValue()) == row;
          case DOUBLE -> value instanceof Number n && row.set(place, n.doubleValue()) == row;
          case TEXT -> value instanceof String s && row.set(place, s) == row;
          case TIMESTAMP -> false;
        };
    if (!fits) {
      String kind = value.getClass().getSimpleName();
      throw new I3Exception(
          -1,
          0,
          "column " + scalar.column.name() + ": a value that is a " + kind + " does not fit");
    }
  }

  private static boolean whole(Object value, long least, long most) {
    return (value instanceof Integer || value instanceof Long || value instanceof Short)
        && ((Number) value).longValue() >= least
        && ((Number) value).longValue() <= most;
  }
}
