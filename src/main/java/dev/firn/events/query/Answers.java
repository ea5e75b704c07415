package dev.firn.events.query;

import dev.firn.columnar.Column;
import dev.firn.columnar.ColumnType;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import java.io.IOException;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/// Hands DuckDB's rows on as rows of ours.
final class Answers {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Answers() {}

  static void send(ResultSet rows, Queries.Answer answer) throws SQLException, IOException {
    TableSchema schema = schema(rows.getMetaData());
    answer.begin(schema);
    Row row = schema.newRow();
    while (rows.next()) {
      row.clear();
      for (int i = 0; i < schema.columns().size(); i++) {
        Object value = rows.getObject(i + 1);
        if (value != null) {
          set(row, i, schema.columns().get(i), value);
        }
      }
      answer.row(row);
    }
  }

  private static TableSchema schema(ResultSetMetaData answer) throws SQLException {
    List<Column> columns = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 1; i <= answer.getColumnCount(); i++) {
      String name = answer.getColumnName(i);
      String free = name.isEmpty() ? "column" + i : name;
      while (!names.add(free)) {
        free = free + "_" + i;
      }
      columns.add(Column.optional(free, type(answer, i), "", ""));
    }
    return new TableSchema("answer", columns);
  }

  private static ColumnType type(ResultSetMetaData answer, int i) throws SQLException {
    return switch (answer.getColumnType(i)) {
      case Types.BOOLEAN -> ColumnType.BOOLEAN;
      case Types.TINYINT, Types.SMALLINT, Types.INTEGER -> ColumnType.INT;
      case Types.BIGINT -> ColumnType.LONG;
      case Types.FLOAT, Types.REAL -> ColumnType.FLOAT;
      case Types.DOUBLE, Types.DECIMAL, Types.NUMERIC -> ColumnType.DOUBLE;
      case Types.TIMESTAMP_WITH_TIMEZONE -> ColumnType.TIMESTAMP;
      default -> answer.getColumnTypeName(i).equals("HUGEINT") ? ColumnType.LONG : ColumnType.TEXT;
    };
  }

  private static void set(Row row, int place, Column column, Object value) {
    switch (column.type()) {
      case BOOLEAN -> row.set(place, (Boolean) value);
      case INT -> row.set(place, ((Number) value).longValue());
      case LONG -> row.set(place, whole(column, value));
      case FLOAT -> row.set(place, ((Number) value).floatValue());
      case DOUBLE -> row.set(place, ((Number) value).doubleValue());
      case TEXT -> row.set(place, value.toString());
      case TIMESTAMP -> {
        Instant at = ((OffsetDateTime) value).toInstant();
        row.set(
            place,
            Math.addExact(Math.multiplyExact(at.getEpochSecond(), 1_000_000_000L), at.getNano()));
      }
    }
  }

  private static long whole(Column column, Object value) {
    if (value instanceof BigInteger big) {
      if (big.bitLength() > 63) {
        throw new QueryFailure(
            column.name() + " is beyond 64 bits: cast it to DOUBLE or VARCHAR", false);
      }
      return big.longValue();
    }
    return ((Number) value).longValue();
  }

  /// DuckDB's words about a text it could not parse.
  static String message(String json) {
    String message = JSON.readTree(json).path("error_message").asString("");
    return message.isEmpty() ? "not a SELECT" : message.lines().findFirst().orElse(message);
  }
}
