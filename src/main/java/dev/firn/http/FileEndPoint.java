package dev.firn.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/// A plain connection that can send parts of files with `sendfile(2)`, so that no byte of them is
/// copied into this process.
///
/// Jetty's HTTP/1.1 generator counts and frames buffers and knows no files. It is handed a
/// stand-in: a buffer as long as the part, whose content is never looked at. When the stand-in
/// reaches this end point to be written, the file's bytes go to the socket in its place. A stand-in
/// that is written by any other way would send its own zeros: [#sent] tells, and the answer is cut.
final class FileEndPoint extends SocketChannelEndPoint {
  /// The longest part of one [#expect].
  static final int LONGEST = 4 * 1024 * 1024;

  private static final byte[] NOTHING_TO_SEE = new byte[LONGEST];

  private @Nullable ByteBuffer standIn;
  private @Nullable FileSource source;
  private long first;
  private long sent;

  FileEndPoint(
      SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
    super(channel, selector, key, scheduler);
  }

  /// Makes ready for a part of a file, which is sent when the returned buffer is written. The
  /// thread that handles the request calls this, and writes, before it calls this again.
  ///
  /// @param count at most [#LONGEST]
  ByteBuffer expect(FileSource file, long position, int count) {
    ByteBuffer buffer = ByteBuffer.wrap(NOTHING_TO_SEE, 0, count);
    source = file;
    first = position;
    sent = 0;
    standIn = buffer;
    return buffer;
  }

  /// How many bytes of the part have been sent from the file.
  long sent() {
    return sent;
  }

  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    int at = indexOfStandIn(buffers);
    if (at < 0) {
      return super.flush(buffers);
    }
    if (at > 0 && !super.flush(Arrays.copyOf(buffers, at))) {
      return false;
    }
    return sendFile(buffers[at])
        && (at + 1 == buffers.length
            || super.flush(Arrays.copyOfRange(buffers, at + 1, buffers.length)));
  }

  private int indexOfStandIn(ByteBuffer[] buffers) {
    ByteBuffer expected = standIn;
    if (expected != null) {
      for (int i = 0; i < buffers.length; i++) {
        if (buffers[i] == expected) {
          return i;
        }
      }
    }
    return -1;
  }

  private boolean sendFile(ByteBuffer part) throws IOException {
    FileSource file = source;
    if (file == null) {
      throw new IllegalStateException("no file is expected");
    }
    while (part.hasRemaining()) {
      long position = first + sent;
      long n = transfer(file, position, part.remaining());
      if (n <= 0) {
        if (file.read(ByteBuffer.allocate(1), position) < 0) {
          throw new EOFException("the file became shorter while it was sent");
        }
        return false;
      }
      sent += n;
      part.position(part.position() + (int) n);
      notIdle();
    }
    standIn = null;
    source = null;
    return true;
  }

  private long transfer(FileSource file, long position, int count) throws IOException {
    try {
      return file.transferTo(position, count, getChannel());
    } catch (IOException e) {
      throw new EofException(e); // as for any write: the client went away
    }
  }
}
