package dev.firn.columnar;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeStampNanoTZVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/// A table as a stream of Arrow's IPC format; units and words are in the fields' metadata.
final class ArrowTable implements TableWriter {
  private static final int ROWS_A_BATCH = 65_536;

  private final TableSchema schema;
  private final BufferAllocator memory = new RootAllocator();
  private final VectorSchemaRoot root;
  private final ArrowStreamWriter writer;
  private int rows;

  ArrowTable(OutputStream out, TableSchema schema) throws IOException {
    this.schema = schema;
    List<Field> fields = new ArrayList<>();
    for (Column column : schema.columns()) {
      ArrowType type = type(column.type());
      fields.add(
          new Field(
              column.name(), new FieldType(!column.required(), type, null, column.words()), null));
    }
    root = VectorSchemaRoot.create(new Schema(fields), memory);
    writer = new ArrowStreamWriter(root, null, Channels.newChannel(out));
    writer.start();
  }

  private static ArrowType type(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case INT -> new ArrowType.Int(32, true);
      case LONG -> new ArrowType.Int(64, true);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case TEXT -> ArrowType.Utf8.INSTANCE;
      case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.NANOSECOND, "UTC");
    };
  }

  @Override
  public void write(Row row) throws IOException {
    for (int i = 0; i < schema.columns().size(); i++) {
      FieldVector vector = root.getVector(i);
      if (row.has(i)) {
        set(vector, row, i);
      } else {
        Rows.refuseNull(schema.columns().get(i));
        vector.setNull(rows);
      }
    }
    if (++rows == ROWS_A_BATCH) {
      flush();
    }
  }

  private void set(FieldVector vector, Row row, int column) {
    long bits = row.bits(column);
    switch (vector) {
      case BitVector v -> v.setSafe(rows, (int) bits);
      case IntVector v -> v.setSafe(rows, (int) bits);
      case BigIntVector v -> v.setSafe(rows, bits);
      case Float4Vector v -> v.setSafe(rows, Float.intBitsToFloat((int) bits));
      case Float8Vector v -> v.setSafe(rows, Double.longBitsToDouble(bits));
      case TimeStampNanoTZVector v -> v.setSafe(rows, bits);
      case VarCharVector v -> v.setSafe(rows, row.text(column).getBytes(StandardCharsets.UTF_8));
      default -> throw new IllegalStateException("no such vector: " + vector.getClass());
    }
  }

  private void flush() throws IOException {
    root.setRowCount(rows);
    writer.writeBatch();
    root.clear();
    rows = 0;
  }

  @Override
  public void close() throws IOException {
    try (memory;
        root) {
      if (rows > 0) {
        flush();
      }
      writer.end();
      writer.close();
    }
  }
}
