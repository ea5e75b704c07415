package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.ObjectStore.Found;
import dev.firn.storage.ObjectStore.Page;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Lock;

/// Removes or renames one name of an S3 area. A file is one object; for a directory the tree is
/// taken out of sight while `alone` is held, and the objects follow when it is not. A directory
/// that is replaced, or a file that a directory replaces, is removed first, as RFC 4918 section
/// 9.9.3 has it: some stores cannot hold the objects `x` and `x/y` at once.
record S3NameChange(S3Area area, S3Trees trees, Lock alone) {
  private ObjectStore store() {
    return area.store();
  }

  private S3Names names() {
    return area.names();
  }

  Change delete(LogicalName name, boolean recursive) throws IOException {
    String change;
    alone.lock();
    try {
      trees.checkFree(name);
      Optional<StoredObject> found = names().find(name);
      if (found.isEmpty()) {
        return Change.MISSING;
      }
      if (!found.get().directory()) {
        store().delete(List.of(names().key(name)));
        return Change.DONE;
      }
      Page page = store().page(names().directoryKey(name), true, null, 2);
      boolean empty = page.objects().stream().allMatch(o -> isOwn(o, name));
      if (!empty && !recursive) {
        return Change.NOT_EMPTY;
      }
      if (empty) {
        names().forget(name);
        store().delete(List.of(names().directoryKey(name)));
        return Change.DONE;
      }
      change = trees.remove(name);
    } finally {
      alone.unlock();
    }
    trees.finishRemoval(change); // it is out of sight for good
    return Change.DONE;
  }

  private boolean isOwn(Found found, LogicalName directory) {
    return found.key().equals(names().directoryKey(directory));
  }

  Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    String change;
    boolean there;
    alone.lock();
    try {
      trees.checkFree(from);
      trees.checkFree(to);
      Optional<Found> file = store().head(names().key(from));
      if (file.isEmpty() && !names().isDirectory(from)) {
        return Change.MISSING;
      }
      Change parent = names().parentOf(to);
      if (parent != Change.DONE) {
        return parent;
      }
      Optional<StoredObject> old = names().find(to);
      there = old.isPresent();
      if (there && mode == PublishMode.CREATE_NEW) {
        return Change.EXISTS;
      }
      if (file.isEmpty()) {
        trees.checkMovable(from);
      }
      boolean overDirectory = old.filter(StoredObject::directory).isPresent();
      if (overDirectory || (there && file.isEmpty())) {
        trees.makeRoom(to, overDirectory);
      }
      if (file.isPresent()) {
        trees.rename(file.get(), from, to);
        return there ? Change.REPLACED : Change.CREATED;
      }
      change = trees.move(from, to);
    } finally {
      alone.unlock();
    }
    trees.finishMove(change);
    return there ? Change.REPLACED : Change.CREATED;
  }
}
