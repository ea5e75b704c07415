package dev.firn.http;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.io.ByteBufferPool;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/// A [BodySource] as Jetty wants it: read on Jetty's threads, with its length, never shorter.
final class BodyContent implements Request.Content {
  private static final int CHUNK_BYTES = 256 * 1024;

  private final Content.Source source;
  private final long length;

  private BodyContent(Content.Source source, long length) {
    this.source = source;
    this.length = length;
  }

  static BodyContent open(ByteBufferPool pool, HttpFetcher.Request request) throws IOException {
    BodySource body = Objects.requireNonNull(request.body());
    InputStream exact = new Exact(body.open(), body.length(), request.flow());
    ByteBufferPool.Sized sized = new ByteBufferPool.Sized(pool, false, CHUNK_BYTES);
    return new BodyContent(Content.Source.from(sized, exact), body.length());
  }

  @Override
  public long getLength() {
    return length;
  }

  @Override
  public @Nullable String getContentType() {
    return null;
  }

  @Override
  public Content.@Nullable Chunk read() {
    return source.read();
  }

  @Override
  public void demand(Runnable callback) {
    source.demand(callback);
  }

  @Override
  public void fail(Throwable failure) {
    source.fail(failure);
  }

  /// Exactly the declared bytes pass, or the request fails.
  private static final class Exact extends FilterInputStream {
    private final ByteFlow flow;
    private long left;
    private final boolean bounded;

    Exact(InputStream in, long length, ByteFlow flow) {
      super(in);
      this.flow = flow;
      this.left = length;
      this.bounded = length >= 0;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (bounded && left == 0) {
        return -1;
      }
      int count = readSome(into, offset, bounded ? (int) Math.min(length, left) : length);
      if (count < 0) {
        if (bounded) {
          throw new Unreadable(new EOFException("it ends " + left + " bytes early"));
        }
        return -1;
      }
      left -= bounded ? count : 0;
      if (count > 0) {
        flow.pass(count);
      }
      return count;
    }

    private int readSome(byte[] into, int offset, int length) throws Unreadable {
      try {
        return super.read(into, offset, length);
      } catch (IOException e) {
        throw new Unreadable(e);
      }
    }
  }

  /// The body could not be read to its end on this side: the far side has not got a whole one.
  static final class Unreadable extends IOException {
    private static final long serialVersionUID = 1L;

    Unreadable(IOException cause) {
      super("the body to send cannot be read: " + JettyFetcher.describe(cause), cause);
    }
  }
}
