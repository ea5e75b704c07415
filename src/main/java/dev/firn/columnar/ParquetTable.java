package dev.firn.columnar;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/// A table as a Parquet file: zstd, dictionaries, data pages of version 2 with delta encodings and
/// checksums, page index.
public final class ParquetTable implements TableWriter {
  private static final long ROW_GROUP_BYTES = 64L << 20;

  /// A reader of one page of a column with a dictionary fetches all between the two: a row group of
  /// a megabyte or so keeps that below 2 % of a file of 100 MB. As many rows as DuckDB likes best,
  /// rounded up.
  private static final int ROWS_A_GROUP = 1 << 17;

  /// One event of a hundred pulses then touches one page of each column, or two.
  private static final int ROWS_A_PAGE = 20_000;

  private final TableSchema schema;
  private final ParquetWriter<Row> writer;

  /// @param file must not exist yet
  public ParquetTable(Path file, TableSchema schema) throws IOException {
    this(new LocalOutputFile(file), schema);
  }

  ParquetTable(OutputFile file, TableSchema schema) throws IOException {
    this.schema = schema;
    writer =
        new Builder(file, schema)
            .withConf(new PlainParquetConfiguration())
            .withCodecFactory(new ZstdCodec())
            .withCompressionCodec(CompressionCodecName.ZSTD)
            .withWriterVersion(WriterVersion.PARQUET_2_0)
            .withDictionaryEncoding(true)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withRowGroupRowCountLimit(ROWS_A_GROUP)
            .withPageRowCountLimit(ROWS_A_PAGE)
            .withPageWriteChecksumEnabled(true)
            .build();
  }

  @Override
  public void write(Row row) throws IOException {
    if (row.schema() != schema && !row.schema().equals(schema)) {
      throw new IllegalArgumentException("a row of another table than " + schema.name());
    }
    for (int i = 0; i < schema.columns().size(); i++) {
      if (!row.has(i)) {
        Rows.refuseNull(schema.columns().get(i));
      }
    }
    writer.write(row);
  }

  @Override
  public void close() throws IOException {
    writer.close();
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

  private static final class Builder extends ParquetWriter.Builder<Row, Builder> {
    private final TableSchema schema;

    Builder(OutputFile file, TableSchema schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings(
        "deprecation") // the abstract one; the configuration without Hadoop comes below
    protected WriteSupport<Row> getWriteSupport(org.apache.hadoop.conf.Configuration unused) {
      return new RowSupport(schema);
    }

    @Override
    protected WriteSupport<Row> getWriteSupport(ParquetConfiguration conf) {
      return new RowSupport(schema);
    }
  }

  /// Hands the values of a row to Parquet's columns.
  private static final class RowSupport extends WriteSupport<Row> {
    private final TableSchema schema;
    private final List<Column> columns;
    private @Nullable RecordConsumer consumer; // given before the first row

    RowSupport(TableSchema schema) {
      this.schema = schema;
      this.columns = schema.columns();
    }

    @Override
    public WriteContext init(org.apache.hadoop.conf.Configuration unused) {
      return context();
    }

    @Override
    public WriteContext init(ParquetConfiguration conf) {
      return context();
    }

    private WriteContext context() {
      Map<String, String> words =
          Map.of("iceberg.schema", schema.icebergJson(), "firn.columns", schema.columnsJson());
      return new WriteContext(message(schema), words);
    }

    @Override
    public void prepareForWrite(RecordConsumer recordConsumer) {
      consumer = recordConsumer;
    }

    @Override
    public void write(Row row) {
      RecordConsumer to = Objects.requireNonNull(consumer);
      to.startMessage();
      for (int i = 0; i < columns.size(); i++) {
        if (row.has(i)) {
          Column column = columns.get(i);
          to.startField(column.name(), i);
          add(to, row, i, column.type());
          to.endField(column.name(), i);
        }
      }
      to.endMessage();
    }

    private static void add(RecordConsumer to, Row row, int column, ColumnType type) {
      long bits = row.bits(column);
      switch (type) {
        case BOOLEAN -> to.addBoolean(bits == 1);
        case INT -> to.addInteger((int) bits);
        case LONG -> to.addLong(bits);
        case FLOAT -> to.addFloat(Float.intBitsToFloat((int) bits));
        case DOUBLE -> to.addDouble(Double.longBitsToDouble(bits));
        case TEXT -> to.addBinary(Binary.fromString(row.text(column)));
        case TIMESTAMP -> to.addLong(Math.floorDiv(bits, 1000L));
      }
    }
  }
}
