package dev.firn.catalog.truth;

import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// The paths of the directories in an area, by their numbers: they are read once and not again with
/// each of their files.
///
/// They lie in a temporary file, for there may be millions; on the heap are 8 bytes a number.
final class DirectoryPaths implements Closeable {
  private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED;

  private final Path file;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;

  /// Where each lies, by number; 0 for one that is not in the area.
  private final long[] starts;

  private DirectoryPaths(Path file, long[] starts) throws IOException {
    this.file = file;
    this.starts = starts;
    try (FileChannel channel = FileChannel.open(file)) {
      this.bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
  }

  /// Collects them.
  static final class Collecting implements Closeable {
    private final Path file;
    private final OutputStream out;
    private final byte[] length = new byte[Integer.BYTES];
    private long[] starts = new long[1_024];
    private long end;

    Collecting(Path temporary) throws IOException {
      file = Files.createTempFile(temporary, "firn-check-directories", "");
      out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
      write(length, 0, length.length); // no path lies at 0
    }

    /// @param path the bytes before its position
    /// @return true, for it is one more
    boolean add(int number, ByteBuffer path) throws IOException {
      if (number >= starts.length) {
        starts = Arrays.copyOf(starts, Math.max(number + 1, starts.length * 2));
      }
      starts[number] = end;
      ByteBuffer.wrap(length).order(LENGTH.order()).putInt(path.position());
      write(length, 0, length.length);
      write(path.array(), 0, path.position());
      return true;
    }

    private void write(byte[] from, int at, int count) throws IOException {
      out.write(from, at, count);
      end += count;
    }

    DirectoryPaths collected() throws IOException {
      out.close();
      return new DirectoryPaths(file, starts);
    }

    @Override
    public void close() throws IOException {
      out.close();
      Files.deleteIfExists(file); // what is mapped stays readable
    }
  }

  /// Writes the path of a directory to where `to` begins.
  ///
  /// @return whether it is one of these; else nothing is written
  boolean copy(int number, ByteBuffer to) {
    long start = number < starts.length ? starts[number] : 0;
    if (start == 0) {
      return false;
    }
    int length = bytes.get(LENGTH, start);
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, start + Integer.BYTES, to.array(), 0, length);
    to.position(length);
    return true;
  }

  @Override
  public void close() throws IOException {
    arena.close();
    Files.deleteIfExists(file);
  }
}
