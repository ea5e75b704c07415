package dev.firn.columnar;

/// What a column holds: the types that Parquet, Iceberg v2 and Arrow have in common.
public enum ColumnType {
  BOOLEAN("boolean"),
  /// 32 bits, signed.
  INT("int"),
  /// 64 bits, signed; unsigned 32-bit numbers of the detector go here.
  LONG("long"),
  FLOAT("float"),
  DOUBLE("double"),
  /// UTF-8.
  TEXT("string"),
  /// A moment in UTC; given in nanoseconds since 1970, kept in Parquet in microseconds, as Iceberg
  /// v2 has no finer.
  TIMESTAMP("timestamptz");

  private final String iceberg;

  ColumnType(String iceberg) {
    this.iceberg = iceberg;
  }

  /// The name of the type in an Iceberg schema.
  String iceberg() {
    return iceberg;
  }
}
