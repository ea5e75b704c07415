package dev.firn.storage;

import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// An object open for reading.
///
/// The first bytes came with the answer that told the metadata, so a small file is one request and
/// one version whatever happens. Of a larger one further bytes are asked for in windows that grow
/// while they are read one after the other, each on condition that the object still is the same: a
/// file that was replaced meanwhile ends the reading, and never mixes.
final class S3ReadChannel implements ReadChannel {
  static final int FIRST = 256 * 1024;
  private static final long SMALLEST_WINDOW = 1L << 20;
  private static final long LARGEST_WINDOW = 32L << 20;

  private final ObjectStore store;
  private final Found found;
  private final StoredObject object;
  private final byte[] first;
  private InputStream stream = InputStream.nullInputStream();
  private long position = -1;
  private long windowEnd = -1;
  private long window = SMALLEST_WINDOW;

  S3ReadChannel(ObjectStore store, Found found, StoredObject object, byte[] first) {
    this.store = store;
    this.found = found;
    this.object = object;
    this.first = first;
  }

  @Override
  public StoredObject object() {
    return object;
  }

  @Override
  public int read(ByteBuffer into, long at) throws IOException {
    if (at >= object.size()) {
      return -1;
    }
    if (at < first.length) {
      int n = (int) Math.min(into.remaining(), first.length - at);
      into.put(first, (int) at, n);
      return n;
    }
    if (at != position || at >= windowEnd) {
      ask(at, into.remaining());
    }
    byte[] piece = new byte[(int) Math.min(into.remaining(), Math.min(64 * 1024, windowEnd - at))];
    int n = stream.readNBytes(piece, 0, piece.length);
    if (n < piece.length) {
      throw new StorageException(
          Kind.SERVER, object.name() + ": the store sent fewer bytes than it announced");
    }
    into.put(piece, 0, n);
    position = at + n;
    return n;
  }

  private void ask(long at, int wanted) throws IOException {
    window = at == position ? Math.min(2 * window, LARGEST_WINDOW) : SMALLEST_WINDOW;
    stream.close();
    position = -1;
    long end = Math.min(object.size(), at + Math.max(window, wanted));
    try {
      stream = store.get(found.key(), at, end - 1, found.tag()).bytes();
    } catch (StoreException e) {
      throw switch (e.reason()) {
        case MISSING, CONDITION ->
            new StorageException(
                Kind.SERVER, object.name() + ": was replaced or removed while it was read", e);
        default -> e.explain(object.name().toString());
      };
    }
    position = at;
    windowEnd = end;
  }

  @Override
  public long transferTo(long from, long count, WritableByteChannel target) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 64 * 1024));
    long sent = 0;
    while (sent < count) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), count - sent));
      if (read(buffer, from + sent) < 0) {
        break;
      }
      buffer.flip();
      int n = target.write(buffer);
      sent += n;
      if (buffer.hasRemaining()) {
        break; // a target that does not block
      }
    }
    return sent;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
