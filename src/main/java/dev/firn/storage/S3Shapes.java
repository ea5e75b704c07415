package dev.firn.storage;

import dev.firn.model.LogicalName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Who changes which names of an S3 area: many threads change files of their own while the
/// directories stay as they are, one alone changes directories.
final class S3Shapes {
  private static final int STRIPES = 256;

  private final S3Names names;
  private final S3Trees trees;
  private final ReentrantReadWriteLock directories = new ReentrantReadWriteLock();
  private final List<ReentrantLock> nameLocks = new ArrayList<>();

  S3Shapes(S3Names names, S3Trees trees) {
    this.names = names;
    this.trees = trees;
    for (int i = 0; i < STRIPES; i++) {
      nameLocks.add(new ReentrantLock());
    }
  }

  /// Held by who changes directories.
  Lock alone() {
    return directories.writeLock();
  }

  /// One name held, with the directories above it kept as they are.
  record Shape(Change parent, Lock directories, Lock name) implements AutoCloseable {
    @Override
    public void close() {
      name.unlock();
      directories.unlock();
    }
  }

  /// Holds `name` for a change, after its directory was looked at or made.
  Shape hold(LogicalName name, boolean makeParents) throws IOException {
    directories.readLock().lock();
    boolean held = false;
    try {
      trees.checkFree(name);
      Change parent = names.parentOf(name);
      if (parent == Change.PARENT_MISSING && makeParents) {
        directories.readLock().unlock();
        directories.writeLock().lock();
        try {
          trees.checkFree(name);
          parent = names.parentOf(name);
          if (parent == Change.PARENT_MISSING) {
            names.makeParents(name);
            parent = Change.DONE;
          }
        } finally {
          directories.readLock().lock();
          directories.writeLock().unlock();
        }
      }
      Lock lock = nameLocks.get(Math.floorMod(name.hashCode(), STRIPES));
      lock.lock();
      held = true;
      return new Shape(parent, directories.readLock(), lock);
    } finally {
      if (!held) {
        directories.readLock().unlock();
      }
    }
  }
}
