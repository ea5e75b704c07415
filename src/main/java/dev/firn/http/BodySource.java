package dev.firn.http;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Where a request's body comes from.
public interface BodySource {
  /// Length in bytes, or -1 when it is not known and the body is sent in chunks.
  long length();

  /// Opens the body from its first byte. Called once per sending of the request, and again only
  /// when [#repeatable()].
  InputStream open() throws IOException;

  /// Whether [#open()] may be called again after a redirect or a lost connection.
  default boolean repeatable() {
    return true;
  }

  static BodySource bytes(byte[] bytes) {
    return new BodySource() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public InputStream open() {
        return new ByteArrayInputStream(bytes);
      }
    };
  }

  /// `length` bytes of a file from `offset`. A file that ends earlier fails the request.
  static BodySource file(Path file, long offset, long length) {
    return new BodySource() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public InputStream open() throws IOException {
        return new FileRange(FileChannel.open(file, StandardOpenOption.READ), offset, length);
      }
    };
  }

  /// A stream that is read once; `length` is -1 when unknown.
  static BodySource stream(InputStream stream, long length) {
    return new BodySource() {
      @Override
      public long length() {
        return length;
      }

      @Override
      public InputStream open() {
        return stream;
      }

      @Override
      public boolean repeatable() {
        return false;
      }
    };
  }

  /// Positional reads of one range of a file.
  final class FileRange extends InputStream {
    private final FileChannel channel;
    private final long end;
    private long position;

    FileRange(FileChannel channel, long offset, long length) {
      this.channel = channel;
      this.position = offset;
      this.end = Math.addExact(offset, length);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (position >= end) {
        return -1;
      }
      int wanted = (int) Math.min(length, end - position);
      int count = channel.read(ByteBuffer.wrap(into, offset, wanted), position);
      if (count < 0) {
        throw new EOFException("the file ends " + (end - position) + " bytes early");
      }
      position += count;
      return count;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
