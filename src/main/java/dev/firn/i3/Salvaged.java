package dev.firn.i3;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Hands out what a decompressor had unpacked when it stumbled, and its complaint at the next read:
/// decompressors throw away what they unpacked in the same call.
final class Salvaged extends InputStream {
  private final InputStream in;
  private final LongSupplier unpacked;
  private @Nullable IOException complaint;

  /// @param unpacked bytes that `in` has unpacked since the beginning, counted while it does
  Salvaged(InputStream in, LongSupplier unpacked) {
    this.in = in;
    this.unpacked = unpacked;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    if (complaint != null) {
      throw complaint;
    }
    long before = unpacked.getAsLong();
    try {
      return in.read(b, off, len);
    } catch (IOException e) {
      return salvage(before, e);
    } catch (RuntimeException e) {
      return salvage(before, new IOException(e)); // decompressors trip over nonsense in many ways
    }
  }

  private int salvage(long before, IOException e) throws IOException {
    complaint = e;
    int left = (int) (unpacked.getAsLong() - before);
    if (left <= 0) {
      throw e;
    }
    return left;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
