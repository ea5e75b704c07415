package dev.firn.cli;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Which events were met in which file, in bounded memory: what does not fit is sorted and written
/// aside, 32 bytes a name, and merged when repeated ones are asked for.
///
/// One thread uses it. The file aside is made when it is needed and loses its name at once where
/// the system allows that, so that a killed program leaves none behind.
final class EventsOfFiles implements Closeable {
  private static final int RECORD = 32;
  private static final int RECORDS_AT_ONCE = 256;
  private static final long UNSIGNED = 0xffffffffL;

  /// One event in one file, and a frame there that has its name.
  ///
  /// @param run as `subrun` and `event` a number of 32 bits without sign
  /// @param file its place among the files, from 0
  record Met(long run, long subrun, long event, int file, long frame, long offset) {
    private static final Comparator<Met> PLACE =
        Comparator.comparingInt(Met::file).thenComparingLong(Met::frame);
    private static final Comparator<Met> NAME_THEN_PLACE =
        Comparator.comparingLong(Met::run)
            .thenComparingLong(Met::subrun)
            .thenComparingLong(Met::event)
            .thenComparing(PLACE);

    boolean hasNameOf(Met other) {
      return run == other.run && subrun == other.subrun && event == other.event;
    }
  }

  private final Path aside;
  private final Met[] held;
  private final List<Integer> pieces = new ArrayList<>(); // names in each sorted piece aside
  private int size;
  private @Nullable FileChannel channel;

  /// @param aside a file that does not exist yet
  /// @param most names held in memory
  EventsOfFiles(Path aside, int most) {
    this.aside = aside;
    this.held = new Met[most];
  }

  void add(Met met) throws IOException {
    if (size == held.length) {
      putAside();
    }
    held[size++] = met;
  }

  private void putAside() throws IOException {
    FileChannel to = channel;
    if (to == null) {
      to =
          FileChannel.open(
              aside,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      channel = to;
    }
    Arrays.sort(held, 0, size, Met.NAME_THEN_PLACE);
    ByteBuffer bytes = ByteBuffer.allocate(RECORD * RECORDS_AT_ONCE);
    for (int i = 0; i < size; i++) {
      Met met = held[i];
      bytes.putInt((int) met.run).putInt((int) met.subrun).putInt((int) met.event);
      bytes.putInt(met.file).putLong(met.frame).putLong(met.offset);
      if (!bytes.hasRemaining() || i == size - 1) {
        bytes.flip();
        while (bytes.hasRemaining()) {
          to.write(bytes);
        }
        bytes.clear();
      }
    }
    pieces.add(size);
    size = 0;
  }

  /// The first frame, in the order of the files, whose event an earlier file has too.
  Optional<Met> firstRepeated() throws IOException {
    Arrays.sort(held, 0, size, Met.NAME_THEN_PLACE);
    PriorityQueue<Piece> heads =
        new PriorityQueue<>(Comparator.comparing(Piece::head, Met.NAME_THEN_PLACE));
    FileChannel from = channel;
    long begins = 0;
    if (from != null) {
      for (int names : pieces) {
        heads.add(new Piece(from, begins, names));
        begins += (long) names * RECORD;
      }
    }
    if (size > 0) {
      heads.add(new Piece(held, size));
    }
    Met first = null;
    Met before = null; // of the same name, in the earliest file
    for (Piece piece = heads.poll(); piece != null; piece = heads.poll()) {
      Met met = piece.head();
      if (before == null || !before.hasNameOf(met)) {
        before = met;
      } else if (met.file > before.file && (first == null || Met.PLACE.compare(met, first) < 0)) {
        first = met;
      }
      if (piece.advance()) {
        heads.add(piece);
      }
    }
    return Optional.ofNullable(first);
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
  }

  /// Names in order, aside or in memory, read from the first to the last.
  private static final class Piece {
    private final @Nullable FileChannel from;
    private long position;
    private int left; // names not in the block
    private Met[] block;
    private int blockSize;
    private int at;

    Piece(Met[] held, int size) {
      from = null;
      block = held;
      blockSize = size;
    }

    Piece(FileChannel from, long position, int names) throws IOException {
      this.from = from;
      this.position = position;
      left = names;
      block = new Met[Math.min(names, RECORDS_AT_ONCE)];
      readBlock(from);
    }

    Met head() {
      return block[at];
    }

    /// Goes to the next name; false after the last.
    boolean advance() throws IOException {
      if (++at < blockSize) {
        return true;
      }
      if (from == null || left == 0) {
        return false;
      }
      readBlock(from);
      return true;
    }

    private void readBlock(FileChannel from) throws IOException {
      blockSize = Math.min(left, block.length);
      at = 0;
      ByteBuffer bytes = ByteBuffer.allocate(blockSize * RECORD);
      while (bytes.hasRemaining()) {
        if (from.read(bytes, position + bytes.position()) < 0) {
          throw new EOFException("the names of events put aside were cut");
        }
      }
      position += bytes.position();
      left -= blockSize;
      bytes.flip();
      for (int i = 0; i < blockSize; i++) {
        block[i] =
            new Met(
                bytes.getInt() & UNSIGNED,
                bytes.getInt() & UNSIGNED,
                bytes.getInt() & UNSIGNED,
                bytes.getInt(),
                bytes.getLong(),
                bytes.getLong());
      }
    }
  }
}
