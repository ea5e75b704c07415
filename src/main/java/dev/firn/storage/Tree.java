package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Walks from an area's root to names below it, one open directory at a time.
///
/// A directory that is made is durable before anybody else can walk through it: otherwise a file
/// published in it by another thread could be acknowledged and lost with its directory. That is
/// what the lock is for; walking takes it shared, making takes it alone.
final class Tree {
  /// The folder below the root that names cannot reach.
  static final String HIDDEN = ".firn";

  private final Disk disk;
  private final LogicalName prefix;
  private final ReadWriteLock making = new ReentrantReadWriteLock();

  Tree(Disk disk, LogicalName prefix) {
    this.disk = disk;
    this.prefix = prefix;
  }

  /// Whether `name` is one of those that do not exist.
  boolean hidden(LogicalName name) {
    List<String> below = name.below(prefix);
    return !below.isEmpty() && below.getFirst().equals(HIDDEN);
  }

  /// @throws StorageException of kind `REFUSED` for a name that can be neither made nor removed
  void checkChangeable(LogicalName name) throws StorageException {
    if (hidden(name)) {
      throw new StorageException(Kind.REFUSED, name + ": the name is reserved");
    }
    if (name.equals(prefix)) {
      throw new StorageException(Kind.REFUSED, name + ": the root of a storage area");
    }
  }

  /// Opens the directory `name`.
  Disk.Directory open(LogicalName name) throws IOException {
    making.readLock().lock();
    try {
      return walk(name.below(prefix), false);
    } finally {
      making.readLock().unlock();
    }
  }

  /// Opens the directory that `name` lies in, making it if asked.
  Disk.Directory openParent(LogicalName name, boolean make) throws IOException {
    LogicalName parent = name.parent();
    try {
      return open(parent);
    } catch (DiskException e) {
      if (!make || e.reason() != Reason.MISSING) {
        throw e;
      }
    }
    making.writeLock().lock();
    try {
      return walk(parent.below(prefix), true);
    } finally {
      making.writeLock().unlock();
    }
  }

  private Disk.Directory walk(List<String> segments, boolean make) throws IOException {
    Disk.Directory at = disk.openRoot();
    for (String segment : segments) {
      try (Disk.Directory from = at) {
        if (make && from.stat(segment).isEmpty()) {
          makeDurable(from, segment);
        }
        at = from.openDirectory(segment);
      }
    }
    return at;
  }

  /// Makes one directory in an open one; the caller holds no lock.
  void makeDirectory(Disk.Directory parent, String name) throws IOException {
    making.writeLock().lock();
    try {
      makeDurable(parent, name);
    } finally {
      making.writeLock().unlock();
    }
  }

  private static void makeDurable(Disk.Directory parent, String name) throws IOException {
    parent.makeDirectory(name);
    try {
      parent.force();
    } catch (DiskException e) {
      // Not to be walked through: it may be gone after a power cut.
      parent.removeDirectory(name);
      throw e;
    }
  }

  /// Opens a directory of Firn's own.
  static Disk.Directory openOrMake(Disk.Directory parent, String name) throws IOException {
    if (parent.stat(name).isEmpty()) {
      parent.makeDirectory(name);
      parent.force();
    }
    return parent.openDirectory(name);
  }

  /// Makes a change of entries durable.
  ///
  /// @throws StorageException of kind `UNKNOWN` when it is made but may not last
  static void makeDurable(LogicalName name, Disk.Directory directory) throws IOException {
    try {
      directory.force();
    } catch (DiskException e) {
      throw new StorageException(Kind.UNKNOWN, name + ": changed, but perhaps not for long", e);
    }
  }

  /// Gives an entry a name at which there is nothing, in one step where the file system can, and
  /// otherwise by a second name for the file.
  ///
  /// @return whether the old name is still there too, to be unlinked once the new one is durable
  static boolean nameNew(
      Disk.Directory from, String name, Disk.Directory to, String newName, boolean directory)
      throws IOException {
    try {
      from.renameNoReplace(name, to, newName);
      return false;
    } catch (DiskException e) {
      if (e.reason() != Reason.UNSUPPORTED) {
        throw e;
      }
    }
    if (!directory) {
      from.link(name, to, newName);
      return true;
    }
    // rename(2) of a directory replaces nothing but an empty directory.
    if (to.stat(newName).isPresent()) {
      throw new DiskException(Reason.EXISTS, "'" + newName + "' is already there");
    }
    from.rename(name, to, newName);
    return false;
  }

  /// Empties and removes a directory nobody can see any more, and forgets the files in it.
  static void clear(Disk.Directory parent, String name, Records records) throws IOException {
    try (Disk.Directory directory = parent.openDirectory(name)) {
      // Some file systems skip entries when a listing and removals are mixed: look until empty.
      boolean[] removed = {true};
      while (removed[0]) {
        removed[0] = false;
        directory.list(entry -> {
          removed[0] = true;
          Optional<Disk.Entry> found = directory.stat(entry);
          if (found.filter(e -> e.type() == Disk.Type.DIRECTORY).isPresent()) {
            clear(directory, entry, records);
          } else {
            remove(directory, entry, found, records);
          }
        });
      }
    }
    parent.removeDirectory(name);
  }

  private static void remove(
      Disk.Directory directory, String name, Optional<Disk.Entry> found, Records records)
      throws IOException {
    directory.unlink(name);
    if (found.filter(e -> e.type() == Disk.Type.FILE && e.links() == 1).isPresent()) {
      records.removed(found.get());
    }
  }

  /// Says what a failed step means for `name`. The one place where steps become sentences.
  static StorageException explain(LogicalName name, DiskException e) {
    return switch (e.reason()) {
      case MISSING -> new StorageException(Kind.MISSING, name + ": not there", e);
      case NOT_A_DIRECTORY ->
          new StorageException(Kind.NOT_A_DIRECTORY, name + ": not a directory", e);
      case IS_A_DIRECTORY -> new StorageException(Kind.IS_A_DIRECTORY, name + ": a directory", e);
      case SYMBOLIC_LINK ->
          new StorageException(Kind.REFUSED, name + ": symbolic links are not followed", e);
      case NOT_REGULAR -> new StorageException(Kind.REFUSED, name + ": not a regular file", e);
      case NO_SPACE -> new StorageException(Kind.CAPACITY, name + ": the disk is full", e);
      case DENIED, EXISTS, NOT_EMPTY, UNSUPPORTED, OTHER ->
          new StorageException(Kind.SERVER, name + ": " + e.getMessage(), e);
    };
  }
}
