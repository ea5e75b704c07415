package dev.firn.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.jspecify.annotations.Nullable;

/// The body of a streamed answer.
///
/// Of an answer with a declared length the last bytes are also its end, so that a small file leaves
/// in one write together with its head.
final class JettyAnswer implements Exchange.Body {
  static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private static final int BUFFER_BYTES = 256 * 1024;

  /// Shorter parts are cheaper copied than handed to the kernel in a call of their own.
  private static final int WORTH_A_CALL = 32 * 1024;

  /// One for each of the server's threads; their number is bounded.
  private static final ThreadLocal<ByteBuffer> BUFFER =
      ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_BYTES));

  private final Response response;
  private final Pace pace;
  private final @Nullable FileEndPoint files;
  private long left;
  private boolean ended;

  JettyAnswer(Request request, Response response, Pace pace) {
    this.response = response;
    this.pace = pace;
    this.left = response.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
    EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
    boolean http1 = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1;
    boolean get = request.getMethod().equals("GET");
    this.files = http1 && get && end instanceof FileEndPoint own ? own : null;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public void write(ByteBuffer bytes) throws IOException {
    if (!bytes.hasRemaining()) {
      return;
    }
    if (ended) {
      throw new IllegalStateException("the answer has ended");
    }
    boolean last = left == bytes.remaining();
    left -= left < 0 ? 0 : bytes.remaining();
    pass(last, bytes);
    ended = last;
  }

  @Override
  public void send(FileSource file, long first, long count) throws IOException {
    long end = first + count;
    for (long at = first; at < end; ) {
      at +=
          files == null || end - at < WORTH_A_CALL
              ? copy(file, at, end)
              : hand(files, file, at, end);
    }
  }

  private static IOException shrunk() {
    return new EOFException("the file became shorter while it was read");
  }

  private int copy(FileSource file, long at, long end) throws IOException {
    ByteBuffer buffer = BUFFER.get();
    buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - at));
    int count = file.read(buffer, at);
    if (count < 0) {
      throw shrunk();
    }
    write(buffer.flip());
    return count;
  }

  private int hand(FileEndPoint out, FileSource file, long at, long end) throws IOException {
    int count = (int) Math.min(FileEndPoint.LONGEST, end - at);
    ByteBuffer standIn = out.expect(file, at, count);
    boolean last = left == count;
    left -= left < 0 ? 0 : count;
    pass(last, standIn);
    if (out.sent() != count) {
      // Never says that the answer has ended: the connection is cut.
      throw new IOException("only " + out.sent() + " of " + count + " bytes came from the file");
    }
    ended = last;
    return count;
  }

  private void pass(boolean last, ByteBuffer bytes) throws IOException {
    pace.waitBegins();
    try {
      Content.Sink.write(response, last, bytes);
    } finally {
      pace.waitEnds();
    }
  }

  @Override
  public void flush() throws IOException {
    if (!ended) {
      // An empty write commits the head; what was written before is already on its way.
      Content.Sink.write(response, false, NOTHING.duplicate());
    }
  }

  @Override
  public void close() throws IOException {
    if (!ended) {
      ended = true;
      Content.Sink.write(response, true, NOTHING.duplicate());
    }
  }
}
