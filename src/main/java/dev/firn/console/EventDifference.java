package dev.firn.console;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// What differs between one event as two passes have it.
final class EventDifference {
  /// Columns that say where a row lies, and not what happened.
  private static final Set<String> PLACES =
      Set.of("frame", "file_id", "file", "pulse_file", "first_pulse_row", "last_pulse_row");

  private EventDifference() {}

  /// Columns of all parts by name, and for each module with pulses how many, their charge and the
  /// earliest time.
  ///
  /// @param named whether to say of which part they are
  static Map<String, Object> sums(List<Map<?, ?>> parts, boolean named) {
    Map<String, Object> sums = new LinkedHashMap<>();
    List<String> labels = EventParts.labels(parts);
    for (int i = 0; i < parts.size(); i++) {
      Map<?, ?> part = parts.get(i);
      String of = named ? labels.get(i) + ": " : "";
      part.forEach((name, value) -> {
        if (!(value instanceof Map) && !PLACES.contains(name.toString())) {
          sums.put(of + name, value.toString());
        }
      });
      if (part.get("pulse_rows") instanceof Map<?, ?> rows) {
        modules(of, rows).forEach((key, module) -> sums.put(key, module.toString()));
      }
    }
    return sums;
  }

  private record Module(int pulses, double charge, double first) {
    Module plus(double more, double time) {
      return new Module(pulses + 1, charge + more, Math.min(first, time));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%d pulse%s, %.3f PE, first at %.1f ns",
          pulses,
          pulses == 1 ? "" : "s",
          charge,
          first);
    }
  }

  private static Map<String, Module> modules(String of, Map<?, ?> rows) {
    Map<String, Module> modules = new LinkedHashMap<>();
    List<?> strings = list(rows, "string");
    List<?> oms = list(rows, "om");
    for (int i = 0; i < strings.size(); i++) {
      String key = of + "module " + strings.get(i) + "-" + oms.get(i);
      double charge = number(list(rows, "charge").get(i));
      double time = number(list(rows, "time").get(i));
      modules.merge(
          key, new Module(1, charge, time), (had, one) -> had.plus(one.charge(), one.first()));
    }
    return modules;
  }

  private static List<?> list(Map<?, ?> rows, String column) {
    return rows.get(column) instanceof List<?> values ? values : List.of();
  }

  private static double number(Object value) {
    return value instanceof Number n ? n.doubleValue() : Double.NaN;
  }

  /// What differs: two values, empty where one has none.
  static Map<String, String[]> of(Map<String, Object> before, Map<String, Object> now) {
    Set<String> names = new LinkedHashSet<>(now.keySet());
    names.addAll(before.keySet());
    Map<String, String[]> rows = new LinkedHashMap<>();
    for (String name : names) {
      if (!Objects.equals(before.get(name), now.get(name))) {
        rows.put(
            name,
            new String[] {
              String.valueOf(before.getOrDefault(name, "")),
              String.valueOf(now.getOrDefault(name, ""))
            });
      }
    }
    return rows;
  }
}
