import com.github.luben.zstd.Zstd;
import dev.firn.columnar.Column;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/// The peer: rows of numbers through parquet-java's own writer, packed and paged as Firn's tables are.
@SuppressWarnings("deprecation") // abstract methods of the one configuration and of the other
final class ParquetJava {
  private ParquetJava() {}

  static ParquetWriter<Row> open(Path file, TableSchema schema) throws IOException {
    return new Builder(new LocalOutputFile(file), schema)
        .withConf(new PlainParquetConfiguration())
        .withCodecFactory(new Codec())
        .withCompressionCodec(CompressionCodecName.ZSTD)
        .withWriterVersion(WriterVersion.PARQUET_2_0)
        .withDictionaryEncoding(true)
        .withRowGroupRowCountLimit(1 << 17)
        .withPageRowCountLimit(20_000)
        .withPageWriteChecksumEnabled(true)
        .build();
  }

  private static MessageType message(TableSchema schema) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (Column column : schema.columns()) {
      PrimitiveTypeName type =
          switch (column.type()) {
            case INT -> PrimitiveTypeName.INT32;
            case LONG -> PrimitiveTypeName.INT64;
            case FLOAT -> PrimitiveTypeName.FLOAT;
            case DOUBLE -> PrimitiveTypeName.DOUBLE;
            default -> throw new IllegalArgumentException(column.name());
          };
      message.addField(
          (column.required() ? Types.required(type) : Types.optional(type)).named(column.name()));
    }
    return message.named(schema.name());
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
    protected WriteSupport<Row> getWriteSupport(Configuration unused) {
      return new Support(schema);
    }

    @Override
    protected WriteSupport<Row> getWriteSupport(ParquetConfiguration unused) {
      return new Support(schema);
    }
  }

  private static final class Support extends WriteSupport<Row> {
    private final TableSchema schema;
    private RecordConsumer to;

    Support(TableSchema schema) {
      this.schema = schema;
    }

    @Override
    public WriteContext init(Configuration unused) {
      return new WriteContext(message(schema), Map.of());
    }

    @Override
    public WriteContext init(ParquetConfiguration unused) {
      return new WriteContext(message(schema), Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      to = consumer;
    }

    @Override
    public void write(Row row) {
      to.startMessage();
      for (int i = 0; i < schema.columns().size(); i++) {
        Column column = schema.columns().get(i);
        to.startField(column.name(), i);
        Object value = row.value(i);
        switch (column.type()) {
          case INT -> to.addInteger(((Long) value).intValue());
          case LONG -> to.addLong((Long) value);
          case FLOAT -> to.addFloat((Float) value);
          default -> to.addDouble((Double) value);
        }
        to.endField(column.name(), i);
      }
      to.endMessage();
    }
  }

  private static final class Codec implements CompressionCodecFactory {
    @Override
    public BytesInputCompressor getCompressor(CompressionCodecName name) {
      return new BytesInputCompressor() {
        @Override
        public BytesInput compress(BytesInput bytes) throws IOException {
          return BytesInput.from(Zstd.compress(bytes.toByteArray(), 3));
        }

        @Override
        public CompressionCodecName getCodecName() {
          return CompressionCodecName.ZSTD;
        }

        @Override
        public void release() {}
      };
    }

    @Override
    public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
      return new BytesInputDecompressor() {
        @Override
        public BytesInput decompress(BytesInput bytes, int size) throws IOException {
          return BytesInput.from(Zstd.decompress(bytes.toByteArray(), size));
        }

        @Override
        public void decompress(ByteBuffer in, int packed, ByteBuffer out, int size) {
          throw new UnsupportedOperationException("nothing is read");
        }

        @Override
        public void release() {}
      };
    }

    @Override
    public void release() {}
  }
}
