package dev.firn.ingest.index;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Walks a tree depth first, the entries of each directory in the order of their names, holding no
/// more than the names of the directories on the way.
final class TreeWalk {
  /// What is met on the way.
  sealed interface Step {
    /// A regular file.
    ///
    /// @param relative its segments below the root
    /// @param modified nanoseconds since 1970
    record Found(Path path, List<String> relative, long size, long modified) implements Step {}

    /// A directory that is entered.
    ///
    /// @param names of all its entries, sorted
    record Entered(Path path, List<String> names) implements Step {}

    /// What is no file, or cannot be looked at.
    record Passed(Path path, String why) implements Step {}
  }

  private record Level(Path directory, List<String> all, Iterator<String> names) {}

  private final Path root;
  private final Deque<Level> levels = new ArrayDeque<>();
  private @Nullable Path begin;

  TreeWalk(Path root) {
    this.root = root;
    this.begin = root;
  }

  /// The next step; null at the end.
  @Nullable Step next() {
    if (begin != null) {
      Path first = begin;
      begin = null;
      return look(first);
    }
    while (!levels.isEmpty()) {
      Level level = levels.getLast();
      if (level.names.hasNext()) {
        return look(level.directory.resolve(level.names.next()));
      }
      levels.removeLast();
    }
    return null;
  }

  /// The sorted names of the directory whose entry was met last.
  List<String> siblings() {
    return levels.isEmpty() ? List.of() : levels.getLast().all;
  }

  private Step look(Path path) {
    if (path.toString().indexOf('\ufffd') >= 0) {
      return new Step.Passed(path, "its name is not UTF-8");
    }
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory()) {
        return enter(path);
      }
      if (attributes.isRegularFile()) {
        return new Step.Found(path, relative(path), attributes.size(), nanos(attributes));
      }
      return new Step.Passed(
          path, attributes.isSymbolicLink() ? "a symbolic link" : "not a regular file");
    } catch (IOException | DirectoryIteratorException | ArithmeticException e) {
      return new Step.Passed(path, "cannot be looked at: " + e.getMessage());
    }
  }

  private static List<String> names(Path directory) throws IOException {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entry -> names.add(entry.getFileName().toString()));
    }
    names.sort(Comparator.naturalOrder());
    return names;
  }

  private Step enter(Path directory) throws IOException {
    List<String> names = names(directory);
    levels.addLast(new Level(directory, names, names.iterator()));
    return new Step.Entered(directory, names);
  }

  private List<String> relative(Path path) {
    List<String> segments = new ArrayList<>();
    root.relativize(path).forEach(segment -> segments.add(segment.toString()));
    return List.copyOf(segments);
  }

  static long nanos(BasicFileAttributes attributes) {
    Instant time = attributes.lastModifiedTime().toInstant();
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }

  /// The order of the walk.
  static int compare(List<String> a, List<String> b) {
    for (int i = 0; i < a.size() && i < b.size(); i++) {
      int order = a.get(i).compareTo(b.get(i));
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}
