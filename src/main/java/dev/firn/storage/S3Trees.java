package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Bytes;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removing and renaming what takes more than one request, so that it is seen all at once.
///
/// What is under way is written down in one small object, `.firn/changes/ID`. Putting that object
/// is the one step that everybody sees; the objects themselves are copied or removed while their
/// names are out of sight. After a crash the object says what is left to do.
///
/// ```
/// remove D        D is out of sight ─► objects removed ─► ID removed
/// copying D E     E is out of sight, D may not change ─► objects copied ─► copied
/// copied D E      E is seen, D is out of sight ─► objects of D removed ─► ID removed
/// rename F G      the file F becomes G whatever happens ─► F copied ─► F removed ─► ID removed
/// ```
final class S3Trees {
  private static final Logger LOG = LoggerFactory.getLogger(S3Trees.class);
  private static final String FIRST_LINE = "firn-change 1";
  private static final int BATCH = 1000;

  private final ObjectStore store;
  private final S3Names names;
  private final RandomGenerator random;
  private final int mostMoved;

  /// Changes under way by their ids.
  private final Map<String, TreeChange> underWay = new ConcurrentHashMap<>();

  private enum Step {
    REMOVE,
    COPYING,
    COPIED,
    RENAME,
    /// A file that was copied; only ever in memory, for the note of a file is written once.
    RENAMED
  }

  /// A change of a directory or file; `to` is `from` when it is removed.
  private record TreeChange(Step step, LogicalName from, LogicalName to) {
    boolean hides(LogicalName name) {
      return switch (step) {
        case COPYING -> name.startsWith(to);
        case REMOVE, COPIED, RENAMED -> name.startsWith(from);
        case RENAME -> false;
      };
    }

    boolean touches(LogicalName name) {
      return name.startsWith(from)
          || name.startsWith(to)
          || from.startsWith(name)
          || to.startsWith(name);
    }

    private Bytes bytes() {
      byte[] text =
          String.join("\n", FIRST_LINE, step.name(), from.toString(), to.toString(), "")
              .getBytes(StandardCharsets.UTF_8);
      return new Bytes(text, text.length);
    }

    private static Optional<TreeChange> parse(String text) {
      String[] lines = text.split("\n");
      if (lines.length != 4 || !lines[0].equals(FIRST_LINE)) {
        return Optional.empty();
      }
      try {
        return Optional.of(
            new TreeChange(
                Step.valueOf(lines[1]), LogicalName.parse(lines[2]), LogicalName.parse(lines[3])));
      } catch (IllegalArgumentException e) {
        return Optional.empty();
      }
    }
  }

  /// @param mostMoved how many objects a directory may hold that is renamed
  S3Trees(ObjectStore store, S3Names names, RandomGenerator random, int mostMoved) {
    this.store = store;
    this.names = names;
    this.random = random;
    this.mostMoved = mostMoved;
  }

  /// Reads what a process that ended left under way.
  void load() throws IOException {
    String folder = names.own("changes/");
    Page page = store.page(folder, true, null, BATCH);
    for (Found found : page.objects()) {
      byte[] text;
      try (var bytes = store.get(found.key(), 0, 64 * 1024, null).bytes()) {
        text = bytes.readAllBytes();
      }
      String id = found.key().substring(folder.length());
      TreeChange change =
          TreeChange.parse(new String(text, StandardCharsets.UTF_8))
              .orElseThrow(() ->
                  new StorageException(
                      Kind.DAMAGED, found.key() + ": says nothing about a change"));
      underWay.put(id, change);
    }
  }

  /// Whether a name is out of sight.
  boolean hides(LogicalName name) {
    return underWay.values().stream().anyMatch(change -> change.hides(name));
  }

  /// @throws StorageException when a directory at, above or below the name is being changed
  void checkFree(LogicalName name) throws StorageException {
    if (underWay.values().stream().anyMatch(change -> change.touches(name))) {
      throw new StorageException(
          Kind.SERVER, name + ": its directory is being removed or renamed; try again later");
    }
  }

  private void write(String id, TreeChange change) throws IOException {
    store.put(names.own("changes/" + id), change.bytes(), Map.of(), false);
    underWay.put(id, change);
  }

  private String begin(TreeChange change) throws IOException {
    String id = Long.toHexString(random.nextLong());
    write(id, change);
    names.forget(change.from());
    names.forget(change.to());
    return id;
  }

  private void end(String id) throws IOException {
    store.delete(List.of(names.own("changes/" + id)));
    underWay.remove(id);
  }

  /// Takes a directory out of sight. The caller sees to it that nothing else changes meanwhile.
  String remove(LogicalName directory) throws IOException {
    return begin(new TreeChange(Step.REMOVE, directory, directory));
  }

  /// @throws StorageException of kind `REFUSED` when it holds more objects than may be copied
  void checkMovable(LogicalName from) throws IOException {
    int objects = 0;
    String next = null;
    do {
      Page page = store.page(names.directoryKey(from), true, next, BATCH);
      objects += page.objects().size();
      next = page.next();
    } while (next != null && objects <= mostMoved);
    if (objects > mostMoved) {
      throw new StorageException(
          Kind.REFUSED,
          from
              + ": an object store renames by copying, and this directory holds more than "
              + mostMoved
              + " objects; move its parts");
    }
  }

  /// Begins to rename a directory; no directory is at `to`, and a file there goes once all is
  /// copied. The caller sees to it as with [#remove].
  String move(LogicalName from, LogicalName to) throws IOException {
    return begin(new TreeChange(Step.COPYING, from, to));
  }

  /// Renames a file over whatever is there. The caller sees to it as with [#remove].
  ///
  /// When the store refuses, nothing was changed; after anything else that goes wrong, the next
  /// start ends it.
  void rename(Found file, LogicalName from, LogicalName to, boolean overDirectory)
      throws IOException {
    String id = begin(new TreeChange(Step.RENAME, from, to));
    try {
      store.copy(file, names.key(to), null);
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.UNKNOWN) {
        end(id);
        throw notRenamed(from, e);
      }
      store.copy(file, names.key(to), null); // the same once more is still the same
    }
    underWay.put(id, new TreeChange(Step.RENAMED, from, to));
    PosixArea.tidy(from, () -> endRenaming(id, from, to, overDirectory));
  }

  private void endRenaming(String id, LogicalName from, LogicalName to, boolean overDirectory)
      throws IOException {
    if (overDirectory) {
      purge(names.directoryKey(to));
    }
    store.delete(List.of(names.key(from)));
    end(id);
  }

  /// Does what is left of a removal.
  void finishRemoval(String id) throws IOException {
    TreeChange change = underWay.get(id);
    if (change != null) {
      purge(names.directoryKey(change.from()));
      end(id);
    }
  }

  /// Does what is left of a renaming. When it fails, nothing was changed, unless the failure is an
  /// `UNKNOWN`: then the next start tells.
  void finishMove(String id) throws IOException {
    TreeChange copying = underWay.get(id);
    if (copying == null) {
      return;
    }
    TreeChange copied = new TreeChange(Step.COPIED, copying.from(), copying.to());
    try {
      copy(copying);
    } catch (IOException e) {
      throw takeBack(id, copying, e);
    }
    try {
      write(id, copied);
    } catch (StoreException e) {
      throw e.reason() == StoreException.Reason.UNKNOWN ? e : takeBack(id, copying, e);
    }
    // It is renamed for good: what is left over is found at the next start.
    PosixArea.tidy(copying.from(), () -> finishCopied(id, copied));
  }

  private void finishCopied(String id, TreeChange copied) throws IOException {
    store.delete(List.of(names.key(copied.to())));
    purge(names.directoryKey(copied.from()));
    end(id);
  }

  /// A renaming that failed: nobody has seen anything of it, and what was copied goes.
  private StorageException takeBack(String id, TreeChange change, IOException why) {
    try {
      purge(names.directoryKey(change.to()));
      end(id);
    } catch (IOException e) {
      why.addSuppressed(e); // the next start takes it back
    }
    return notRenamed(change.from(), why);
  }

  private static StorageException notRenamed(LogicalName from, IOException why) {
    return new StorageException(
        Kind.SERVER, from + ": not renamed, nothing was changed: " + why.getMessage(), why);
  }

  /// Ends all that was under way when a process ended: a renaming of a directory that was not
  /// copied whole is taken back, everything else is done.
  ///
  /// @return how many there were
  int recover() throws IOException {
    Map<String, TreeChange> left = new HashMap<>(underWay);
    for (Map.Entry<String, TreeChange> entry : left.entrySet()) {
      TreeChange change = entry.getValue();
      LOG.info("storage: ends {} of {}", change.step(), change.from());
      switch (change.step()) {
        case REMOVE, COPYING -> {
          purge(names.directoryKey(change.to()));
          end(entry.getKey());
        }
        case COPIED -> finishCopied(entry.getKey(), change);
        case RENAME, RENAMED -> {
          Optional<Found> file = store.head(names.key(change.from()));
          if (file.isPresent()) {
            store.copy(file.get(), names.key(change.to()), null);
          }
          endRenaming(entry.getKey(), change.from(), change.to(), true);
        }
      }
    }
    return left.size();
  }

  private void copy(TreeChange change) throws IOException {
    String from = names.directoryKey(change.from());
    String to = names.directoryKey(change.to());
    names.make(change.to());
    names.forget(change.to());
    String next = null;
    do {
      Page page = store.page(from, true, next, BATCH);
      for (Found found : page.objects()) {
        store.copy(found, to + found.key().substring(from.length()), null);
      }
      next = page.next();
    } while (next != null);
  }

  private void purge(String prefix) throws IOException {
    long removed = 0;
    while (true) {
      Page page = store.page(prefix, true, null, BATCH);
      if (page.objects().isEmpty()) {
        break;
      }
      // What lies in a directory goes before the directory's own object.
      store.delete(page.objects().reversed().stream().map(Found::key).toList());
      removed += page.objects().size();
      if (page.next() != null) {
        LOG.info("storage: removed {} objects under {}", removed, prefix);
      }
    }
  }
}
