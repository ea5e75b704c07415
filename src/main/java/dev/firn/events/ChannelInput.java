package dev.firn.events;

import dev.firn.storage.ReadChannel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/// The bytes of a stored file as a stream.
final class ChannelInput extends InputStream {
  private final ReadChannel channel;
  private long position;

  ChannelInput(ReadChannel channel) {
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
    int n = channel.read(ByteBuffer.wrap(into, offset, length), position);
    if (n > 0) {
      position += n;
    }
    return n;
  }
}
