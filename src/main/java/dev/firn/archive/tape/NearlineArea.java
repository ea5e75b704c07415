package dev.firn.archive.tape;

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
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An area whose files lie in a [TapeLibrary]: everything is known of a file at any time, but its
/// bytes can be read only while the library has it on disk.
public final class NearlineArea implements StorageArea {
  private final StorageArea area;
  private final TapeLibrary library;
  private final Clock clock;

  private NearlineArea(StorageArea area, TapeLibrary library, Clock clock) {
    this.area = area;
    this.library = library;
    this.clock = clock;
  }

  /// Lays what the area has on tape, the oldest first.
  public static NearlineArea over(StorageArea area, TapeLibrary library, Clock clock)
      throws IOException {
    List<StoredObject> files = new ArrayList<>();
    collect(area, area.prefix(), files);
    files.sort(Comparator.comparing(StoredObject::modified).thenComparing(StoredObject::name));
    files.forEach(f -> library.stored(f.name(), f.size(), f.modified()));
    return new NearlineArea(area, library, clock);
  }

  private static void collect(StorageArea area, LogicalName folder, List<StoredObject> into)
      throws IOException {
    List<LogicalName> below = new ArrayList<>();
    area.list(
        folder,
        object -> {
          if (object.directory()) {
            below.add(object.name());
          } else {
            into.add(object);
          }
        });
    for (LogicalName next : below) {
      collect(area, next, into);
    }
  }

  private void requireOnline(LogicalName name) throws StorageException {
    Locality locality = library.locality(name);
    if (locality == Locality.TAPE || locality == Locality.LOST) {
      String what = locality == Locality.TAPE ? " is on tape: bring it online first" : " is lost";
      throw new StorageException(StorageException.Kind.OFFLINE, name + what);
    }
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    requireOnline(name);
    return area.open(name);
  }

  @Override
  public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
    return new Noticed(area.stage(target, options));
  }

  @Override
  public Optional<StagedWrite> resume(String id, StageOptions options) throws IOException {
    return area.resume(id, options).map(Noticed::new);
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    Change change = area.delete(name, recursive);
    if (change == Change.DONE) {
      library.removed(name);
    }
    return change;
  }

  @Override
  public void checkMovable(LogicalName from) throws IOException {
    area.checkMovable(from);
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    Change change = area.move(from, to, mode);
    if (change == Change.CREATED || change == Change.REPLACED) {
      library.moved(from, to);
    }
    return change;
  }

  @Override
  public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    Optional<StoredObject> object = area.find(name);
    boolean known =
        object.isPresent() && object.get().checksums().values().keySet().containsAll(wanted);
    if (!known) {
      requireOnline(name);
    }
    return area.checksums(name, wanted);
  }

  @Override
  public Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    requireOnline(name);
    return area.reread(name, wanted);
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

  /// Tells the library when a file is there.
  private final class Noticed implements StagedWrite {
    private final StagedWrite write;

    Noticed(StagedWrite write) {
      this.write = write;
    }

    @Override
    public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
      PublishOutcome outcome = write.publish(mode, expected);
      if (outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced) {
        library.stored(write.target(), write.size(), clock.instant());
      }
      return outcome;
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
