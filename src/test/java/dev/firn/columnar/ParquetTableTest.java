package dev.firn.columnar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What another program, DuckDB, finds in the files.
class ParquetTableTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          "all",
          Column.required("flag", ColumnType.BOOLEAN, "", "A flag"),
          Column.required("small", ColumnType.INT, "", "A number"),
          Column.required("large", ColumnType.LONG, "", "A number"),
          Column.required("single", ColumnType.FLOAT, "PE", "A charge"),
          Column.required("twice", ColumnType.DOUBLE, "ns", "A time"),
          Column.optional("words", ColumnType.TEXT, "", "A text"),
          Column.optional("moment", ColumnType.TIMESTAMP, "", "A time"));

  @TempDir Path directory;

  @Test
  void everyTypeComesBackBitForBit() throws Exception {
    Path file = directory.resolve("all.parquet");
    int rows = 50_000;
    Row row = SCHEMA.newRow();
    try (TableWriter table = TableWriter.parquet(file, SCHEMA)) {
      for (int i = 0; i < rows; i++) {
        row.clear().set(0, i % 3 == 0).set(1, -i).set(2, 1L << (i % 63)).set(3, i * 0.025f);
        row.set(4, Math.sqrt(i));
        if (i % 2 == 0) {
          row.set(5, "väl " + i).set(6, 1_500_000_000_123_456_789L + i * 1000L);
        }
        table.write(row);
      }
    }
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = duck.createStatement();
        ResultSet r = sql.executeQuery("select *, epoch_us(moment) us from '" + file + "'")) {
      for (int i = 0; i < rows; i++) {
        assertThat(r.next()).isTrue();
        assertThat(r.getBoolean(1)).isEqualTo(i % 3 == 0);
        assertThat(r.getInt(2)).isEqualTo(-i);
        assertThat(r.getLong(3)).isEqualTo(1L << (i % 63));
        assertThat(r.getFloat(4)).isEqualTo(i * 0.025f);
        assertThat(r.getDouble(5)).isEqualTo(Math.sqrt(i));
        assertThat(r.getString(6)).isEqualTo(i % 2 == 0 ? "väl " + i : null);
        assertThat(r.getObject("us"))
            .isEqualTo(i % 2 == 0 ? 1_500_000_000_123_456L + i : (Object) null);
      }
      assertThat(r.next()).isFalse();
    }
  }

  @Test
  void footerSaysCodecFieldIdsUnitsAndWords() throws Exception {
    Path file = directory.resolve("all.parquet");
    try (TableWriter table = TableWriter.parquet(file, SCHEMA)) {
      Row row = SCHEMA.newRow();
      table.write(row.set(0, true).set(1, 1).set(2, 1).set(3, 1f).set(4, 1d));
    }
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement sql = duck.createStatement()) {
      Map<String, String> words = new TreeMap<>();
      ResultSet r =
          sql.executeQuery(
              "select decode(key), decode(value) from parquet_kv_metadata('" + file + "')");
      while (r.next()) {
        words.put(r.getString(1), r.getString(2));
      }
      assertThat(words.get("iceberg.schema")).contains("\"doc\":\"A charge [PE]\"");
      assertThat(words.get("firn.columns")).contains("\"PE\"");
      r = sql.executeQuery("select compression from parquet_metadata('" + file + "')");
      while (r.next()) {
        assertThat(r.getString(1)).isEqualTo("ZSTD");
      }
      r =
          sql.executeQuery(
              "select field_id from parquet_schema('" + file + "') where name = 'single'");
      assertThat(r.next()).isTrue();
      assertThat(r.getInt(1)).isEqualTo(4);
    }
  }

  @Test
  void rowThatDoesNotFitIsRefused() throws Exception {
    try (TableWriter table = TableWriter.parquet(directory.resolve("x.parquet"), SCHEMA)) {
      Row row = SCHEMA.newRow();
      assertThatThrownBy(() -> table.write(row)).hasMessage("column flag must have a value");
      assertThatThrownBy(() -> row.set(1, 1.5)).hasMessage("column small is INT");
      assertThatThrownBy(() -> row.set(1, 1L << 40)).isInstanceOf(ArithmeticException.class);
      Row other = TableSchema.of("o", SCHEMA.columns().getFirst()).newRow();
      assertThatThrownBy(() -> table.write(other)).hasMessage("a row of another table than all");
    }
  }
}
