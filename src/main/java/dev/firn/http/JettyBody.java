package dev.firn.http;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// An answer's body: tells truncation apart from the end, and says when the end was reached.
final class JettyBody extends FilterInputStream {
  private final HttpFetcher.Request request;
  private long count;
  private boolean ended;

  JettyBody(HttpFetcher.Request request, InputStream raw) {
    super(raw);
    this.request = request;
  }

  boolean ended() {
    return ended;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    int got;
    try {
      got = in.read(into, offset, length);
    } catch (IOException e) {
      throw new RemoteException(
          RemoteException.Kind.REMOTE,
          0,
          request.label() + ": the answer broke off after " + count + " bytes: " + cause(e),
          e);
    }
    if (got < 0) {
      ended = true;
    } else if (got > 0) {
      count += got;
      request.flow().pass(got);
    }
    return got;
  }

  private static String cause(IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return JettyFetcher.describe(cause);
  }
}
