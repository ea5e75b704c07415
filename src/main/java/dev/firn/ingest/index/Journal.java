package dev.firn.ingest.index;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What was registered before, and what is registered now: one file for each start of the indexer,
/// each in the order of the walk, so that looking up is merging. A pass that comes to its end
/// leaves one file; see `docs/formats/index-journal.md`.
final class Journal implements AutoCloseable {
  private static final String SUFFIX = ".journal";

  /// A file that the registry has acknowledged, as it was.
  ///
  /// @param modified nanoseconds since 1970
  /// @param facts a digest of what its name said then
  record Entry(List<String> relative, long size, long modified, int facts, String outcome) {
    boolean same(Entry now) {
      return size == now.size && modified == now.modified && facts == now.facts;
    }

    private String line() {
      return "%d\t%d\t%08x\t%s\t%s\n"
          .formatted(size, modified, facts, outcome, escaped(String.join("/", relative)));
    }

    private static @Nullable Entry parse(String line) {
      String[] fields = line.split("\t", 5);
      if (fields.length < 5) {
        return null;
      }
      try {
        return new Entry(
            List.of(unescaped(fields[4]).split("/")),
            Long.parseLong(fields[0]),
            Long.parseLong(fields[1]),
            Integer.parseUnsignedInt(fields[2], 16),
            fields[3]);
      } catch (NumberFormatException e) {
        return null;
      }
    }

    /// A name may hold a line's end; a backslash stands for itself twice.
    private static String escaped(String path) {
      return path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
    }

    private static String unescaped(String text) {
      StringBuilder out = new StringBuilder(text.length());
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '\\' && i + 1 < text.length()) {
          char next = text.charAt(++i);
          out.append(next == 'n' ? '\n' : next == 'r' ? '\r' : next);
        } else {
          out.append(c);
        }
      }
      return out.toString();
    }
  }

  private final Path folder;
  private final List<Reader> before = new ArrayList<>();
  private final Path file;
  private final FileChannel channel;
  private final BufferedWriter out;

  private Journal(Path folder, List<Path> old) throws IOException {
    this.folder = folder;
    // The newest first: what it says of a file is said last.
    for (Path path : old.reversed()) {
      before.add(new Reader(path));
    }
    int number = old.isEmpty() ? 1 : number(old.getLast()) + 1;
    this.file = folder.resolve("%08d".formatted(number) + SUFFIX);
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    this.out =
        new BufferedWriter(
            new OutputStreamWriter(Channels.newOutputStream(channel), StandardCharsets.UTF_8));
  }

  static Journal open(Path folder) throws IOException {
    List<Path> old = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
      stream.forEach(old::add);
    }
    Collections.sort(old);
    return new Journal(folder, old);
  }

  private static int number(Path path) {
    return Integer.parseInt(path.getFileName().toString().replace(SUFFIX, ""));
  }

  /// What is known of a file; asked for in the order of the walk only.
  Optional<Entry> known(List<String> relative) throws IOException {
    Optional<Entry> found = Optional.empty();
    for (Reader reader : before) {
      Optional<Entry> entry = reader.at(relative);
      found = found.isPresent() ? found : entry;
    }
    return found;
  }

  /// Notes what was acknowledged; durable after [#force].
  void add(Entry entry) throws IOException {
    out.write(entry.line());
  }

  void force() throws IOException {
    out.flush();
    channel.force(false);
  }

  /// The walk came to its end: this start's file holds everything that is there.
  void complete() throws IOException {
    force();
    forceFolder();
    for (Reader reader : before) {
      reader.close();
      Files.delete(reader.path);
    }
    before.clear();
    forceFolder();
  }

  private void forceFolder() throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    for (Reader reader : before) {
      reader.close();
    }
    out.close();
  }

  /// A sorted file read along with the walk. What a crash left of a last line is passed over.
  private static final class Reader {
    private final Path path;
    private final BufferedReader in;
    private @Nullable Entry next;

    Reader(Path path) throws IOException {
      this.path = path;
      this.in = Files.newBufferedReader(path, StandardCharsets.UTF_8);
      advance();
    }

    private void advance() throws IOException {
      next = null;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        next = Entry.parse(line);
        if (next != null) {
          return;
        }
      }
    }

    Optional<Entry> at(List<String> relative) throws IOException {
      while (next != null && TreeWalk.compare(next.relative, relative) < 0) {
        advance();
      }
      Entry entry = next;
      return entry != null && entry.relative.equals(relative)
          ? Optional.of(entry)
          : Optional.empty();
    }

    void close() throws IOException {
      in.close();
    }
  }
}
