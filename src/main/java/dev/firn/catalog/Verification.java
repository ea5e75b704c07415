package dev.firn.catalog;

import dev.firn.model.Checksums;
import dev.firn.model.SiteName;
import java.time.Instant;

/// What was read of a copy, to be compared with what is known.
///
/// @param size the number of bytes that were read
/// @param found their checksums, computed from the bytes that were read
/// @param how one or two words: `read back`, `fixity audit`; never one of its own for each copy:
///   the catalog keeps each wording once, and 32,767 at most
/// @param when the bytes were read
public record Verification(
    long fileId, SiteName site, long size, Checksums found, String how, Instant when) {
  public Verification {
    if (how.isBlank() || how.length() > 100) {
      throw new IllegalArgumentException("a verification says how in at most 100 characters");
    }
  }
}
