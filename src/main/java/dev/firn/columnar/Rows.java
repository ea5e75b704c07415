package dev.firn.columnar;

/// What every writer asks of a row.
final class Rows {
  private Rows() {}

  static void refuseNull(Column column) {
    if (column.required()) {
      throw new IllegalArgumentException("column " + column.name() + " must have a value");
    }
  }
}
