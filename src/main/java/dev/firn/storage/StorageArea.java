package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// One exported tree of files.
///
/// Names are logical names that include the area's [#prefix()]: in the area `/data`, the file
/// `/data/exp/x`. A name outside the prefix is a caller's mistake (`IllegalArgumentException`).
/// Names whose first segment below the prefix is `.firn` do not exist and cannot be made.
///
/// Nothing here asks who is calling: access is decided above.
public interface StorageArea extends AutoCloseable {
  /// The directory under which every name of this area lies.
  LogicalName prefix();

  /// Looks at a name. Empty when there is nothing.
  ///
  /// @throws StorageException of kind `REFUSED` when there is something that is neither a directory
  ///   nor a regular file, or when the way to it leads over a symbolic link
  Optional<StoredObject> find(LogicalName name) throws IOException;

  /// Shows every entry of a directory to `visitor`, in no particular order and in bounded memory.
  /// An entry made or removed meanwhile may or may not be shown. What is neither a directory nor a
  /// regular file is left out, and so is what has no valid logical name.
  ///
  /// @throws StorageException of kind `MISSING` or `NOT_A_DIRECTORY`
  void list(LogicalName directory, Visitor visitor) throws IOException;

  /// Opens a file for positional reads. What is read stays one version of the file even when the
  /// name is replaced or removed meanwhile.
  ///
  /// @throws StorageException of kind `MISSING`, `IS_A_DIRECTORY` or `REFUSED`
  ReadChannel open(LogicalName name) throws IOException;

  /// Begins a file that is not visible before [StagedWrite#publish].
  ///
  /// @throws StorageException of kind `CAPACITY` when the disk is full, `REFUSED` when the name
  ///   cannot be a file's
  StagedWrite stage(LogicalName target, StageOptions options) throws IOException;

  /// Takes up a staged write that was kept ([StagedWrite#keep]), at the size it had then. Its bytes
  /// are read again, so that the digests are those of what is there. Empty when there is none, when
  /// another has it open, or when what is there is not what was kept.
  Optional<StagedWrite> resume(String id, StageOptions options) throws IOException;

  /// All staged writes that were kept and are neither published nor discarded, also those that are
  /// open, in no particular order.
  List<KeptWrite> kept() throws IOException;

  /// Removes a kept write.
  ///
  /// @return false when there is none or somebody has it open; then nothing was done
  boolean discard(String id) throws IOException;

  /// Makes a directory durable; with `parents` also those above it.
  ///
  /// @return `CREATED`, `EXISTS` (a directory or a file), `PARENT_MISSING` or `NOT_A_DIRECTORY` (a
  ///   parent is a file)
  Change makeDirectory(LogicalName name, boolean parents) throws IOException;

  /// Removes a file or directory; a directory that is not empty only when `recursive`, and then as
  /// a whole: at no time is half of it visible.
  ///
  /// @return `DONE`, `MISSING` or `NOT_EMPTY`
  Change delete(LogicalName name, boolean recursive) throws IOException;

  /// Refuses what [#move] would refuse of what lies at `from`, before anything is cleared away for
  /// it.
  ///
  /// @throws StorageException of kind `REFUSED`
  default void checkMovable(LogicalName from) throws IOException {}

  /// Gives a file or directory another name of this area.
  ///
  /// @return `CREATED`, `REPLACED`, `EXISTS` (there is something at `to` and mode is `CREATE_NEW`),
  ///   `MISSING` (nothing at `from`), `PARENT_MISSING` (of `to`) or `NOT_A_DIRECTORY`
  /// @throws StorageException of kind `REFUSED` when `to` lies under `from`
  Change move(LogicalName from, LogicalName to, PublishMode mode) throws IOException;

  /// Copies a file within the area, comparing the bytes with the checksums recorded of the source:
  /// a damaged source gives `ChecksumMismatch` and no copy.
  default PublishOutcome copy(
      LogicalName from, LogicalName to, StageOptions options, PublishMode mode) throws IOException {
    try (ReadChannel source = open(from);
        StagedWrite copy = stage(to, options)) {
      copy.writeFrom(source);
      return copy.publish(mode, source.object().checksums());
    }
  }

  /// Checksums of a file: those recorded, and the missing ones of `wanted` computed by reading the
  /// file and then kept with it.
  ///
  /// @throws StorageException of kind `MISSING`, `IS_A_DIRECTORY` or `REFUSED`
  Checksums checksums(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException;

  /// Checksums of a file computed from its bytes now, whatever is recorded: for fixity audits.
  /// Nothing is recorded.
  Checksums reread(LogicalName name, Set<ChecksumAlgorithm> wanted) throws IOException;

  /// Where the bytes of a file are that [#find] shows.
  default Residence residence(LogicalName name) {
    return Residence.ONLINE;
  }

  /// Bytes of the file system this area lies on.
  Usage usage() throws IOException;

  /// Small texts that belong to the area itself.
  AreaNotes notes();

  /// Puts in order what a crash left, once, before the area is used: makes all that is visible
  /// durable, finishes removals, and removes staged writes that were never kept, or were kept
  /// longer ago than the configured age.
  Recovery recover() throws IOException;

  @Override
  void close() throws IOException;

  /// Sees the entries of a directory one at a time.
  @FunctionalInterface
  interface Visitor {
    void visit(StoredObject object) throws IOException;
  }

  /// Whether a file can be read at once, in the words of SRM 2.2 (`TFileLocality`).
  enum Residence {
    ONLINE,
    /// It has to be brought online first.
    NEARLINE,
    ONLINE_AND_NEARLINE,
    UNAVAILABLE,
    LOST
  }

  /// Bytes in all, in use and free for us.
  record Usage(long total, long used, long free) {}

  /// What [#recover()] found: staged writes and unfinished removals taken away, and staged writes
  /// young enough to be resumed.
  record Recovery(int removed, long removedBytes, List<KeptWrite> kept) {
    public Recovery {
      kept = List.copyOf(kept);
    }
  }

  /// A staged write that can be resumed.
  ///
  /// @param size how many bytes are durable and will be there when it is resumed
  /// @param since when it was last kept
  /// @param note what was given to [StagedWrite#keep]
  record KeptWrite(String id, LogicalName target, long size, Instant since, String note) {}
}
