package dev.firn.ingest.dropbox;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Looks into a box again and again, and says which files have become whole.
final class Look {
  private static final int DEEPEST = 32;

  private final DropBox box;
  private final List<PathMatcher> patterns;
  private Map<Path, Seen> before = new HashMap<>();

  /// A file as it was, and since when it has been so.
  ///
  /// @param modified nanoseconds since 1970
  private record Seen(long size, long modified, Instant since) {}

  /// A file that is whole.
  ///
  /// @param with files that go with it: its semaphore and sidecars
  record Ready(Path file, long size, long modified, Origin origin, List<Path> with) {}

  /// What one look saw.
  ///
  /// @param waiting why files that are there are not taken yet, and directories not looked into
  /// @param oldest since when the one that waits longest has been as it is
  /// @param directories that were looked into, for whoever watches them
  record Sight(
      List<Ready> ready,
      Map<Path, String> waiting,
      Optional<Instant> oldest,
      List<Path> directories) {}

  Look(DropBox box) {
    this.box = box;
    this.patterns = box.matchers();
  }

  /// @param known files that need no look, as they are
  Sight at(Instant now, Known known) throws IOException {
    Sight sight =
        new Sight(new ArrayList<>(), new HashMap<>(), Optional.empty(), new ArrayList<>());
    Map<Path, Seen> seen = new HashMap<>();
    walk(box.directory(), 0, now, new Round(known, sight, seen));
    before = seen;
    Set<Path> candidates = new HashSet<>();
    sight.ready.forEach(r -> candidates.add(r.file));
    Set<Path> written = OpenFiles.written(candidates);
    sight.ready.removeIf(r -> written.contains(r.file));
    written.forEach(path -> sight.waiting.put(path, "a process has it open for writing"));
    Optional<Instant> oldest =
        sight.waiting.keySet().stream()
            .flatMap(path -> Optional.ofNullable(seen.get(path)).stream())
            .map(Seen::since)
            .min(Instant::compareTo);
    return new Sight(sight.ready, sight.waiting, oldest, sight.directories);
  }

  /// What was done with before.
  @FunctionalInterface
  interface Known {
    boolean is(Path file, long size, long modified, Origin origin);
  }

  private record Round(Known known, Sight sight, Map<Path, Seen> seen) {}

  private void walk(Path directory, int depth, Instant now, Round round) throws IOException {
    List<Path> entries = new ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    } catch (NoSuchFileException e) {
      if (depth == 0) {
        throw e;
      }
      return; // it went away meanwhile
    }
    round.sight.directories.add(directory);
    entries.sort(null);
    for (Path entry : entries) {
      try {
        BasicFileAttributes attributes =
            Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory() && depth < DEEPEST) {
          walk(entry, depth + 1, now, round);
        } else if (attributes.isRegularFile() && wanted(entry)) {
          file(entry, attributes, now, round);
        }
      } catch (NoSuchFileException e) {
        continue; // it went away meanwhile
      } catch (IOException e) { // one entry's trouble, not the box's
        round.sight.waiting.put(entry, "cannot be read: " + e);
      }
    }
  }

  private boolean wanted(Path file) {
    String name = String.valueOf(file.getFileName());
    return !Origin.isSidecar(name)
        && !box.isSemaphore(name)
        && patterns.stream().anyMatch(p -> p.matches(Path.of(name)));
  }

  private void file(Path file, BasicFileAttributes attributes, Instant now, Round round) {
    long modified = nanos(attributes);
    Seen old = before.get(file);
    Instant since = now;
    if (old != null && old.size == attributes.size() && old.modified == modified) {
      since = old.since;
    }
    round.seen.put(file, new Seen(attributes.size(), modified, since));
    Origin origin;
    try {
      origin = Origin.of(file);
    } catch (IllegalArgumentException e) {
      round.sight.waiting.put(file, String.valueOf(e.getMessage()));
      return;
    } catch (IOException e) { // one file's trouble, not the box's
      round.sight.waiting.put(file, "its checksum cannot be read: " + e);
      return;
    }
    if (round.known.is(file, attributes.size(), modified, origin)) {
      return;
    }
    List<Path> with = new ArrayList<>(origin.files());
    Optional<String> semaphore = box.semaphoreOf(String.valueOf(file.getFileName()));
    if (semaphore.isPresent()) {
      Path path = file.resolveSibling(semaphore.get());
      if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
        round.sight.waiting.put(file, "waits for " + semaphore.get());
        return;
      }
      with.add(path);
    }
    if (box.checksumRequired() && origin.checksums().isEmpty()) {
      round.sight.waiting.put(file, "waits for its checksum");
    } else if (Duration.between(since, now).compareTo(box.settle()) < 0) {
      round.sight.waiting.put(file, "changed a moment ago");
    } else {
      round.sight.ready.add(new Ready(file, attributes.size(), modified, origin, with));
    }
  }

  static long nanos(BasicFileAttributes attributes) {
    Instant time = attributes.lastModifiedTime().toInstant();
    return Math.addExact(Math.multiplyExact(time.getEpochSecond(), 1_000_000_000L), time.getNano());
  }
}
