package dev.firn.storage.journal;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.AreaNotes;
import dev.firn.storage.Change;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An area whose changes are noted in a [ChangeJournal] before they are made.
public final class JournaledArea implements StorageArea {
  private final StorageArea area;
  private final ChangeJournal journal;

  public JournaledArea(StorageArea area, ChangeJournal journal) {
    this.area = area;
    this.journal = journal;
  }

  @Override
  public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
    return new Noted(area.stage(target, options));
  }

  @Override
  public Optional<StagedWrite> resume(String id, StageOptions options) throws IOException {
    return area.resume(id, options).map(Noted::new);
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    boolean changed = true;
    journal.begin(name);
    try {
      Change change = area.delete(name, recursive);
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
    journal.begin(to);
    try {
      Change change = area.move(from, to, mode);
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

  @Override
  public LogicalName prefix() {
    return area.prefix();
  }

  @Override
  public Optional<StoredObject> find(LogicalName name) throws IOException {
    return area.find(name);
  }

  @Override
  public void list(LogicalName directory, Visitor visitor) throws IOException {
    area.list(directory, visitor);
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    return area.open(name);
  }

  @Override
  public List<KeptWrite> kept() throws IOException {
    return area.kept();
  }

  @Override
  public boolean discard(String id) throws IOException {
    return area.discard(id);
  }

  @Override
  public Change makeDirectory(LogicalName name, boolean parents) throws IOException {
    return area.makeDirectory(name, parents);
  }

  @Override
  public void checkMovable(LogicalName from) throws IOException {
    area.checkMovable(from);
  }

  @Override
  public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    return area.checksums(name, wanted);
  }

  @Override
  public Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    return area.reread(name, wanted);
  }

  @Override
  public Usage usage() throws IOException {
    return area.usage();
  }

  @Override
  public AreaNotes notes() {
    return area.notes();
  }

  @Override
  public Recovery recover() throws IOException {
    return area.recover();
  }

  @Override
  public void close() throws IOException {
    area.close();
  }

  /// Notes its target before that becomes visible.
  private final class Noted implements StagedWrite {
    private final StagedWrite write;

    Noted(StagedWrite write) {
      this.write = write;
    }

    @Override
    public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
      boolean changed = true;
      journal.begin(target());
      try {
        PublishOutcome outcome = write.publish(mode, expected);
        changed =
            outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced;
        return outcome;
      } finally {
        ended(target(), changed);
      }
    }

    @Override
    public String id() {
      return write.id();
    }

    @Override
    public LogicalName target() {
      return write.target();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      write.write(bytes);
    }

    @Override
    public void writeFrom(ReadChannel source) throws IOException {
      write.writeFrom(source);
    }

    @Override
    public long size() {
      return write.size();
    }

    @Override
    public Checksums finish() throws IOException {
      return write.finish();
    }

    @Override
    public long keep(String note) throws IOException {
      return write.keep(note);
    }

    @Override
    public void close() throws IOException {
      write.close();
    }
  }
}
