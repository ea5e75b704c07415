package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Hands everything on to another area, for areas that do one thing more. What is staged passes
/// [#staged], whether it is new or taken up.
public abstract class ForwardingArea implements StorageArea {
  private final StorageArea area;

  protected ForwardingArea(StorageArea area) {
    this.area = area;
  }

  /// The area that does it.
  protected final StorageArea area() {
    return area;
  }

  /// A write of the other area as this one gives it out.
  protected StagedWrite staged(StagedWrite write) {
    return write;
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
  public Residence residence(LogicalName name) {
    return area.residence(name);
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    return area.open(name);
  }

  @Override
  public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
    return staged(area.stage(target, options));
  }

  @Override
  public Optional<StagedWrite> resume(String id, StageOptions options) throws IOException {
    return area.resume(id, options).map(this::staged);
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
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    return area.delete(name, recursive);
  }

  @Override
  public void checkMovable(LogicalName from) throws IOException {
    area.checkMovable(from);
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    return area.move(from, to, mode);
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

  /// Hands everything on to another write.
  protected abstract static class ForwardingWrite implements StagedWrite {
    private final StagedWrite write;

    protected ForwardingWrite(StagedWrite write) {
      this.write = write;
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
    public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
      return write.publish(mode, expected);
    }

    @Override
    public void close() throws IOException {
      write.close();
    }
  }
}
