package dev.firn.archive;

import static dev.firn.archive.BundleException.Code.BAD_MANIFEST;
import static dev.firn.archive.BundleException.Code.TOO_LARGE;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a bundle says of itself: version 3 is lines of JSON (`<uuid>.metadata.ndjson`), versions 2
/// and 1 are one JSON document with a list `files`, or that list alone (`<uuid>.metadata.json`).
/// Lines without a first one that speaks of the bundle are read too.
///
/// @param version 3, 2 or 1
/// @param uuid as written; not checked, because old ones are version-1 UUIDs and worse
/// @param fileCount what the manifest promises, which [#read] holds against `files`
public record BundleManifest(
    int version, String uuid, String createTimestamp, long fileCount, List<File> files) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String NAME = "logical_name";
  private static final long MAX_LENGTH = 1L << 28;

  /// One member's record.
  ///
  /// @param size in bytes, -1 when the record does not say
  /// @param record the whole of it
  public record File(
      String uuid, String logicalName, long size, Optional<Checksum> sha512, JsonNode record) {}

  static boolean isManifest(String entryName) {
    return entryName.indexOf('/') < 0
        && (entryName.endsWith(".metadata.ndjson") || entryName.endsWith(".metadata.json"));
  }

  static BundleManifest read(BundleReader.Source source, BundleReader.Entry entry)
      throws IOException {
    long offset = entry.headerOffset();
    if (entry.size() > MAX_LENGTH) {
      throw new BundleException(TOO_LARGE, offset, "manifest is longer than " + MAX_LENGTH);
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.size());
    BundleReader.read(source, entry, bytes::put);
    String text = new String(bytes.array(), StandardCharsets.UTF_8);
    try {
      BundleManifest manifest =
          entry.name().endsWith(".ndjson") ? lines(text, offset) : document(text, offset);
      if (manifest.fileCount != manifest.files.size()) {
        throw new BundleException(
            BAD_MANIFEST,
            offset,
            "manifest promises %d files and lists %d"
                .formatted(manifest.fileCount, manifest.files.size()));
      }
      return manifest;
    } catch (JacksonException e) {
      throw new BundleException(
          BAD_MANIFEST, offset, "manifest is not JSON: " + e.getOriginalMessage());
    }
  }

  private static BundleManifest lines(String text, long offset) throws BundleException {
    List<File> files = new ArrayList<>();
    JsonNode head = null;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      if (line.isBlank()) {
        continue;
      }
      JsonNode node = JSON.readTree(line);
      if (head == null && files.isEmpty() && !node.has(NAME)) {
        head = node;
      } else {
        files.add(file(node, offset));
      }
    }
    if (head == null && files.isEmpty() || head != null && !head.isObject()) {
      throw new BundleException(BAD_MANIFEST, offset, "manifest is empty");
    }
    return of(head == null ? JSON.createObjectNode() : head, 3, files);
  }

  private static BundleManifest document(String text, long offset) throws BundleException {
    JsonNode root = JSON.readTree(text);
    JsonNode list = root.isArray() ? root : root.path("files");
    if (!list.isArray()) {
      throw new BundleException(BAD_MANIFEST, offset, "manifest has no list 'files'");
    }
    List<File> files = new ArrayList<>();
    for (JsonNode node : list) {
      files.add(file(node, offset));
    }
    return of(root, 1, files);
  }

  private static BundleManifest of(JsonNode head, int assumedVersion, List<File> files) {
    JsonNode count = head.path("file_count");
    return new BundleManifest(
        head.path("version").asInt(assumedVersion),
        head.path("uuid").asString(""),
        head.path("create_timestamp").asString(""),
        count.isNumber() ? count.asLong() : files.size(),
        List.copyOf(files));
  }

  private static File file(JsonNode node, long offset) throws BundleException {
    String name = node.path(NAME).asString("");
    if (name.isEmpty()) {
      throw new BundleException(BAD_MANIFEST, offset, "a record has no logical_name");
    }
    Optional<Checksum> sha512 = Optional.empty();
    String hex = node.path("checksum").path("sha512").asString("");
    if (!hex.isEmpty()) {
      try {
        sha512 = Optional.of(new Checksum(ChecksumAlgorithm.SHA512, hex));
      } catch (IllegalArgumentException e) {
        throw new BundleException(
            BAD_MANIFEST, offset, "sha512 of " + ZipDirectory.shown(name) + " is not one");
      }
    }
    JsonNode size = node.path("file_size");
    return new File(
        node.path("uuid").asString(""), name, size.isNumber() ? size.asLong() : -1, sha512, node);
  }

  /// Finds the record of an entry: the one whose logical name ends with the entry's path, since a
  /// path is relative to a request that the bundle does not name. Each record is given once; the
  /// one at the entry's own place comes first, because bundlers write both lists in the same order.
  public static final class Matcher {
    private final Map<String, Deque<File>> byBase = new LinkedHashMap<>();
    private final List<File> inOrder;
    private int place;

    public Matcher(Collection<File> files) {
      inOrder = List.copyOf(files);
      for (File file : files) {
        byBase.computeIfAbsent(base(file.logicalName()), k -> new ArrayDeque<>()).add(file);
      }
    }

    public Optional<File> take(BundleReader.Entry entry) {
      return take(entry, file -> true);
    }

    /// The record of an entry whose name others have too, which its bytes tell from theirs: empty
    /// where a record has another sha512 or size.
    public Optional<File> take(BundleReader.Entry entry, Checksum sha512) {
      return take(
          entry,
          file ->
              file.sha512().orElse(sha512).equals(sha512)
                  && (file.size() < 0 || file.size() == entry.size()));
    }

    private Optional<File> take(BundleReader.Entry entry, Predicate<File> agrees) {
      File expected = place < inOrder.size() ? inOrder.get(place++) : null;
      for (String path : entry.readings()) {
        Optional<File> found = take(path, expected, agrees);
        if (found.isPresent()) {
          return found;
        }
      }
      return Optional.empty();
    }

    private Optional<File> take(String path, @Nullable File expected, Predicate<File> agrees) {
      Deque<File> candidates = byBase.getOrDefault(base(path), new ArrayDeque<>());
      if (expected != null
          && belongs(expected, path)
          && agrees.test(expected)
          && candidates.remove(expected)) {
        return Optional.of(expected);
      }
      for (File file : candidates) {
        if (belongs(file, path) && agrees.test(file)) {
          candidates.remove(file);
          return Optional.of(file);
        }
      }
      return Optional.empty();
    }

    /// Records that no entry took.
    public List<File> left() {
      return byBase.values().stream().flatMap(Collection::stream).toList();
    }

    private static boolean belongs(File file, String path) {
      return file.logicalName().equals(path) || file.logicalName().endsWith("/" + path);
    }

    private static String base(String path) {
      return path.substring(path.lastIndexOf('/') + 1);
    }
  }
}
