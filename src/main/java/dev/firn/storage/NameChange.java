package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.Disk.Entry;
import dev.firn.storage.Disk.Type;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.util.Optional;

/// Removes or renames one entry of an open directory.
record NameChange(PosixArea area, LogicalName name, Disk.Directory parent) {
  Change delete(boolean recursive) throws IOException {
    Optional<Entry> found = parent.stat(name.lastSegment());
    if (found.isEmpty()) {
      return Change.MISSING;
    }
    Entry entry = found.get();
    checkServed(name, entry);
    if (entry.type() == Type.FILE) {
      parent.unlink(name.lastSegment());
      Tree.makeDurable(name, parent);
      if (entry.links() == 1) {
        PosixArea.tidy(name, () -> area.records().removed(entry));
      }
      return Change.DONE;
    }
    try {
      parent.removeDirectory(name.lastSegment());
      Tree.makeDurable(name, parent);
    } catch (DiskException e) {
      if (!recursive || e.reason() != Reason.NOT_EMPTY) {
        throw e;
      }
      area.remove(name, parent);
    }
    return Change.DONE;
  }

  Change move(Tree tree, LogicalName to, PublishMode mode) throws IOException {
    Optional<Entry> source = parent.stat(name.lastSegment());
    if (source.isEmpty()) {
      return Change.MISSING;
    }
    checkServed(name, source.get());
    try (Disk.Directory target = tree.openParent(to, false)) {
      return move(source.get(), target, to, mode);
    } catch (DiskException e) {
      return switch (e.reason()) {
        case MISSING -> Change.PARENT_MISSING;
        case NOT_A_DIRECTORY -> Change.NOT_A_DIRECTORY;
        default -> throw Tree.explain(to, e);
      };
    }
  }

  private Change move(Entry source, Disk.Directory target, LogicalName to, PublishMode mode)
      throws IOException {
    boolean directory = source.type() == Type.DIRECTORY;
    boolean oldNameLeft = false;
    Optional<Entry> old = Optional.empty();
    try {
      oldNameLeft = Tree.nameNew(parent, name.lastSegment(), target, to.lastSegment(), directory);
    } catch (DiskException e) {
      if (e.reason() != Reason.EXISTS) {
        throw e;
      }
      if (mode == PublishMode.CREATE_NEW) {
        return Change.EXISTS;
      }
      old = target.stat(to.lastSegment());
      replace(directory, old, target, to);
    }
    Tree.makeDurable(to, target);
    if (oldNameLeft) {
      parent.unlink(name.lastSegment());
    }
    Tree.makeDurable(name, parent);
    // Not sooner: until here a power cut could bring the old file back, and it needs its record.
    if (old.filter(entry -> entry.type() == Type.FILE && entry.links() == 1).isPresent()) {
      Entry replaced = old.get();
      PosixArea.tidy(to, () -> area.records().removed(replaced));
    }
    return old.isPresent() ? Change.REPLACED : Change.CREATED;
  }

  private void replace(
      boolean directory, Optional<Entry> old, Disk.Directory target, LogicalName to)
      throws IOException {
    if (old.isPresent()) {
      checkServed(to, old.get());
      if (directory || old.get().type() == Type.DIRECTORY) {
        area.remove(to, target);
      }
    }
    parent.rename(name.lastSegment(), target, to.lastSegment());
  }

  private static void checkServed(LogicalName name, Entry entry) throws StorageException {
    if (entry.type() != Type.FILE && entry.type() != Type.DIRECTORY) {
      throw new StorageException(
          Kind.REFUSED, name + ": a symbolic link or special file is left alone");
    }
  }
}
