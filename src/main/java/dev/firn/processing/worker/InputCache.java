package dev.firn.processing.worker;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Files a worker has fetched: the last few, by their sha512, and the one that units are cut from.
final class InputCache implements AutoCloseable {
  private static final int KEPT = 6;

  private final HubApi hub;
  private final Path directory;
  private final Deque<Path> kept = new ArrayDeque<>();
  private @Nullable UnitFile open;
  private String opened = "";

  InputCache(HubApi hub, Path directory) {
    this.hub = hub;
    this.directory = directory;
  }

  /// The file of a unit with its GCD, fetched unless it is here.
  UnitFile open(JsonNode granted, JsonNode unit, String token) throws IOException {
    String key = unit.path("file").asString() + " " + unit.path("gcd").asString();
    UnitFile now = open;
    if (now != null && opened.equals(key)) {
      return now;
    }
    closeFile();
    Path gcd = fetched(granted.path("files").path(unit.path("gcd").asString()), token);
    Path file = fetched(granted.path("files").path(unit.path("file").asString()), token);
    UnitFile fresh = new UnitFile(file, gcd);
    open = fresh;
    opened = key;
    forget(List.of(file, gcd));
    return fresh;
  }

  private Path fetched(JsonNode file, String token) throws IOException {
    String sha512 = file.path("sha512").asString();
    Path path = directory.resolve("input-" + sha512.substring(0, 40));
    if (kept.remove(path)) {
      kept.addFirst(path);
      return path;
    }
    hub.fetch(URI.create(file.path("url").asString()), sha512, token, path);
    kept.addFirst(path);
    return path;
  }

  private void forget(List<Path> needed) throws IOException {
    Iterator<Path> oldest = kept.descendingIterator();
    while (kept.size() > KEPT && oldest.hasNext()) {
      Path path = oldest.next();
      if (!needed.contains(path)) {
        oldest.remove();
        Files.deleteIfExists(path);
      }
    }
  }

  private void closeFile() throws IOException {
    UnitFile now = open;
    open = null;
    opened = "";
    if (now != null) {
      now.close();
    }
  }

  @Override
  public void close() throws IOException {
    closeFile();
    for (Path path : kept) {
      Files.deleteIfExists(path);
    }
    kept.clear();
  }

  /// Removes a directory of a unit with all that a command left in it.
  static void clear(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
