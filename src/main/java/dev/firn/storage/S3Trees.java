package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import dev.firn.storage.S3Change.Step;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
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
///
/// When the store does not say whether it took the object, the change is withdrawn: the object is
/// removed, and until that is known nothing else may be done at the names, which a start that finds
/// the object would undo. What could not be ended is tried again when somebody wants its names.
final class S3Trees {
  private static final Logger LOG = LoggerFactory.getLogger(S3Trees.class);
  private static final int BATCH = 1000;

  private final ObjectStore store;
  private final S3Names names;
  private final RandomGenerator random;
  private final int mostMoved;
  private final Executor background;

  /// Changes under way by their ids.
  private final Map<String, S3Change> underWay = new ConcurrentHashMap<>();

  /// Those of them that nobody is working on, because the store failed.
  private final Set<String> left = ConcurrentHashMap.newKeySet();

  /// @param mostMoved how many objects a directory may hold that is renamed
  /// @param background where what was left over is tried again
  S3Trees(
      ObjectStore store,
      S3Names names,
      RandomGenerator random,
      int mostMoved,
      Executor background) {
    this.store = store;
    this.names = names;
    this.random = random;
    this.mostMoved = mostMoved;
    this.background = background;
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
      S3Change change =
          S3Change.parse(new String(text, StandardCharsets.UTF_8))
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
    boolean free = true;
    for (Map.Entry<String, S3Change> entry : underWay.entrySet()) {
      if (entry.getValue().touches(name)) {
        free = false;
        tryAgain(entry.getKey());
      }
    }
    if (!free) {
      throw new StorageException(
          Kind.SERVER, name + ": its directory is being removed or renamed; try again later");
    }
  }

  private void tryAgain(String id) {
    if (left.remove(id)) {
      background.execute(() -> finish(id));
    }
  }

  private void write(String id, S3Change change) throws IOException {
    store.put(names.own("changes/" + id), change.note(), Map.of(), false);
    underWay.put(id, change);
  }

  private String begin(S3Change change) throws IOException {
    String id = Long.toHexString(random.nextLong());
    try {
      write(id, change);
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.UNKNOWN) {
        throw e;
      }
      throw withdraw(id, change, e);
    }
    names.forget(change.from());
    names.forget(change.to());
    return id;
  }

  private void end(String id) throws IOException {
    store.delete(List.of(names.own("changes/" + id)));
    underWay.remove(id);
  }

  /// Takes back a note of which nothing was done yet.
  private StorageException withdraw(String id, S3Change change, IOException why) {
    underWay.put(id, change.at(Step.WITHDRAWN));
    try {
      end(id);
      return unchanged(change.from(), why);
    } catch (IOException e) {
      left.add(id);
      why.addSuppressed(e);
      return new StorageException(
          Kind.UNKNOWN,
          change.from() + ": the store does not say whether it will be changed: " + e.getMessage(),
          why);
    }
  }

  private static StorageException unchanged(LogicalName from, IOException why) {
    return new StorageException(
        Kind.SERVER, from + ": nothing was changed: " + why.getMessage(), why);
  }

  /// Does what is left of a change that was made for good. What the store does not let it do is
  /// tried again later, at the latest by the next start.
  private void finish(String id) {
    S3Change change = underWay.get(id);
    try {
      if (change != null) {
        settle(id, change);
      }
    } catch (IOException e) {
      left.add(id);
      LOG.warn("{}: something is left over: {}", names.own("changes/" + id), e.getMessage());
    }
  }

  private void settle(String id, S3Change change) throws IOException {
    switch (change.step()) {
      case WITHDRAWN -> end(id);
      case REMOVE, COPYING -> {
        purge(names.directoryKey(change.to()));
        end(id);
      }
      case SAYING_COPIED -> {
        write(id, change.at(Step.COPIED));
        endCopied(id, change);
      }
      case COPIED -> endCopied(id, change);
      case RENAME -> {
        Optional<Found> file = store.head(names.key(change.from()));
        if (file.isPresent()) {
          store.copy(file.get(), names.key(change.to()), null);
        }
        underWay.put(id, change.at(Step.RENAMED));
        endRenamed(id, change);
      }
      case RENAMED -> endRenamed(id, change);
    }
  }

  private void endCopied(String id, S3Change change) throws IOException {
    purge(names.directoryKey(change.from()));
    end(id);
  }

  private void endRenamed(String id, S3Change change) throws IOException {
    store.delete(List.of(names.key(change.from())));
    end(id);
  }

  /// Takes a directory out of sight; [#finishRemoval] removes it. The caller sees to it that
  /// nothing else changes meanwhile.
  String remove(LogicalName directory) throws IOException {
    return begin(new S3Change(Step.REMOVE, directory, directory));
  }

  /// Does what is left of a removal.
  void finishRemoval(String id) {
    finish(id);
  }

  /// Removes a file or directory that another one is to replace, before that is begun.
  void makeRoom(LogicalName name, boolean directory) throws IOException {
    if (!directory) {
      store.delete(List.of(names.key(name)));
      return;
    }
    String id = remove(name);
    finish(id);
    if (underWay.containsKey(id)) {
      throw new StorageException(
          Kind.UNKNOWN, name + ": what it replaces could not be removed yet; try again later");
    }
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

  /// Begins to rename a directory to where nothing is. The caller sees to it as with [#remove].
  String move(LogicalName from, LogicalName to) throws IOException {
    return begin(new S3Change(Step.COPYING, from, to));
  }

  /// Renames a file over a file or nothing. The caller sees to it as with [#remove].
  void rename(Found file, LogicalName from, LogicalName to) throws IOException {
    S3Change change = new S3Change(Step.RENAME, from, to);
    String id = begin(change);
    try {
      store.copy(file, names.key(to), null);
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.UNKNOWN) {
        throw withdraw(id, change, e);
      }
      copyAgain(id, file, change);
    }
    underWay.put(id, change.at(Step.RENAMED));
    finish(id);
  }

  /// The same once more is still the same.
  private void copyAgain(String id, Found file, S3Change change) throws StorageException {
    try {
      store.copy(file, names.key(change.to()), null);
    } catch (IOException e) {
      left.add(id);
      throw new StorageException(
          Kind.UNKNOWN,
          change.from() + ": will be " + change.to() + ", but is not yet known to be",
          e);
    }
  }

  /// Does what is left of a renaming. When it fails, nothing was changed, unless the failure is an
  /// `UNKNOWN`.
  void finishMove(String id) throws IOException {
    S3Change copying = underWay.get(id);
    if (copying == null) {
      return;
    }
    try {
      copy(copying);
    } catch (IOException e) {
      throw takeBack(id, copying, e);
    }
    try {
      write(id, copying.at(Step.COPIED));
    } catch (StoreException e) {
      if (e.reason() != StoreException.Reason.UNKNOWN) {
        throw takeBack(id, copying, e);
      }
      underWay.put(id, copying.at(Step.SAYING_COPIED));
      left.add(id);
      throw e;
    }
    finish(id);
  }

  /// A renaming that failed: nobody has seen anything of it, and what was copied goes.
  private StorageException takeBack(String id, S3Change change, IOException why) {
    finish(id);
    return unchanged(change.from(), why);
  }

  /// Ends all that was under way when a process ended: a renaming of a directory that was not
  /// copied whole is taken back, everything else is done.
  ///
  /// @return how many there were
  int recover() throws IOException {
    Map<String, S3Change> found = Map.copyOf(underWay);
    for (Map.Entry<String, S3Change> entry : found.entrySet()) {
      LOG.info("storage: ends {} of {}", entry.getValue().step(), entry.getValue().from());
      settle(entry.getKey(), entry.getValue());
      left.remove(entry.getKey());
    }
    return found.size();
  }

  private void copy(S3Change change) throws IOException {
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

  /// Removes what lies below a prefix, then the directories' own objects, the deepest first: a
  /// store that keeps objects on a file system may leave a directory that goes before what is in
  /// it, or together with that.
  private void purge(String prefix) throws IOException {
    long removed = 0;
    String next = null;
    do {
      Page page = store.page(prefix, true, next, BATCH);
      List<String> files =
          page.objects().stream().map(Found::key).filter(key -> !key.endsWith("/")).toList();
      if (!files.isEmpty()) {
        store.delete(files);
      }
      removed += files.size();
      next = page.next();
      if (next != null) {
        LOG.info("storage: removed {} objects under {}", removed, prefix);
      }
    } while (next != null);
    for (Page left = first(prefix); !left.objects().isEmpty(); left = first(prefix)) {
      Map<Long, List<String>> levels =
          left.objects().stream()
              .map(Found::key)
              .collect(
                  Collectors.groupingBy(
                      S3Trees::depth,
                      () -> new TreeMap<>(Comparator.reverseOrder()),
                      Collectors.toList()));
      for (List<String> level : levels.values()) {
        store.delete(level);
      }
    }
  }

  private Page first(String prefix) throws IOException {
    return store.page(prefix, true, null, BATCH);
  }

  private static long depth(String key) {
    return key.chars().filter(c -> c == '/').count();
  }
}
