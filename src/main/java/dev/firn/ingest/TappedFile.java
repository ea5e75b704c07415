package dev.firn.ingest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/// A file as a stream that shows somebody else every byte, once, before its reader sees it.
///
/// Closing does nothing: a scanner may close its source, and the rest is still wanted ([#drain]).
public abstract class TappedFile extends InputStream {
  private final FileChannel source;
  private final ByteBuffer buffer;

  /// @param buffer that this stream alone uses
  protected TappedFile(FileChannel source, ByteBuffer buffer) {
    this.source = source;
    this.buffer = buffer.limit(0);
  }

  /// Takes all of a piece; the buffer is the stream's.
  protected abstract void tap(ByteBuffer piece) throws IOException;

  /// Reads what is left.
  protected final void drain() throws IOException {
    do {
      buffer.position(buffer.limit());
    } while (fill());
  }

  @Override
  public final int read() throws IOException {
    return fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public final int read(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int n = Math.min(length, buffer.remaining());
    buffer.get(bytes, offset, n);
    return n;
  }

  @Override
  public final int available() {
    return buffer.remaining();
  }

  @Override
  public final void close() {
    // Nothing here is ours to close.
  }

  private boolean fill() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    buffer.clear();
    int n = source.read(buffer);
    buffer.flip();
    if (n <= 0) {
      buffer.limit(0);
      return false;
    }
    tap(buffer.duplicate());
    return true;
  }
}
