package dev.firn.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/// A connection that knows how its client keeps up and, when it is a plain one, can send parts of
/// files with `sendfile(2)`, so that no byte of them is copied into this process.
///
/// Jetty's HTTP/1.1 generator counts and frames buffers and knows no files. It is handed a
/// stand-in: a buffer as long as the part, whose content is never looked at. When the stand-in
/// reaches this end point to be written, the file's bytes go to the socket in its place. A stand-in
/// that is written by any other way would send its own zeros: [#sent] tells, and the answer is cut.
final class FileEndPoint extends SocketChannelEndPoint {
  /// The longest part of one [#expect].
  static final int LONGEST = 4 * 1024 * 1024;

  private static final byte[] NOTHING_TO_SEE = new byte[LONGEST];

  private final Connections all;
  private final Pace pace = new Pace();
  private @Nullable ByteBuffer standIn;
  private @Nullable FileSource source;
  private long first;
  private long sent;

  FileEndPoint(
      SocketChannel channel,
      ManagedSelector selector,
      SelectionKey key,
      Scheduler scheduler,
      Connections all) {
    super(channel, selector, key, scheduler);
    this.all = all;
  }

  /// The connection below a request, whatever is spoken on it.
  static FileEndPoint of(Request request) {
    EndPoint end = request.getConnectionMetaData().getConnection().getEndPoint();
    while (end instanceof EndPoint.Wrapper wrapper) {
      end = wrapper.unwrap();
    }
    return (FileEndPoint) end;
  }

  Pace pace() {
    return pace;
  }

  @Override
  public void onOpen() {
    super.onOpen();
    all.opened(this);
  }

  @Override
  public void onClose(@Nullable Throwable cause) {
    all.closed(this);
    super.onClose(cause);
  }

  @Override
  public int fill(ByteBuffer buffer) throws IOException {
    int count = super.fill(buffer);
    if (count > 0) {
      pace.came(count, System.nanoTime());
    }
    return count;
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
      return flushBytes(buffers);
    }
    if (at > 0 && !flushBytes(Arrays.copyOf(buffers, at))) {
      return false;
    }
    return sendFile(buffers[at])
        && (at + 1 == buffers.length
            || flushBytes(Arrays.copyOfRange(buffers, at + 1, buffers.length)));
  }

  private boolean flushBytes(ByteBuffer... buffers) throws IOException {
    long before = remaining(buffers);
    boolean whole = super.flush(buffers);
    pace.went(before - remaining(buffers));
    return whole;
  }

  private static long remaining(ByteBuffer... buffers) {
    long sum = 0;
    for (ByteBuffer buffer : buffers) {
      sum += buffer.remaining();
    }
    return sum;
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
      pace.went(n);
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
      requireReadable(file, position);
      throw new EofException(e); // as for any write: the client went away
    }
  }

  /// A disk that fails is not to be taken for a client that went away, of which nothing is said.
  private static void requireReadable(FileSource file, long position) throws IOException {
    try {
      file.read(ByteBuffer.allocate(1), position);
    } catch (IOException e) {
      throw new IOException("the file cannot be read: " + e.getMessage(), e);
    }
  }
}
