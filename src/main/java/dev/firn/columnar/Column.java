package dev.firn.columnar;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// One column of a table.
///
/// @param name in lower case, with underscores
/// @param type what it holds
/// @param required whether every row has a value
/// @param unit of the number, `ns` for one; empty where there is none
/// @param doc what it means, in a sentence
public record Column(String name, ColumnType type, boolean required, String unit, String doc) {
  public Column {
    if (name.isEmpty()) {
      throw new IllegalArgumentException("a column without a name");
    }
  }

  /// A column with a value in every row.
  public static Column required(String name, ColumnType type, String unit, String doc) {
    return new Column(name, type, true, unit, doc);
  }

  /// A column that may be null.
  public static Column optional(String name, ColumnType type, String unit, String doc) {
    return new Column(name, type, false, unit, doc);
  }

  /// Unit and documentation, for formats that have room for both. Sorted, because the order of a
  /// [Map#of] is another in each process, and the same table is to be the same bytes.
  SortedMap<String, String> words() {
    return new TreeMap<>(Map.of("unit", unit, "doc", doc));
  }

  /// The documentation with its unit, for formats that have one text for both.
  String docWithUnit() {
    return unit.isEmpty() ? doc : doc + " [" + unit + "]";
  }
}
