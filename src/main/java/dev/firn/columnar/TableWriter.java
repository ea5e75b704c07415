package dev.firn.columnar;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/// Takes the rows of one table into one file.
public interface TableWriter extends Closeable {
  /// Writes one row; it may be changed afterwards.
  ///
  /// @throws IllegalArgumentException when a required column is null, or the row is of another
  ///   schema
  void write(Row row) throws IOException;

  /// A Parquet file, which must not exist yet: zstd, dictionaries, data pages of version 2 with
  /// delta encodings, page index.
  static TableWriter parquet(Path file, TableSchema schema) throws IOException {
    return new ParquetTable(file, schema);
  }

  /// The same as a stream. Closes `out`.
  static TableWriter parquet(OutputStream out, TableSchema schema) throws IOException {
    return new ParquetTable(new StreamFile(out), schema);
  }

  /// CSV as RFC 4180 has it, with a line of names; null is nothing between two commas. Texts pass
  /// through `shown` first, which escapes what a terminal would act upon. Closes `out`.
  static TableWriter csv(Writer out, TableSchema schema, UnaryOperator<String> shown)
      throws IOException {
    return new CsvTable(out, schema, shown);
  }

  /// A stream in Arrow's IPC format. Closes `out`.
  static TableWriter arrow(OutputStream out, TableSchema schema) throws IOException {
    return new ArrowTable(out, schema);
  }

  /// Lines of JSON, one object a row without its nulls; what JSON has no number for is a text.
  /// Closes `out`.
  static TableWriter json(Writer out, TableSchema schema) {
    return new JsonTable(out, schema);
  }
}
