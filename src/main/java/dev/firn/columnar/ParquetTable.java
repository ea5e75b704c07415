package dev.firn.columnar;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/// A table as a Parquet file: zstd, dictionaries, data pages of version 2 with delta encodings and
/// checksums, page index.
///
/// Rows are gathered column by column for a row group and encoded a column at a time, which takes a
/// third of the time of handing parquet-java one value after another; parquet-java writes pages,
/// indexes and footer.
public final class ParquetTable implements TableWriter {
  /// A reader of one page of a column with a dictionary fetches all between the two: a row group of
  /// a megabyte or so keeps that below 2 % of a file of 100 MB. As many rows as DuckDB likes best,
  /// rounded up.
  private static final int ROWS_A_GROUP = 1 << 17;

  /// Characters of texts that a row group holds before it is written with fewer rows.
  private static final long TEXT_A_GROUP = 32L << 20;

  private final TableSchema schema;
  private final int rowsAGroup;
  private final MessageType message;
  private final ColumnBuffer[] columns;
  private final ColumnPages pages;
  private final ParquetFileWriter writer;
  private int rows;
  private long characters;
  private boolean closed;

  /// @param file must not exist yet
  public ParquetTable(Path file, TableSchema schema) throws IOException {
    this(file, schema, ROWS_A_GROUP);
  }

  /// A file of which one row is looked for: small row groups are read at once.
  ///
  /// @param file must not exist yet
  /// @param rowsAGroup at most
  public ParquetTable(Path file, TableSchema schema, int rowsAGroup) throws IOException {
    this(new LocalOutputFile(file), schema, rowsAGroup);
  }

  ParquetTable(OutputFile file, TableSchema schema) throws IOException {
    this(file, schema, ROWS_A_GROUP);
  }

  @SuppressWarnings("deprecation") // the constructors that are not ask for an encryption
  private ParquetTable(OutputFile file, TableSchema schema, int rowsAGroup) throws IOException {
    this.schema = schema;
    this.rowsAGroup = rowsAGroup;
    message = message(schema);
    columns = new ColumnBuffer[schema.columns().size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new ColumnBuffer(schema.columns().get(i));
    }
    writer =
        new ParquetFileWriter(
            file,
            message,
            ParquetFileWriter.Mode.CREATE,
            64L << 20,
            0,
            ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH,
            ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH,
            true);
    pages = new ColumnPages(writer);
    writer.start();
  }

  @Override
  public void write(Row row) throws IOException {
    List<Column> filled = row.schema().columns();
    if (filled != schema.columns() && !filled.equals(schema.columns())) {
      throw new IllegalArgumentException("a row of another table than " + schema.name());
    }
    for (int i = 0; i < columns.length; i++) {
      if (!row.has(i)) {
        Rows.refuseNull(schema.columns().get(i));
      }
    }
    for (int i = 0; i < columns.length; i++) {
      ColumnBuffer column = columns[i];
      if (!row.has(i)) {
        column.addNull();
      } else if (column.holdsTexts()) {
        String text = row.text(i);
        characters += text.length();
        column.add(text);
      } else {
        column.add(row.bits(i));
      }
    }
    if (++rows == rowsAGroup || characters > TEXT_A_GROUP) {
      flush();
    }
  }

  private void flush() throws IOException {
    writer.startBlock(rows);
    for (int i = 0; i < columns.length; i++) {
      ColumnDescriptor column = message.getColumns().get(i);
      writer.startColumn(column, rows, CompressionCodecName.ZSTD);
      pages.write(columns[i], column.getPrimitiveType());
      writer.endColumn();
      columns[i].clear();
    }
    writer.endBlock();
    rows = 0;
    characters = 0;
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try (writer;
        pages) {
      if (rows > 0) {
        flush();
      }
      // Sorted: the order of a Map.of is another in each process.
      writer.end(
          new TreeMap<>(
              Map.of(
                  "iceberg.schema", schema.icebergJson(), "firn.columns", schema.columnsJson())));
    }
  }

  /// What is in the file, once it is closed.
  public FileSummary summary() {
    return FileSummary.of(writer.getFooter(), schema);
  }

  private static MessageType message(TableSchema schema) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (int i = 0; i < schema.columns().size(); i++) {
      Column column = schema.columns().get(i);
      var type = physical(column.type());
      var field = column.required() ? Types.required(type) : Types.optional(type);
      switch (column.type()) {
        case TEXT -> field.as(LogicalTypeAnnotation.stringType());
        case TIMESTAMP ->
            field.as(
                LogicalTypeAnnotation.timestampType(true, LogicalTypeAnnotation.TimeUnit.MICROS));
        default -> {}
      }
      message.addField(field.id(schema.ids().get(i)).named(column.name()));
    }
    return message.named(schema.name());
  }

  private static PrimitiveTypeName physical(ColumnType type) {
    return switch (type) {
      case BOOLEAN -> PrimitiveTypeName.BOOLEAN;
      case INT -> PrimitiveTypeName.INT32;
      case LONG, TIMESTAMP -> PrimitiveTypeName.INT64;
      case FLOAT -> PrimitiveTypeName.FLOAT;
      case DOUBLE -> PrimitiveTypeName.DOUBLE;
      case TEXT -> PrimitiveTypeName.BINARY;
    };
  }
}
