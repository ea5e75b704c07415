package dev.firn.storage;

import dev.firn.storage.DiskException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The folder `.firn/staging`: what is being written, what was kept for later, what is being
/// removed.
///
/// ```
/// ID.part    bytes of a staged write
/// ID.kept    how far they can be relied upon, when they were kept for later
/// ID.trash   a directory that was removed and is being emptied
/// ```
final class StagingFolder {
  private static final String PART = ".part";
  private static final String KEPT = ".kept";
  private static final String NEW = ".new";
  private static final String TRASH = ".trash";

  private final Disk.Directory directory;
  private final Set<String> active = ConcurrentHashMap.newKeySet();

  StagingFolder(Disk.Directory directory) {
    this.directory = directory;
  }

  Disk.Directory directory() {
    return directory;
  }

  static String part(String id) {
    return id + PART;
  }

  Disk.OpenFile begin(String id) throws IOException {
    active.add(id);
    try {
      return directory.create(part(id));
    } catch (IOException e) {
      active.remove(id);
      throw e;
    }
  }

  void ended(String id) {
    active.remove(id);
  }

  /// Removes what there is of a staged write.
  void discard(String id) throws IOException {
    unlinkIfThere(part(id));
    unlinkIfThere(id + KEPT);
    unlinkIfThere(id + NEW);
  }

  private void unlinkIfThere(String name) throws IOException {
    if (directory.stat(name).isPresent()) {
      directory.unlink(name);
    }
  }

  void keep(String id, KeptRecord kept) throws IOException {
    String temporary = id + NEW;
    unlinkIfThere(temporary);
    byte[] text = kept.bytes();
    try (Disk.OpenFile file = directory.create(temporary)) {
      file.write(ByteBuffer.allocateDirect(text.length).put(text).flip(), 0);
      file.force();
    }
    directory.rename(temporary, directory, id + KEPT);
    directory.force();
  }

  Optional<KeptRecord> kept(String id) throws IOException {
    try (Disk.OpenFile file = directory.openFile(id + KEPT, false)) {
      ByteBuffer text = ByteBuffer.allocate(KeptRecord.MAX_BYTES);
      while (text.hasRemaining() && file.read(text, text.position()) > 0) {
        // until the end
      }
      return KeptRecord.parse(StandardCharsets.UTF_8.decode(text.flip()).toString());
    } catch (DiskException e) {
      if (e.reason() == Reason.MISSING) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// All kept writes whose bytes are still staged.
  List<StorageArea.KeptWrite> allKept() throws IOException {
    List<String> names = new ArrayList<>();
    directory.list(names::add);
    List<StorageArea.KeptWrite> all = new ArrayList<>();
    for (String name : names) {
      if (name.endsWith(KEPT) && directory.stat(part(idOf(name))).isPresent()) {
        kept(idOf(name)).ifPresent(record -> all.add(record.of(idOf(name))));
      }
    }
    return all;
  }

  /// Removes a kept write unless somebody has it open.
  boolean discardKept(String id) throws IOException {
    if (!active.add(id)) {
      return false;
    }
    try {
      boolean there = directory.stat(id + KEPT).isPresent();
      discard(id);
      return there;
    } finally {
      active.remove(id);
    }
  }

  /// Opens the bytes of a kept write; empty when another thread has them or they are gone.
  Optional<Disk.OpenFile> take(String id) throws IOException {
    if (!active.add(id)) {
      return Optional.empty();
    }
    try {
      return Optional.of(directory.openFile(part(id), true));
    } catch (DiskException e) {
      active.remove(id);
      if (e.reason() == Reason.MISSING) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Takes an entry out of sight in one step; it is emptied later.
  String trash(Disk.Directory from, String name, String id) throws IOException {
    String trash = id + TRASH;
    from.rename(name, directory, trash);
    return trash;
  }

  void clear(String name, Records records) throws IOException {
    Optional<Disk.Entry> entry = directory.stat(name);
    if (entry.filter(e -> e.type() == Disk.Type.DIRECTORY).isPresent()) {
      Tree.clear(directory, name, records);
    } else if (entry.isPresent()) {
      directory.unlink(name);
    }
  }

  StorageArea.Recovery recover(Records records, Clock clock, Duration staleAge) throws IOException {
    List<String> names = new ArrayList<>();
    directory.list(names::add); // as many as there were writers at the crash, and kept ones
    List<StorageArea.KeptWrite> kept = new ArrayList<>();
    int removed = 0;
    long removedBytes = 0;
    for (String name : names) {
      String id = idOf(name);
      Optional<Disk.Entry> found = directory.stat(name);
      if (found.isEmpty() || active.contains(id)) {
        continue;
      }
      Disk.Entry entry = found.get();
      // A second name of the same bytes: they were published, only the old name was left over.
      boolean published = entry.type() == Disk.Type.FILE && entry.links() > 1;
      if (name.endsWith(KEPT) && directory.stat(part(id)).isPresent()) {
        continue; // goes with its bytes
      }
      if (name.endsWith(PART) && !published) {
        Optional<KeptRecord> young =
            kept(id).filter(record -> record.since().plus(staleAge).isAfter(clock.instant()));
        if (young.isPresent()) {
          kept.add(young.get().of(id));
          continue;
        }
      }
      clear(name, records);
      if (name.endsWith(PART)) {
        unlinkIfThere(id + KEPT);
        removed++;
        removedBytes += published ? 0 : entry.size();
      } else if (name.endsWith(TRASH)) {
        removed++;
      }
    }
    return new StorageArea.Recovery(removed, removedBytes, kept);
  }

  private static String idOf(String name) {
    int dot = name.indexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }
}
