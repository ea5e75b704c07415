package dev.firn.columnar;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// One row, filled in place and written as often as wished; numbers are held without boxes.
///
/// What is not set since the last [#clear] is null. Setting a column by a method that is not its
/// type's own is a programmer's error.
public final class Row {
  private final TableSchema schema;
  private final ColumnType[] types;
  private final long[] numbers;
  private final @Nullable String[] texts;
  private final boolean[] present;

  Row(TableSchema schema) {
    this.schema = schema;
    int columns = schema.columns().size();
    types = schema.columns().stream().map(Column::type).toArray(ColumnType[]::new);
    numbers = new long[columns];
    texts = new @Nullable String[columns];
    present = new boolean[columns];
  }

  /// Makes every column null.
  public Row clear() {
    Arrays.fill(present, false);
    return this;
  }

  /// Makes one column null.
  public Row clear(int column) {
    present[column] = false;
    return this;
  }

  public Row set(int column, boolean value) {
    return put(column, ColumnType.BOOLEAN, value ? 1 : 0);
  }

  /// For INT, LONG and TIMESTAMP (nanoseconds since 1970).
  public Row set(int column, long value) {
    switch (types[column]) {
      case INT -> put(column, ColumnType.INT, Math.toIntExact(value));
      case LONG, TIMESTAMP -> put(column, types[column], value);
      default -> throw wrong(column);
    }
    return this;
  }

  public Row set(int column, float value) {
    return put(column, ColumnType.FLOAT, Float.floatToRawIntBits(value));
  }

  public Row set(int column, double value) {
    return put(column, ColumnType.DOUBLE, Double.doubleToRawLongBits(value));
  }

  public Row set(int column, String value) {
    put(column, ColumnType.TEXT, 0);
    texts[column] = value;
    return this;
  }

  private Row put(int column, ColumnType type, long bits) {
    if (types[column] != type) {
      throw wrong(column);
    }
    numbers[column] = bits;
    present[column] = true;
    return this;
  }

  private IllegalArgumentException wrong(int column) {
    Column c = schema.columns().get(column);
    return new IllegalArgumentException("column " + c.name() + " is " + c.type());
  }

  /// The value of a column as an object: a Boolean, Long (also INT and TIMESTAMP), Float, Double or
  /// String; null where it has none.
  public @Nullable Object value(int column) {
    if (!present[column]) {
      return null;
    }
    return switch (types[column]) {
      case BOOLEAN -> numbers[column] == 1;
      case INT, LONG, TIMESTAMP -> numbers[column];
      case FLOAT -> Float.intBitsToFloat((int) numbers[column]);
      case DOUBLE -> Double.longBitsToDouble(numbers[column]);
      case TEXT -> text(column);
    };
  }

  /// Bytes that [#write] takes.
  public int size() {
    int size = 0;
    for (int i = 0; i < present.length; i++) {
      size += 1;
      if (present[i]) {
        size += types[i] == ColumnType.TEXT ? Integer.BYTES + utf8(i).length : Long.BYTES;
      }
    }
    return size;
  }

  /// Writes the row for [#read] of a row of the same table.
  public void write(ByteBuffer to) {
    for (int i = 0; i < present.length; i++) {
      to.put((byte) (present[i] ? 1 : 0));
      if (present[i] && types[i] == ColumnType.TEXT) {
        byte[] text = utf8(i);
        to.putInt(text.length).put(text);
      } else if (present[i]) {
        to.putLong(numbers[i]);
      }
    }
  }

  /// Becomes the row that [#write] wrote.
  public void read(ByteBuffer from) {
    for (int i = 0; i < present.length; i++) {
      present[i] = from.get() == 1;
      if (present[i] && types[i] == ColumnType.TEXT) {
        byte[] text = new byte[from.getInt()];
        from.get(text);
        texts[i] = new String(text, StandardCharsets.UTF_8);
      } else if (present[i]) {
        numbers[i] = from.getLong();
      }
    }
  }

  private byte[] utf8(int column) {
    return text(column).getBytes(StandardCharsets.UTF_8);
  }

  TableSchema schema() {
    return schema;
  }

  boolean has(int column) {
    return present[column];
  }

  /// The number as it is held: bits of a float or double, 1 for true.
  long bits(int column) {
    return numbers[column];
  }

  String text(int column) {
    String text = texts[column];
    return text == null ? "" : text;
  }
}
