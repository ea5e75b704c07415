package dev.firn.archive;

import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;

/// A part of a remote file, read in one go over as many answers as that takes: where one breaks off
/// the next goes on. It gives up, as [RemoteException], when several in a row bring nothing.
final class SteadyStream extends InputStream {
  private static final int IN_A_ROW = 4;
  private static final long FIRST_PAUSE_MILLIS = 200;

  /// Where a file ends whose length its site does not say.
  static final long UNKNOWN = Long.MAX_VALUE;

  /// Asks for the bytes from a position on.
  interface Rest {
    /// @throws RemoteException of kind CLIENT when asking again is of no use
    Response from(long position) throws IOException;
  }

  private final long end;
  private final Rest rest;
  private Response answer;
  private long position;
  private int fruitless;

  /// @param first whose body is the bytes from `position` to `end`
  SteadyStream(Response first, long position, long end, Rest rest) {
    this.answer = first;
    this.position = position;
    this.end = end;
    this.rest = rest;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    while (position < end && length > 0) {
      try {
        int n = answer.body().read(into, offset, length);
        if (n < 0 && end < UNKNOWN) {
          throw new RemoteException(
              RemoteException.Kind.REMOTE, "an answer ended " + (end - position) + " bytes early");
        }
        position += Math.max(0, n);
        fruitless = n > 0 ? 0 : fruitless;
        return n;
      } catch (RemoteException e) {
        goOn(e);
      }
    }
    return length == 0 ? 0 : -1;
  }

  private void goOn(RemoteException broken) throws IOException {
    RemoteException last = broken;
    while (++fruitless <= IN_A_ROW) {
      answer.close();
      pause();
      try {
        answer = rest.from(position);
        return;
      } catch (RemoteException e) {
        if (e.kind() == RemoteException.Kind.CLIENT) {
          throw e;
        }
        last = e;
      }
    }
    throw last;
  }

  private void pause() throws InterruptedIOException {
    try {
      Thread.sleep(FIRST_PAUSE_MILLIS << fruitless);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while a site was waited for");
    }
  }

  @Override
  public void close() {
    answer.close();
  }
}
