package dev.firn.transfer.queue;

import dev.firn.model.Checksums;
import dev.firn.transfer.site.Place;

/// One copy to make: what, from where, to where, and what it must be when it is there.
///
/// @param size length in bytes
/// @param checksums what the copy is verified against; at least one
/// @param priority 1 (last) to 5 (first)
/// @param overwrite whether another file at the destination may be replaced
public record TransferRequest(
    Subject subject,
    Place from,
    Place to,
    long size,
    Checksums checksums,
    int priority,
    boolean overwrite) {
  public static final int NORMAL = 3;

  public TransferRequest {
    if (from.site().equals(to.site())) {
      throw new IllegalArgumentException(
          "a transfer is between two sites, not within " + to.site());
    }
    if (checksums.values().isEmpty()) {
      throw new IllegalArgumentException("a transfer needs a checksum to be verified by: " + from);
    }
    if (size < 0 || priority < 1 || priority > 5) {
      throw new IllegalArgumentException(
          "size or priority out of range: " + size + ", " + priority);
    }
  }

  /// At normal priority, replacing nothing.
  public static TransferRequest of(
      Subject subject, Place from, Place to, long size, Checksums checksums) {
    return new TransferRequest(subject, from, to, size, checksums, NORMAL, false);
  }
}
