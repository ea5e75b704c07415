package dev.firn.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;

/// The body of a request as it comes in, as a stream or piece by piece. One thread reads it.
///
/// That it ends before its declared length is an error, whatever the protocol below does, and so is
/// that its stream is forgotten there: Jetty wakes nobody who waits for the rest of a body over
/// HTTP/2 that does not match its length.
final class RequestBody extends InputStream {
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final Request request;
  private final long length;
  private final Pace pace;
  private Content.@Nullable Chunk piece;
  private long received;
  private boolean ended;

  /// @param length in bytes, as declared; -1 when it is not
  RequestBody(Request request, long length, Pace pace) {
    this.request = request;
    this.length = length;
    this.pace = pace;
  }

  /// Hands all of it to `taker`, without a copy.
  void giveTo(Exchange.Taker taker) throws IOException {
    for (Content.Chunk next = next(); next != null; next = next()) {
      try {
        taker.take(next.getByteBuffer());
      } finally {
        close();
      }
    }
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    Content.Chunk next = next();
    if (next == null) {
      return -1;
    }
    int n = next.get(bytes, offset, count);
    if (!next.hasRemaining()) {
      close();
    }
    return n;
  }

  /// The piece that is not read yet, waiting for it; null at the end.
  private Content.@Nullable Chunk next() throws IOException {
    while (piece == null && !ended) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        awaitMore();
      } else if (Content.Chunk.isFailure(chunk)) {
        throw IO.rethrow(chunk.getFailure()); // which says whether the client went away
      } else {
        take(chunk);
      }
    }
    if (piece == null && length >= 0 && received < length) {
      throw new EOFException("the body ended after " + received + " of " + length + " bytes");
    }
    return piece;
  }

  private void take(Content.Chunk chunk) {
    received += chunk.remaining();
    ended = chunk.isLast();
    if (chunk.hasRemaining()) {
      piece = chunk;
    } else {
      chunk.release();
    }
  }

  private void awaitMore() throws IOException {
    CountDownLatch more = new CountDownLatch(1);
    pace.waitBegins();
    try {
      request.demand(more::countDown);
      while (!more.await(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        if (Http2.isGone(request)) {
          throw new EofException("the stream was reset");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while waiting for the client");
    } finally {
      pace.waitEnds();
    }
  }

  /// Gives the piece back that was not read to its end.
  @Override
  public void close() {
    Content.Chunk read = piece;
    if (read != null) {
      piece = null;
      read.release();
    }
  }
}
