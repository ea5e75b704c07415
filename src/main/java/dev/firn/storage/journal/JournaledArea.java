package dev.firn.storage.journal;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Change;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import java.io.IOException;

/// An area whose changes are noted in a [ChangeJournal] before they are made.
public final class JournaledArea extends ForwardingArea {
  private final ChangeJournal journal;

  public JournaledArea(StorageArea area, ChangeJournal journal) {
    super(area);
    this.journal = journal;
  }

  @Override
  protected StagedWrite staged(StagedWrite write) {
    return new Noted(write);
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    boolean changed = true;
    journal.begin(name);
    try {
      Change change = super.delete(name, recursive);
      changed = change.done();
      return change;
    } finally {
      ended(name, changed);
    }
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    boolean changed = true;
    journal.begin(from);
    try {
      journal.begin(to);
    } catch (IOException e) {
      ended(from, false);
      throw e;
    }
    try {
      Change change = super.move(from, to, mode);
      changed = change.done();
      return change;
    } finally {
      ended(from, changed);
      ended(to, changed);
    }
  }

  private void ended(LogicalName name, boolean changed) {
    journal.ended(name);
    if (!changed) {
      journal.agrees(name);
    }
  }

  /// Notes its target before that becomes visible.
  private final class Noted extends ForwardingWrite {
    Noted(StagedWrite write) {
      super(write);
    }

    @Override
    public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
      boolean changed = true;
      journal.begin(target());
      try {
        PublishOutcome outcome = super.publish(mode, expected);
        changed =
            outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced;
        return outcome;
      } finally {
        ended(target(), changed);
      }
    }
  }
}
