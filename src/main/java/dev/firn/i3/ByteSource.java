package dev.firn.i3;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Little-endian reading of an uncompressed stream: buffered, counted, and check-summed on the way.
///
/// A stream that ends early is an `EOFException`; compressed bytes that make no sense are
/// [DamagedPacking]; any other `IOException` is the source's own.
final class ByteSource {
  private static final int CAPACITY = 1 << 17;

  private final InputStream in;
  private final SourceGuard guard;
  private final byte[] buffer = new byte[CAPACITY];
  private long base; // offset in the stream of buffer[0]
  private int position;
  private int limit;
  private @Nullable FrameCrc crc;
  private int crcFrom;

  ByteSource(Unpacked stream) {
    in = stream.bytes();
    guard = stream.guard();
  }

  /// Bytes of the uncompressed stream read so far.
  long offset() {
    return base + position;
  }

  boolean atEnd() throws IOException {
    return position == limit && !refill();
  }

  int u8() throws IOException {
    need();
    return buffer[position++] & 0xff;
  }

  long u32() throws IOException {
    if (limit - position >= 4) {
      int p = position;
      position += 4;
      return (buffer[p] & 0xffL)
          | (buffer[p + 1] & 0xffL) << 8
          | (buffer[p + 2] & 0xffL) << 16
          | (buffer[p + 3] & 0xffL) << 24;
    }
    return u8() | (long) u8() << 8 | (long) u8() << 16 | (long) u8() << 24;
  }

  /// Sixty-four bits; values of 2^63 and above come out negative.
  long u64() throws IOException {
    return u32() | u32() << 32;
  }

  /// Exactly `length` bytes, in memory that grows only as bytes arrive.
  byte[] bytes(int length) throws IOException {
    byte[] out = new byte[Math.min(length, CAPACITY)];
    int have = 0;
    while (have < length) {
      need();
      if (have == out.length) {
        out = Arrays.copyOf(out, (int) Math.min(length, 2L * out.length));
      }
      int n = Math.min(out.length - have, limit - position);
      System.arraycopy(buffer, position, out, have, n);
      position += n;
      have += n;
    }
    return out;
  }

  void skip(long length) throws IOException {
    long left = length;
    while (left > 0) {
      need();
      int n = (int) Math.min(left, limit - position);
      position += n;
      left -= n;
    }
  }

  /// From here on every byte read goes into `checksum`.
  void startChecksum(FrameCrc checksum) {
    crc = checksum;
    crcFrom = position;
  }

  /// Ends what [#startChecksum] began; the checksum is then complete.
  void endChecksum() {
    if (crc != null) {
      crc.update(buffer, crcFrom, position - crcFrom);
      crc = null;
    }
  }

  private void need() throws IOException {
    if (position == limit && !refill()) {
      throw new EOFException();
    }
  }

  private boolean refill() throws IOException {
    if (crc != null) {
      crc.update(buffer, crcFrom, position - crcFrom);
      crcFrom = 0;
    }
    base += limit;
    position = 0;
    limit = 0;
    try {
      int n = in.read(buffer, 0, CAPACITY);
      limit = Math.max(n, 0);
      return n > 0;
    } catch (IOException e) {
      if (guard.failure() != null) {
        throw e;
      }
      throw new DamagedPacking(e);
    } catch (RuntimeException e) {
      throw new DamagedPacking(new IOException(e)); // decompressors trip over nonsense in many ways
    }
  }

  /// A decompressor (or the tar reader) does not understand its input.
  static final class DamagedPacking extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedPacking(IOException cause) {
      super(
          cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage(),
          cause);
    }
  }
}
