package dev.firn.columnar;

import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// A table as lines of text.
final class CsvTable implements TableWriter {
  private static final long NANOS = 1_000_000_000L;

  private final Writer out;
  private final TableSchema schema;
  private final UnaryOperator<String> shown;
  private final StringBuilder line = new StringBuilder();

  CsvTable(Writer out, TableSchema schema, UnaryOperator<String> shown) throws IOException {
    this.out = out;
    this.schema = schema;
    this.shown = shown;
    out.write(schema.columns().stream().map(Column::name).collect(Collectors.joining(",")) + "\n");
  }

  @Override
  public void write(Row row) throws IOException {
    List<Column> columns = schema.columns();
    line.setLength(0);
    for (int i = 0; i < columns.size(); i++) {
      if (i > 0) {
        line.append(',');
      }
      if (row.has(i)) {
        append(row, i, columns.get(i).type());
      } else {
        Rows.refuseNull(columns.get(i));
      }
    }
    out.append(line.append('\n'));
  }

  private void append(Row row, int column, ColumnType type) {
    long bits = row.bits(column);
    switch (type) {
      case BOOLEAN -> line.append(bits == 1);
      case INT, LONG -> line.append(bits);
      case FLOAT -> line.append(Float.intBitsToFloat((int) bits));
      case DOUBLE -> line.append(Double.longBitsToDouble(bits));
      case TEXT -> line.append(quoted(shown.apply(row.text(column))));
      case TIMESTAMP ->
          line.append(
              Instant.ofEpochSecond(Math.floorDiv(bits, NANOS), Math.floorMod(bits, NANOS)));
    }
  }

  private static String quoted(String text) {
    boolean plain = text.chars().noneMatch(c -> c == '"' || c == ',' || c == '\n' || c == '\r');
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
