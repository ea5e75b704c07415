package dev.firn.columnar.iceberg;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.iceberg.Schema;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/// Iceberg's schemas and ours. Iceberg has one text a column, which ends with the unit in brackets.
final class Schemas {
  private static final Pattern UNIT = Pattern.compile("(.*) \\[([^\\[\\]]+)]", Pattern.DOTALL);

  private Schemas() {}

  static Schema iceberg(TableSchema schema) {
    List<NestedField> fields = new ArrayList<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      int id = schema.ids().get(i);
      fields.add(
          column.required()
              ? NestedField.required(id, column.name(), type(column.type()), doc(column))
              : NestedField.optional(id, column.name(), type(column.type()), doc(column)));
    }
    return new Schema(fields);
  }

  static TableSchema ours(String name, Schema schema) {
    List<Column> columns = new ArrayList<>();
    List<Integer> ids = new ArrayList<>();
    for (NestedField field : schema.columns()) {
      String doc = field.doc() == null ? "" : field.doc();
      Matcher unit = UNIT.matcher(doc);
      boolean has = unit.matches();
      columns.add(
          new Column(
              field.name(),
              type(field.type()),
              field.isRequired(),
              has ? unit.group(2) : "",
              has ? unit.group(1) : doc));
      ids.add(field.fieldId());
    }
    return new TableSchema(name, columns, ids);
  }

  static String doc(Column column) {
    return column.unit().isEmpty() ? column.doc() : column.doc() + " [" + column.unit() + "]";
  }

  static Type type(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> Types.BooleanType.get();
      case INT -> Types.IntegerType.get();
      case LONG -> Types.LongType.get();
      case FLOAT -> Types.FloatType.get();
      case DOUBLE -> Types.DoubleType.get();
      case TEXT -> Types.StringType.get();
      case TIMESTAMP -> Types.TimestampType.withZone();
    };
  }

  private static ColumnType type(Type type) {
    return switch (type.typeId()) {
      case BOOLEAN -> ColumnType.BOOLEAN;
      case INTEGER -> ColumnType.INT;
      case LONG -> ColumnType.LONG;
      case FLOAT -> ColumnType.FLOAT;
      case DOUBLE -> ColumnType.DOUBLE;
      case STRING -> ColumnType.TEXT;
      case TIMESTAMP -> ColumnType.TIMESTAMP;
      default -> throw new IllegalArgumentException("a column of type " + type);
    };
  }
}
