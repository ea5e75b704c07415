package dev.firn.columnar;

import com.github.luben.zstd.ZstdCompressCtx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriter;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForInteger;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForLong;
import org.apache.parquet.column.values.rle.RunLengthBitPackingHybridEncoder;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType;

/// Encodes the pages of one column chunk after another: by a dictionary where few values come again
/// and again, whole numbers by their differences (DELTA_BINARY_PACKED), the rest as they are
/// (Parquet format, "Encodings"). All encodings are ones that readers without the newest ones know.
final class ColumnPages implements AutoCloseable {
  /// One event of a hundred pulses touches one page of each column, or two.
  static final int ROWS_A_PAGE = 20_000;

  private static final int LEVEL = 3;
  private static final int SLAB = 1 << 12;
  private static final int PAGE = 1 << 20;
  private static final ByteBufferAllocator MEMORY = HeapByteBufferAllocator.getInstance();

  private final ParquetFileWriter writer;
  private final ZstdCompressCtx zstd = new ZstdCompressCtx();
  private final ValueDictionary dictionary = new ValueDictionary();
  private byte[] plain = new byte[PAGE];

  ColumnPages(ParquetFileWriter writer) {
    this.writer = writer;
    zstd.setLevel(LEVEL);
  }

  /// Writes the chunk that the writer has begun.
  void write(ColumnBuffer column, PrimitiveType type) throws IOException {
    boolean coded = column.type() != ColumnType.BOOLEAN && dictionary.take(column);
    if (coded) {
      writeDictionary(column.type());
    }
    int value = 0;
    for (int row = 0; row < column.rows(); row += ROWS_A_PAGE) {
      int rows = Math.min(ROWS_A_PAGE, column.rows() - row);
      int values = rows;
      if (column.hasNulls()) {
        values = 0;
        for (int r = row; r < row + rows; r++) {
          values += column.present(r) ? 1 : 0;
        }
      }
      Statistics<?> statistics = Statistics.createStats(type);
      statistics.incrementNumNulls(rows - values);
      if (values > 0) {
        describe(column, value, value + values, coded, statistics);
      }
      Encoding encoding = encoding(column.type(), coded);
      byte[] data = data(column, value, value + values, coded);
      writer.writeDataPageV2(
          rows,
          rows - values,
          rows,
          BytesInput.empty(),
          levels(column, row, rows),
          encoding,
          BytesInput.from(zstd.compress(data)),
          data.length,
          statistics);
      value += values;
    }
  }

  private static Encoding encoding(ColumnType type, boolean coded) {
    if (coded) {
      return Encoding.RLE_DICTIONARY;
    }
    return switch (type) {
      case INT, LONG, TIMESTAMP -> Encoding.DELTA_BINARY_PACKED;
      case BOOLEAN, FLOAT, DOUBLE, TEXT -> Encoding.PLAIN;
    };
  }

  private void writeDictionary(ColumnType type) throws IOException {
    byte[] bytes;
    if (type == ColumnType.TEXT) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int code = 0; code < dictionary.size(); code++) {
        append(out, dictionary.text(code));
      }
      bytes = out.toByteArray();
    } else {
      int width = width(type);
      ByteBuffer out = room(dictionary.size() * width);
      for (int code = 0; code < dictionary.size(); code++) {
        put(out, width, dictionary.bits(code));
      }
      bytes = taken(out);
    }
    writer.writeDictionaryPage(
        new DictionaryPage(
            BytesInput.from(zstd.compress(bytes)),
            bytes.length,
            dictionary.size(),
            Encoding.PLAIN));
  }

  private static void append(ByteArrayOutputStream out, Binary text) {
    int length = text.length();
    for (int shift = 0; shift < 32; shift += 8) {
      out.write(length >> shift);
    }
    out.writeBytes(text.getBytesUnsafe());
  }

  /// Levels of definition (1: there is a value), run-length encoded, without a length before them.
  private static BytesInput levels(ColumnBuffer column, int row, int rows) throws IOException {
    if (column.required()) {
      return BytesInput.empty();
    }
    if (!column.hasNulls()) {
      // one run of ones
      return BytesInput.concat(
          BytesInput.fromUnsignedVarInt(rows << 1), BytesInput.from(new byte[] {1}));
    }
    RunLengthBitPackingHybridEncoder encoder =
        new RunLengthBitPackingHybridEncoder(1, 64, PAGE, MEMORY);
    for (int r = row; r < row + rows; r++) {
      encoder.writeInt(column.present(r) ? 1 : 0);
    }
    return encoder.toBytes();
  }

  private byte[] data(ColumnBuffer column, int from, int to, boolean coded) throws IOException {
    if (coded) {
      return codes(from, to);
    }
    return switch (column.type()) {
      case BOOLEAN -> truths(column, from, to);
      case INT -> {
        var writer = new DeltaBinaryPackingValuesWriterForInteger(SLAB, PAGE, MEMORY);
        for (int i = from; i < to; i++) {
          writer.writeInteger((int) column.bits(i));
        }
        yield bytes(writer);
      }
      case LONG, TIMESTAMP -> {
        var writer = new DeltaBinaryPackingValuesWriterForLong(SLAB, PAGE, MEMORY);
        for (int i = from; i < to; i++) {
          writer.writeLong(column.bits(i));
        }
        yield bytes(writer);
      }
      case FLOAT, DOUBLE -> {
        int width = width(column.type());
        ByteBuffer out = room((to - from) * width);
        for (int i = from; i < to; i++) {
          put(out, width, column.bits(i));
        }
        yield taken(out);
      }
      case TEXT -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = from; i < to; i++) {
          append(out, Binary.fromString(column.text(i)));
        }
        yield out.toByteArray();
      }
    };
  }

  private static byte[] bytes(DeltaBinaryPackingValuesWriter writer) throws IOException {
    try {
      return writer.getBytes().toByteArray();
    } finally {
      writer.close();
    }
  }

  /// One byte says how many bits a code has; then runs.
  private byte[] codes(int from, int to) throws IOException {
    int width = 32 - Integer.numberOfLeadingZeros(dictionary.size() - 1);
    RunLengthBitPackingHybridEncoder encoder =
        new RunLengthBitPackingHybridEncoder(width, SLAB, PAGE, MEMORY);
    try {
      for (int i = from; i < to; i++) {
        encoder.writeInt(dictionary.code(i));
      }
      return BytesInput.concat(BytesInput.from(new byte[] {(byte) width}), encoder.toBytes())
          .toByteArray();
    } finally {
      encoder.close();
    }
  }

  private static byte[] truths(ColumnBuffer column, int from, int to) {
    byte[] bytes = new byte[(to - from + 7) / 8];
    for (int i = from; i < to; i++) {
      bytes[(i - from) >> 3] |= (byte) (column.bits(i) << ((i - from) & 7));
    }
    return bytes;
  }

  private static int width(ColumnType type) {
    return type == ColumnType.INT || type == ColumnType.FLOAT ? 4 : 8;
  }

  private static void put(ByteBuffer out, int width, long bits) {
    if (width == 4) {
      out.putInt((int) bits);
    } else {
      out.putLong(bits);
    }
  }

  private ByteBuffer room(int bytes) {
    if (plain.length < bytes) {
      plain = new byte[bytes];
    }
    return ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] taken(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  /// Least and greatest of a page. A NaN is told too: then there are no bounds by which a reader
  /// may pass the page over.
  private void describe(
      ColumnBuffer column, int from, int to, boolean coded, Statistics<?> statistics) {
    switch (column.type()) {
      case TEXT -> describeTexts(column, from, to, coded, statistics);
      case BOOLEAN -> {
        for (int i = from; i < to; i++) {
          statistics.updateStats(column.bits(i) == 1);
        }
      }
      case INT, LONG, TIMESTAMP -> {
        long least = column.bits(from);
        long greatest = least;
        for (int i = from + 1; i < to; i++) {
          least = Math.min(least, column.bits(i));
          greatest = Math.max(greatest, column.bits(i));
        }
        if (column.type() == ColumnType.INT) {
          statistics.updateStats((int) least);
          statistics.updateStats((int) greatest);
        } else {
          statistics.updateStats(least);
          statistics.updateStats(greatest);
        }
      }
      case FLOAT -> {
        float least = Float.intBitsToFloat((int) column.bits(from));
        float greatest = least;
        for (int i = from + 1; i < to; i++) {
          float value = Float.intBitsToFloat((int) column.bits(i));
          least = Math.min(least, value); // NaN stays
          greatest = Math.max(greatest, value);
        }
        statistics.updateStats(least);
        statistics.updateStats(greatest);
      }
      case DOUBLE -> {
        double least = Double.longBitsToDouble(column.bits(from));
        double greatest = least;
        for (int i = from + 1; i < to; i++) {
          double value = Double.longBitsToDouble(column.bits(i));
          least = Math.min(least, value);
          greatest = Math.max(greatest, value);
        }
        statistics.updateStats(least);
        statistics.updateStats(greatest);
      }
    }
  }

  private void describeTexts(
      ColumnBuffer column, int from, int to, boolean coded, Statistics<?> statistics) {
    int before = -1;
    for (int i = from; i < to; i++) {
      if (!coded) {
        statistics.updateStats(Binary.fromString(column.text(i)));
      } else if (dictionary.code(i) != before) {
        before = dictionary.code(i);
        statistics.updateStats(dictionary.text(before));
      }
    }
  }

  @Override
  public void close() {
    zstd.close();
  }
}
