package dev.firn.storage;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.DiskException.Reason;
import dev.firn.storage.StorageException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Computes checksums of a file that is there, by reading it.
///
/// @param entry the file as it was when it was opened
record Rereading(PosixArea area, LogicalName name, Disk.OpenFile file, Disk.Entry entry) {
  private static final Logger LOG = LoggerFactory.getLogger(Rereading.class);

  /// A file changed as lately as this may change again without its time of modification telling.
  private static final Duration TIMESTAMP_GRAIN = Duration.ofSeconds(2);

  /// What is recorded, with what is missing of `wanted` computed and kept. All that is recorded is
  /// computed again on the way: a new checksum is never put beside one that is no longer right.
  Checksums complete(DigestRecord known, Set<ChecksumAlgorithm> wanted) throws IOException {
    Checksums recorded = known.checksums();
    if (recorded.values().keySet().containsAll(wanted)) {
      return recorded;
    }
    Set<ChecksumAlgorithm> all = EnumSet.copyOf(wanted);
    all.addAll(recorded.values().keySet());
    Checksums computed = read(all);
    if (recorded.firstDifference(computed).isPresent()) {
      throw new StorageException(
          Kind.DAMAGED, name + ": the bytes are not those whose checksums are recorded");
    }
    keep(known.with(computed));
    return computed;
  }

  private void keep(DigestRecord record) throws IOException {
    boolean settled =
        record.modified().plus(TIMESTAMP_GRAIN).isBefore(area.settings().clock().instant());
    try {
      if (settled) {
        area.records().put(file, record);
      }
    } catch (DiskException e) {
      if (e.reason() != Reason.DENIED && e.reason() != Reason.NO_SPACE) {
        throw e;
      }
      LOG.debug("checksums are not kept: {}", e.getMessage());
    }
  }

  /// Reads the whole file; fails when it changed meanwhile.
  Checksums read(Set<ChecksumAlgorithm> wanted) throws IOException {
    Digester digester = new Digester(wanted);
    ByteBuffer buffer = area.buffers().take();
    try {
      digester.updateFrom(file, entry.size(), buffer);
    } finally {
      area.buffers().giveBack(buffer);
    }
    Disk.Entry after = file.stat();
    if (after.size() != entry.size() || !after.modified().equals(entry.modified())) {
      throw new StorageException(Kind.SERVER, name + ": changed while it was read");
    }
    return digester.finish();
  }
}
