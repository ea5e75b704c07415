package dev.firn.catalog.truth;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Paths dealt out into temporary files by their hashes: the same path always into the same part.
///
/// An entry is its path's hash, three numbers, the path's length, 8 bytes each but the last of 4,
/// and the path in UTF-8. Nothing is made a String: this is done for each file of a site.
final class Deal implements Closeable {
  static final int PARTS = 256;

  /// An entry without its path.
  static final int HEAD = 4 * Long.BYTES + Integer.BYTES;

  /// Bytes of the longest path that can be dealt.
  static final int LONGEST = 15_000;

  private static final int BUFFER = 16 * 1024;
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L; // 2^64 / golden ratio

  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Path directory;
  private final ByteBuffer[] filled = new ByteBuffer[PARTS];
  private final OutputStream[] outs = new OutputStream[PARTS];

  Deal(Path temporary, String name) throws IOException {
    directory = Files.createTempDirectory(temporary, "firn-check-" + name);
    for (int part = 0; part < PARTS; part++) {
      filled[part] = ByteBuffer.allocate(BUFFER);
      outs[part] = Files.newOutputStream(file(part));
    }
  }

  private Path file(int part) {
    return directory.resolve(Integer.toString(part));
  }

  /// Deals out a path: `length` bytes from `from` on. May be asked by several threads.
  ///
  /// @param size -1 when unknown
  /// @param number of a record its state; of what was found the time of its last change, or 0
  /// @param id of a record its file; else 0
  void add(byte[] bytes, int from, int length, long size, long number, long id) throws IOException {
    long hash = hash(bytes, from, length);
    int part = (int) (hash >>> 56);
    ByteBuffer buffer = filled[part];
    synchronized (buffer) {
      if (buffer.remaining() < HEAD + length) {
        flush(part);
      }
      buffer.putLong(hash).putLong(size).putLong(number).putLong(id).putInt(length);
      buffer.put(bytes, from, length);
    }
  }

  private static long hash(byte[] bytes, int from, int length) {
    long hash = length;
    int at = from;
    for (int end = from + length - Long.BYTES; at <= end; at += Long.BYTES) {
      hash = mixed(hash ^ (long) LONGS.get(bytes, at));
    }
    for (; at < from + length; at++) {
      hash = mixed(hash ^ bytes[at]);
    }
    return hash;
  }

  private static long mixed(long hash) {
    long product = hash * MULTIPLIER;
    return product ^ product >>> 32;
  }

  private void flush(int part) throws IOException {
    outs[part].write(filled[part].array(), 0, filled[part].position());
    filled[part].clear();
  }

  /// What was dealt into a part; nothing more is added to it.
  Part part(int number) throws IOException {
    flush(number);
    outs[number].close();
    return new Part(file(number));
  }

  record Part(Path file) {
    Entries entries() throws IOException {
      return new Entries(Files.newInputStream(file));
    }

    byte[] bytes() throws IOException {
      return Files.readAllBytes(file);
    }
  }

  /// The entries of a part, one at a time: what is asked is that of the last [#next()].
  static final class Entries implements Closeable {
    private final DataInputStream in;
    private final byte[] path = new byte[LONGEST];
    private final byte[] head = new byte[HEAD];
    private final ByteBuffer numbers = ByteBuffer.wrap(head);

    private Entries(InputStream in) {
      this.in = new DataInputStream(new BufferedInputStream(in, 1 << 16));
    }

    boolean next() throws IOException {
      int read = in.readNBytes(head, 0, HEAD);
      if (read < HEAD) {
        return false;
      }
      in.readFully(path, 0, length());
      return true;
    }

    long hash() {
      return numbers.getLong(0);
    }

    long size() {
      return numbers.getLong(8);
    }

    long number() {
      return numbers.getLong(16);
    }

    int length() {
      return numbers.getInt(32);
    }

    boolean isPath(byte[] bytes, int from, int length) {
      return Arrays.equals(path, 0, length(), bytes, from, from + length);
    }

    String path() {
      return new String(path, 0, length(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  @Override
  public void close() throws IOException {
    for (@Nullable OutputStream out : outs) {
      if (out != null) {
        out.close();
      }
    }
    try (Stream<Path> all = Files.walk(directory)) {
      List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
      for (Path path : deepestFirst) {
        Files.deleteIfExists(path);
      }
    }
  }
}
