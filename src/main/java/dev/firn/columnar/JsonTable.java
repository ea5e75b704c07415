package dev.firn.columnar;

import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// A table as lines of JSON.
final class JsonTable implements TableWriter {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long NANOS = 1_000_000_000L;

  private final Writer out;
  private final TableSchema schema;

  JsonTable(Writer out, TableSchema schema) {
    this.out = out;
    this.schema = schema;
  }

  @Override
  public void write(Row row) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      if (row.has(i)) {
        object.put(column.name(), value(row, i, column.type()));
      } else {
        Rows.refuseNull(column);
      }
    }
    out.write(JSON.writeValueAsString(object));
    out.write('\n');
  }

  private static Object value(Row row, int column, ColumnType type) {
    long bits = row.bits(column);
    return switch (type) {
      case BOOLEAN -> bits == 1;
      case INT, LONG -> bits;
      case FLOAT -> number(Float.intBitsToFloat((int) bits));
      case DOUBLE -> number(Double.longBitsToDouble(bits));
      case TEXT -> row.text(column);
      case TIMESTAMP ->
          Instant.ofEpochSecond(Math.floorDiv(bits, NANOS), Math.floorMod(bits, NANOS)).toString();
    };
  }

  private static Object number(float value) {
    return Float.isFinite(value) ? (Object) value : Float.toString(value);
  }

  private static Object number(double value) {
    return Double.isFinite(value) ? (Object) value : Double.toString(value);
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
