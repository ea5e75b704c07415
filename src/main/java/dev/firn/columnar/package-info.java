/// Rows as columns: tables written to Parquet files, or to CSV where a person reads them.
///
/// A [TableSchema] says once what a table's columns are, with units and documentation, and every
/// writer takes the same [Row]. Parquet files are written without Hadoop: zstd, dictionaries, delta
/// encodings, a page index, and the schema with field ids, units and words in the footer, so that
/// DuckDB, pyarrow, Polars, Spark or Trino read them as they are.
///
/// Promises: a file is complete only when [TableWriter#close] returned; the caller publishes it
/// then. Threads: a writer belongs to one thread. Memory: one row group (about 64 MiB). Fails with
/// `IOException` where the disk does, and with `IllegalArgumentException` where a row does not fit
/// its schema.
@NullMarked
package dev.firn.columnar;

import org.jspecify.annotations.NullMarked;
