package dev.firn.archive;

import dev.firn.model.LogicalName;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.concurrent.atomic.AtomicInteger;

/// What a site's files are read over: counts how often one is opened, and is cut when told.
public final class Cable {
  private static final int LENGTH = 1 << 20;
  public final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger cuts = new AtomicInteger();
  private volatile long at;

  /// The next `times` readings end when they come to the mebibyte at `position`.
  public void cut(int times, long position) {
    at = position;
    cuts.set(times);
  }

  public StorageArea to(StorageArea area) {
    return new ForwardingArea(area) {
      @Override
      public ReadChannel open(LogicalName name) throws IOException {
        opened.incrementAndGet();
        return new Reading(super.open(name));
      }
    };
  }

  private final class Reading implements ReadChannel {
    private final ReadChannel file;

    Reading(ReadChannel file) {
      this.file = file;
    }

    private void pass(long position) throws IOException {
      if (position >= at && position < at + LENGTH && cuts.get() > 0) {
        cuts.decrementAndGet();
        throw new IOException("the cable was cut");
      }
    }

    @Override
    public StoredObject object() {
      return file.object();
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      pass(position);
      return file.read(into, position);
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target)
        throws IOException {
      pass(position);
      return file.transferTo(position, count, target);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
