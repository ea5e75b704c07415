package dev.firn.storage;

import dev.firn.model.LogicalName;
import dev.firn.storage.Disk.Entry;
import dev.firn.storage.Disk.Type;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.util.Optional;

/// Gives one durable staged file its name in an open directory.
///
/// First it tries to take a name at which there is nothing; the kernel sees to it that of several
/// who try one succeeds. Only then, and if that was asked for, it takes the place of what is there.
record Publication(PosixArea area, PosixStagedWrite staged, Disk.Directory parent) {
  PublishOutcome run(PublishMode mode) throws IOException {
    LogicalName target = staged.target();
    Disk.Directory staging = area.staging().directory();
    String part = StagingFolder.part(staged.id());
    boolean secondName;
    try {
      secondName = Tree.nameNew(staging, part, parent, target.lastSegment(), false);
    } catch (DiskException e) {
      if (e.reason() != Reason.EXISTS) {
        throw e;
      }
      return mode == PublishMode.CREATE_NEW ? exists() : replace();
    }
    makeDurable(secondName);
    return new PublishOutcome.Created(staged.object());
  }

  private PublishOutcome exists() throws IOException {
    return new PublishOutcome.Exists(
        staged.target(),
        parent
            .stat(staged.target().lastSegment())
            .filter(entry -> entry.type() == Type.DIRECTORY)
            .isPresent());
  }

  private PublishOutcome replace() throws IOException {
    LogicalName target = staged.target();
    Optional<Entry> old = parent.stat(target.lastSegment());
    Type type = old.map(Entry::type).orElse(Type.FILE);
    if (type == Type.DIRECTORY) {
      return new PublishOutcome.Exists(target, true);
    }
    if (type != Type.FILE) {
      throw new StorageException(
          Kind.REFUSED, target + ": a symbolic link or special file is not replaced");
    }
    try {
      area.staging()
          .directory()
          .rename(StagingFolder.part(staged.id()), parent, target.lastSegment());
    } catch (DiskException e) {
      if (e.reason() == Reason.IS_A_DIRECTORY) {
        return new PublishOutcome.Exists(target, true);
      }
      throw e;
    }
    makeDurable(false);
    if (old.filter(entry -> entry.links() == 1).isPresent()) {
      PosixArea.tidy(target, () -> area.records().removed(old.get()));
    }
    return new PublishOutcome.Replaced(staged.object());
  }

  /// @param secondName whether the file still has its staged name beside the new one
  private void makeDurable(boolean secondName) throws IOException {
    Tree.makeDurable(staged.target(), parent);
    if (secondName || staged.kept()) {
      PosixArea.tidy(staged.target(), () -> area.staging().discard(staged.id()));
    }
  }
}
