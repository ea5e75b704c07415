package dev.firn.catalog.truth;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Names dealt out into temporary files by their hashes: the same name always into the same part.
final class Deal implements AutoCloseable {
  static final int PARTS = 256;
  private static final int BUFFER = 16 * 1024;

  private final Path directory;
  private final List<DataOutputStream> outs;

  Deal(Path temporary, String name) throws IOException {
    directory = Files.createTempDirectory(temporary, "firn-check-" + name);
    outs = IntStream.range(0, PARTS).mapToObj(this::open).toList();
  }

  /// A name with what is compared.
  ///
  /// @param size -1 when unknown
  /// @param number of a record its state; of what was found the time of its last change, or 0
  /// @param id of a record its file; else 0
  record Entry(String path, long size, long number, long id) {}

  private Path file(int part) {
    return directory.resolve(Integer.toString(part));
  }

  private DataOutputStream open(int part) {
    try {
      return new DataOutputStream(
          new BufferedOutputStream(Files.newOutputStream(file(part)), BUFFER));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(Entry entry) {
    try {
      int hash = entry.path().hashCode();
      DataOutputStream out = outs.get((hash ^ hash >>> 16 ^ hash >>> 8) & PARTS - 1);
      byte[] path = entry.path().getBytes(StandardCharsets.UTF_8);
      out.writeShort(path.length);
      out.write(path);
      out.writeLong(entry.size());
      out.writeLong(entry.number());
      out.writeLong(entry.id());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What was dealt into a part; nothing more is added to it.
  Part part(int number) throws IOException {
    outs.get(number).close();
    return new Part(file(number));
  }

  /// Takes entries one by one.
  @FunctionalInterface
  interface Visitor {
    void accept(Entry entry) throws IOException;
  }

  record Part(Path file) {
    void each(Visitor visitor) throws IOException {
      try (DataInputStream in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), 1 << 16))) {
        while (true) {
          int length;
          try {
            length = in.readUnsignedShort();
          } catch (EOFException end) {
            return; // the end of the part
          }
          String path = new String(in.readNBytes(length), StandardCharsets.UTF_8);
          visitor.accept(new Entry(path, in.readLong(), in.readLong(), in.readLong()));
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    for (DataOutputStream out : outs) {
      out.close();
    }
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
