package dev.firn.archive.tape;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.Change;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// An area whose files lie in a [TapeLibrary]: everything is known of a file at any time, but its
/// bytes can be read only while the library has it on disk.
public final class NearlineArea extends ForwardingArea {
  private final TapeLibrary library;
  private final Clock clock;

  private NearlineArea(StorageArea area, TapeLibrary library, Clock clock) {
    super(area);
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
  public Residence residence(LogicalName name) {
    return switch (library.locality(name)) {
      case DISK, NONE -> Residence.ONLINE;
      case TAPE -> Residence.NEARLINE;
      case DISK_AND_TAPE -> Residence.ONLINE_AND_NEARLINE;
      case UNAVAILABLE -> Residence.UNAVAILABLE;
      case LOST -> Residence.LOST;
    };
  }

  @Override
  public ReadChannel open(LogicalName name) throws IOException {
    requireOnline(name);
    return super.open(name);
  }

  @Override
  protected StagedWrite staged(StagedWrite write) {
    return new Noticed(write);
  }

  @Override
  public Change delete(LogicalName name, boolean recursive) throws IOException {
    Change change = super.delete(name, recursive);
    if (change == Change.DONE) {
      library.removed(name);
    }
    return change;
  }

  @Override
  public Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException {
    Change change = super.move(from, to, mode);
    if (change == Change.CREATED || change == Change.REPLACED) {
      library.moved(from, to);
    }
    return change;
  }

  @Override
  public Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    Optional<StoredObject> object = find(name);
    boolean known =
        object.isPresent() && object.get().checksums().values().keySet().containsAll(wanted);
    if (!known) {
      requireOnline(name);
    }
    return super.checksums(name, wanted);
  }

  @Override
  public Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException {
    requireOnline(name);
    return super.reread(name, wanted);
  }

  /// Tells the library when a file is there.
  private final class Noticed extends ForwardingWrite {
    Noticed(StagedWrite write) {
      super(write);
    }

    @Override
    public PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException {
      PublishOutcome outcome = super.publish(mode, expected);
      if (outcome instanceof PublishOutcome.Created || outcome instanceof PublishOutcome.Replaced) {
        library.stored(target(), size(), clock.instant());
      }
      return outcome;
    }
  }
}
