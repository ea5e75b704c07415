package dev.firn.archive;

import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// A bundle at a site, read by byte ranges. Small neighbouring reads are one request: the window
/// that was fetched last is kept. A large read is one request by itself, however large. For one
/// thread.
final class RemoteBundle implements BundleReader.Source {
  /// Holds the end record with the longest comment and the directory of a few hundred members.
  private static final int WINDOW = 1 << 17;

  private static final int BUFFER = 1 << 20;

  private final RemoteCopy remote;
  private final Site site;
  private final LogicalName name;
  private final long size;
  private byte[] window = new byte[0];
  private long start;

  RemoteBundle(RemoteCopy remote, Site site, LogicalName name, long size) {
    this.remote = remote;
    this.site = site;
    this.name = name;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void readFully(long offset, ByteBuffer into) throws IOException {
    int wanted = into.remaining();
    if (wanted == 0 || wanted > WINDOW) {
      pass(offset, wanted, into::put);
      return;
    }
    check(offset, wanted);
    if (!holds(offset, wanted)) {
      int length = (int) Math.min(WINDOW, size);
      // Near the end, what lies before is wanted next: the directory is read from its end record.
      long from = Math.min(offset, size - length);
      ByteBuffer bytes = ByteBuffer.allocate(length);
      stream(from, length, bytes::put);
      window = bytes.array();
      start = from;
    }
    into.put(window, Math.toIntExact(offset - start), wanted);
  }

  @Override
  public void pass(long offset, long length, BundleWriter.Sink sink) throws IOException {
    if (length == 0) {
      return;
    }
    check(offset, length);
    if (holds(offset, length)) {
      sink.write(ByteBuffer.wrap(window, Math.toIntExact(offset - start), (int) length));
    } else {
      stream(offset, length, sink);
    }
  }

  private void check(long offset, long length) throws EOFException {
    if (offset < 0 || offset > size - length) {
      throw new EOFException("file ends at byte " + size);
    }
  }

  private boolean holds(long offset, long length) {
    return offset >= start && offset + length <= start + window.length;
  }

  private void stream(long offset, long length, BundleWriter.Sink sink) throws IOException {
    try (InputStream bytes = remote.stream(site, name, offset, length)) {
      byte[] buffer = new byte[(int) Math.min(BUFFER, length)];
      for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
        sink.write(ByteBuffer.wrap(buffer, 0, n));
      }
    }
  }
}
