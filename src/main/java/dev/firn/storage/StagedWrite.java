package dev.firn.storage;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A file being written, invisible until it is published.
///
/// ```
/// stage ──► write … ──► finish ──► publish ──► visible and durable
///            │  ▲          │          └──────► refused: still staged
///            ▼  │
///            keep          a restart, or a close, leaves what was kept last for resume
///   close without publish or keep: gone
/// ```
///
/// Digests are computed on the writing thread while the bytes pass.
public interface StagedWrite extends AutoCloseable {
  /// Names this staged write within its area.
  String id();

  LogicalName target();

  /// Takes all remaining bytes of `bytes`. Small pieces are gathered before they reach the disk.
  ///
  /// @throws StorageException of kind `CAPACITY` when the disk is full; nothing can be published
  ///   then
  void write(ByteBuffer bytes) throws IOException;

  /// Takes all bytes of `source`.
  void writeFrom(ReadChannel source) throws IOException;

  /// Bytes taken so far.
  long size();

  /// Makes the bytes and their digests durable under the staged name. Nothing can be written after.
  ///
  /// @return adler32, crc32c and whatever else was asked for
  Checksums finish() throws IOException;

  /// Finishes, compares, and makes the file visible; when this returns `Created` or `Replaced`, it
  /// is durable. With any other outcome nothing has changed, and `publish` may be tried again.
  ///
  /// @param expected compared with the digests that were computed; an algorithm that was not
  ///   computed while writing is computed by reading the staged bytes
  /// @throws StorageException of kind `UNKNOWN` when the file is visible but may not be durable
  PublishOutcome publish(PublishMode mode, Checksums expected) throws IOException;

  /// Makes what was written so far durable, together with `note`, so that [StorageArea#resume] can
  /// take it up from here, also after a crash. The write may go on, and be kept again.
  ///
  /// @param note what the caller needs to know again then: text of at most [#NOTE_BYTES] in UTF-8
  /// @return how many bytes were kept: all, or fewer where the store keeps whole parts only
  long keep(String note) throws IOException;

  /// The longest note.
  int NOTE_BYTES = 12 * 1024;

  /// Ends this write. Unless it was published, what was kept last stays for [StorageArea#resume],
  /// and everything else is removed.
  @Override
  void close() throws IOException;
}
