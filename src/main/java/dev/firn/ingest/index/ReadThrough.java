package dev.firn.ingest.index;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.storage.Digester;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.EnumSet;

/// A file as a stream that digests what is read from it, no faster than allowed.
final class ReadThrough extends InputStream {
  private final FileChannel source;
  private final Bandwidth bandwidth;
  private final ByteBuffer buffer;
  private final Digester digester = new Digester(EnumSet.of(ChecksumAlgorithm.SHA512));
  private long size;

  /// @param buffer of the calling thread
  ReadThrough(FileChannel source, Bandwidth bandwidth, ByteBuffer buffer) {
    this.source = source;
    this.bandwidth = bandwidth;
    this.buffer = buffer.limit(0);
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
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
  public int available() {
    return buffer.remaining();
  }

  /// The scanner may close its source; the rest is still wanted.
  @Override
  public void close() {
    // Nothing here is ours to close.
  }

  private boolean fill() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    buffer.clear();
    int n = source.read(buffer);
    if (n <= 0) {
      buffer.limit(0);
      return false;
    }
    bandwidth.take(n);
    size += n;
    digester.update(buffer.flip());
    return true;
  }

  /// Reads what is left and returns the checksums of all.
  Checksums finish() throws IOException {
    do {
      buffer.position(buffer.limit());
    } while (fill());
    return digester.finish();
  }

  /// How many bytes were read.
  long size() {
    return size;
  }
}
