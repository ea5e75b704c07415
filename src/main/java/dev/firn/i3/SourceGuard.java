package dev.firn.i3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Remembers the source's own failure, so that a decompressor's complaint about content can be told
/// from a disk or network that fails below it. Never closes what it was lent.
final class SourceGuard extends FilterInputStream {
  private @Nullable IOException failure;

  SourceGuard(InputStream in) {
    super(in);
  }

  /// What the source itself threw, if it did.
  @Nullable IOException failure() {
    return failure;
  }

  @Override
  public int read() throws IOException {
    try {
      return in.read();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public int read(byte[] b, int off, int len) throws IOException {
    try {
      return in.read(b, off, len);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void close() {
    // the stream belongs to the caller
  }
}
