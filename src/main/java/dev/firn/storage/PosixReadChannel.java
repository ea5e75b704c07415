package dev.firn.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/// An open file; its inode stays when its name goes.
record PosixReadChannel(Disk.OpenFile file, StoredObject object) implements ReadChannel {
  @Override
  public int read(ByteBuffer into, long position) throws IOException {
    return file.read(into, position);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return file.transferTo(position, count, target);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
