package dev.firn.storage;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Logical names as keys of a bucket, and directories where a bucket has none.
///
/// The file `/data/exp/x` of the area `/data` is the object `exp/x`; a directory is an empty object
/// `exp/`, or is there because something lies in it.
final class S3Names {
  private static final int MOST_KEY_BYTES = 1024;
  private static final int MOST_KNOWN = 20_000;

  private final LogicalName prefix;
  private final ObjectStore store;
  private final String keyPrefix;
  private final Instant opened;

  /// Directories that have been seen; emptied of what is removed. Saves a request per upload.
  private final Set<LogicalName> known =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<LogicalName, Boolean> eldest) {
                  return size() > MOST_KNOWN;
                }
              }));

  /// @param opened the time that directories show: a bucket knows none
  S3Names(LogicalName prefix, ObjectStore store, String keyPrefix, Instant opened) {
    this.prefix = prefix;
    this.store = store;
    this.keyPrefix = keyPrefix;
    this.opened = opened;
  }

  boolean hidden(LogicalName name) {
    List<String> below = name.below(prefix);
    return !below.isEmpty() && below.getFirst().equals(Tree.HIDDEN);
  }

  /// @throws StorageException of kind `REFUSED` for a name that can be neither made nor removed
  void checkChangeable(LogicalName name) throws StorageException {
    if (hidden(name) || name.equals(prefix)) {
      throw new StorageException(Kind.REFUSED, name + ": the name is reserved");
    }
    if (directoryKey(name).getBytes(StandardCharsets.UTF_8).length > MOST_KEY_BYTES) {
      throw new StorageException(
          Kind.REFUSED, name + ": an object's key has at most " + MOST_KEY_BYTES + " bytes");
    }
  }

  String key(LogicalName name) {
    return keyPrefix + String.join("/", name.below(prefix));
  }

  /// The key of a directory's own object, with which those of all below it begin.
  String directoryKey(LogicalName name) {
    return name.equals(prefix) ? keyPrefix : key(name) + "/";
  }

  /// A key in Firn's own folder.
  String own(String rest) {
    return keyPrefix + Tree.HIDDEN + "/" + rest;
  }

  /// The name that a key, with or without a `/` at its end, stands for; empty for what no logical
  /// name can say.
  Optional<LogicalName> name(String key) {
    String rest = key.substring(keyPrefix.length());
    String path = rest.endsWith("/") ? rest.substring(0, rest.length() - 1) : rest;
    try {
      return Optional.of(prefix.resolve(List.of(path.split("/", -1))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  StoredObject file(LogicalName name, Found found) {
    DigestRecord r = S3Metadata.read(found);
    return new StoredObject(name, false, r.size(), r.modified(), r.checksums(), r.etag());
  }

  StoredObject directory(LogicalName name) {
    String etag = "d" + Integer.toHexString(name.hashCode());
    return new StoredObject(name, true, 0, opened, Checksums.NONE, etag);
  }

  /// What is at a name: a file first, because that is one request.
  Optional<StoredObject> find(LogicalName name) throws IOException {
    if (name.equals(prefix)) {
      return Optional.of(directory(name));
    }
    Optional<Found> file = store.head(key(name));
    if (file.isPresent()) {
      return Optional.of(file(name, file.get()));
    }
    return isDirectory(name) ? Optional.of(directory(name)) : Optional.empty();
  }

  boolean isDirectory(LogicalName name) throws IOException {
    if (name.equals(prefix) || known.contains(name)) {
      return true;
    }
    ObjectStore.Page page = store.page(directoryKey(name), true, null, 1);
    if (page.objects().isEmpty()) {
      return false;
    }
    known.add(name);
    return true;
  }

  /// Whether the directory a name lies in is there.
  ///
  /// @return `DONE`, `PARENT_MISSING`, or `NOT_A_DIRECTORY` when something above is a file
  Change parentOf(LogicalName name) throws IOException {
    LogicalName parent = name.parent();
    if (isDirectory(parent)) {
      return Change.DONE;
    }
    for (LogicalName up = parent; !isDirectory(up); up = up.parent()) {
      if (store.head(key(up)).isPresent()) {
        return Change.NOT_A_DIRECTORY;
      }
    }
    return Change.PARENT_MISSING;
  }

  /// Makes the directories above `name` that are missing, from the top down.
  void makeParents(LogicalName name) throws IOException {
    List<LogicalName> missing = new ArrayList<>();
    for (LogicalName up = name.parent(); !isDirectory(up); up = up.parent()) {
      missing.addFirst(up);
    }
    for (LogicalName directory : missing) {
      make(directory);
    }
  }

  void make(LogicalName directory) throws IOException {
    store.put(directoryKey(directory), ObjectStore.Bytes.NONE, Map.of(), false);
    known.add(directory);
  }

  /// Forgets that directories at and below a name were there.
  void forget(LogicalName name) {
    synchronized (known) {
      known.removeIf(k -> k.startsWith(name));
    }
  }
}
