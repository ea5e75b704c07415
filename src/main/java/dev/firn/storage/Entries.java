package dev.firn.storage;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Disk.Entry;
import dev.firn.storage.DiskException.Reason;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the entries of directories are as objects of an area, with the digests that are kept of
/// them.
record Entries(Tree tree, Records records) {
  private static final Logger LOG = LoggerFactory.getLogger(Entries.class);

  /// The object at a name, whose parent is open.
  Optional<StoredObject> find(Disk.Directory parent, LogicalName name) throws IOException {
    Optional<Entry> found = parent.stat(name.lastSegment());
    if (found.isEmpty()) {
      return Optional.empty();
    }
    Entry entry = found.get();
    return Optional.of(
        switch (entry.type()) {
          case DIRECTORY -> directory(name, entry);
          case FILE -> file(parent, name, entry);
          case SYMBOLIC_LINK ->
              throw new DiskException(Reason.SYMBOLIC_LINK, name + " is a symbolic link");
          case OTHER -> throw new DiskException(Reason.NOT_REGULAR, name + " is a special file");
        });
  }

  static StoredObject directory(LogicalName name, Entry entry) {
    return object(
        name,
        true,
        new DigestRecord(0, entry.modified(), DigestRecord.none(entry).etag(), Checksums.NONE));
  }

  private StoredObject file(Disk.Directory parent, LogicalName name, Entry entry)
      throws IOException {
    try (Disk.OpenFile file = parent.openFile(name.lastSegment(), false)) {
      return object(name, false, record(file, file.opened()));
    } catch (DiskException e) {
      if (e.reason() == Reason.DENIED) {
        return object(name, false, DigestRecord.none(entry)); // seen, but not ours to read
      }
      throw e;
    }
  }

  DigestRecord record(Disk.OpenFile file, Entry entry) throws IOException {
    return records.find(file, entry).orElseGet(() -> DigestRecord.none(entry));
  }

  static StoredObject object(LogicalName name, boolean directory, DigestRecord record) {
    return new StoredObject(
        name, directory, record.size(), record.modified(), record.checksums(), record.etag());
  }

  /// An entry that a listing of its directory has; nothing when it went since, or is none of ours.
  Optional<StoredObject> listed(Disk.Directory open, LogicalName directory, String entry)
      throws IOException {
    try {
      LogicalName name = directory.child(entry);
      return tree.hidden(name) ? Optional.empty() : find(open, name);
    } catch (IllegalArgumentException e) {
      LOG.debug("{} holds an entry that no logical name can say", directory);
      return Optional.empty();
    } catch (DiskException e) {
      return switch (e.reason()) {
        case MISSING, SYMBOLIC_LINK, NOT_REGULAR, IS_A_DIRECTORY -> Optional.empty();
        default -> throw e;
      };
    }
  }
}
