package dev.firn.columnar;

import java.util.Arrays;

/// The values of one column of a row group, without its nulls.
final class ColumnBuffer {
  private static final long NANOS_A_MICRO = 1000L;

  private final Column column;
  private final boolean texts;
  private final boolean moments;
  private long[] bits = new long[256];
  private String[] strings = {};
  private boolean[] present = {}; // by row; used once there is a null
  private boolean nulls;
  private int rows;
  private int values;

  ColumnBuffer(Column column) {
    this.column = column;
    texts = column.type() == ColumnType.TEXT;
    moments = column.type() == ColumnType.TIMESTAMP;
  }

  ColumnType type() {
    return column.type();
  }

  boolean required() {
    return column.required();
  }

  boolean holdsTexts() {
    return texts;
  }

  /// A number as [Row#bits] has it.
  void add(long value) {
    if (values == bits.length) {
      bits = Arrays.copyOf(bits, 2 * values);
    }
    bits[values++] = moments ? Math.floorDiv(value, NANOS_A_MICRO) : value;
    mark(true);
  }

  void add(String text) {
    if (values == strings.length) {
      strings = Arrays.copyOf(strings, Math.max(256, 2 * values));
    }
    strings[values++] = text;
    mark(true);
  }

  void addNull() {
    if (!nulls) {
      nulls = true;
      present = new boolean[Math.max(256, 2 * rows)];
      Arrays.fill(present, 0, rows, true);
    }
    mark(false);
  }

  private void mark(boolean value) {
    if (nulls) {
      if (rows == present.length) {
        present = Arrays.copyOf(present, 2 * rows);
      }
      present[rows] = value;
    }
    rows++;
  }

  void clear() {
    Arrays.fill(strings, 0, Math.min(values, strings.length), "");
    nulls = false;
    rows = 0;
    values = 0;
  }

  /// Rows, nulls counted.
  int rows() {
    return rows;
  }

  /// Values that are there.
  int values() {
    return values;
  }

  long bits(int value) {
    return bits[value];
  }

  String text(int value) {
    return strings[value];
  }

  /// Whether some row has no value.
  boolean hasNulls() {
    return nulls;
  }

  boolean present(int row) {
    return !nulls || present[row];
  }
}
