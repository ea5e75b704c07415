package dev.firn.storage;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.ByteBuffer;

/// A file being written, invisible until it is published.
///
/// ```
/// stage ──► write … ──► finish ──► publish ──► visible and durable
///              │           │          └──────► refused: still staged
///              └──► keep ──► (resume)
///   close without publish: gone
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

  /// Ends this write and leaves what it has for [StorageArea#resume].
  void keep() throws IOException;

  /// Removes what was staged unless it was published or kept.
  @Override
  void close() throws IOException;
}
