package dev.firn.archive;

import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A bundle at a site, read by byte ranges. Neighbouring reads are one request: the window that was
/// fetched last is kept. For one thread.
final class RemoteBundle implements BundleReader.Source {
  /// Holds the end record with the longest comment and the directory of a few hundred members.
  private static final int WINDOW = 1 << 17;

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
    if (wanted == 0) {
      return;
    }
    if (offset < 0 || offset + wanted > size) {
      throw new EOFException("file ends at byte " + size);
    }
    if (offset < start || offset + wanted > start + window.length) {
      fetch(offset, wanted);
    }
    into.put(window, Math.toIntExact(offset - start), wanted);
  }

  private void fetch(long offset, int wanted) throws IOException {
    int length = (int) Math.min(Math.max(wanted, WINDOW), size);
    // Near the end, what lies before is wanted next: the directory is read from its end record.
    long from = Math.min(offset, size - length);
    try (Response response = remote.range(site, name, from, length)) {
      byte[] bytes = response.body().readNBytes(length);
      if (bytes.length < length) {
        // Its answer is short, which says nothing of the file.
        throw new RemoteException(
            RemoteException.Kind.REMOTE,
            site.at(name) + " ended " + (length - bytes.length) + " bytes early");
      }
      window = bytes;
      start = from;
    }
  }
}
