package dev.firn.storage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// A stored file from its first byte to its last. Closing it leaves the channel open.
public final class ChannelStream extends InputStream {
  private final ReadChannel channel;
  private long position;

  public ChannelStream(ReadChannel channel) {
    this.channel = channel;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    int count = channel.read(ByteBuffer.wrap(into, offset, length), position);
    if (count < 0) {
      if (position < channel.object().size()) {
        throw new EOFException(channel.object().name() + " became shorter while it was read");
      }
      return -1;
    }
    position += count;
    return count;
  }
}
