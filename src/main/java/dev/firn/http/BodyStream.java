package dev.firn.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/// A body as a stream, gathered into large pieces. Closing it sends what is left and does not end
/// the answer.
public final class BodyStream extends OutputStream {
  private final Exchange.Body body;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

  public BodyStream(Exchange.Body body) {
    this.body = body;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int at = offset;
    while (at < offset + length) {
      int n = Math.min(buffer.remaining(), offset + length - at);
      buffer.put(bytes, at, n);
      at += n;
      if (!buffer.hasRemaining()) {
        send();
      }
    }
  }

  private void send() throws IOException {
    body.write(buffer.flip());
    buffer.clear();
  }

  @Override
  public void close() throws IOException {
    if (buffer.position() > 0) {
      send();
    }
  }
}
