package dev.firn.columnar;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;

/// The columns of a table, in order.
///
/// @param name of the table
/// @param ids field ids of the columns, by which Iceberg and Parquet know them whatever they are
///   called; each its own
public record TableSchema(String name, List<Column> columns, List<Integer> ids) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  public TableSchema {
    columns = List.copyOf(columns);
    ids = List.copyOf(ids);
    if (ids.size() != columns.size() || new HashSet<>(ids).size() != ids.size()) {
      throw new IllegalArgumentException("each column has a field id of its own");
    }
    Set<String> names = new HashSet<>();
    for (Column column : columns) {
      if (!names.add(column.name())) {
        throw new IllegalArgumentException("column " + column.name() + " is there twice");
      }
    }
  }

  /// A new table's columns: their field ids are their places, counted from 1.
  public TableSchema(String name, List<Column> columns) {
    this(name, columns, IntStream.rangeClosed(1, columns.size()).boxed().toList());
  }

  public static TableSchema of(String name, Column... columns) {
    return new TableSchema(name, List.of(columns));
  }

  /// The place of a column, from 0.
  ///
  /// @throws IllegalArgumentException when there is none of that name
  public int place(String column) {
    for (int i = 0; i < columns.size(); i++) {
      if (columns.get(i).name().equals(column)) {
        return i;
      }
    }
    throw new IllegalArgumentException("table " + name + " has no column " + column);
  }

  /// An empty row of this table.
  public Row newRow() {
    return new Row(this);
  }

  /// The schema as Iceberg writes it in JSON, which its readers look for under `iceberg.schema`.
  String icebergJson() {
    List<Map<String, Object>> fields = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      Column column = columns.get(i);
      Map<String, Object> field = new LinkedHashMap<>();
      field.put("id", ids.get(i));
      field.put("name", column.name());
      field.put("required", column.required());
      field.put("type", column.type().iceberg());
      field.put("doc", column.docWithUnit());
      fields.add(field);
    }
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "struct");
    schema.put("schema-id", 0);
    schema.put("fields", fields);
    return JSON.writeValueAsString(schema);
  }

  /// Units and words by column, under `firn.columns`.
  String columnsJson() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Column column : columns) {
      all.put(column.name(), column.words());
    }
    return JSON.writeValueAsString(all);
  }
}
