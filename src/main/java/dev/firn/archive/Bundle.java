package dev.firn.archive;

import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A bundle as the record has it now.
///
/// @param requestPath what the members' paths are relative to
/// @param name where it lies, at the hub while staged and at its archive
/// @param size in bytes, -1 until it was packed
/// @param checksums adler32 and sha512 since it was packed
/// @param staged whether the hub holds its bytes
/// @param transfer the transfer under way or last made
/// @param imported whether others packed it: it cannot be rebuilt from its members
/// @param overwrite whether a wrong copy at the archive may be replaced
/// @param reason why it waits, is damaged or quarantined
public record Bundle(
    UUID uuid,
    SiteName site,
    LogicalName requestPath,
    LogicalName name,
    BundleState state,
    Instant created,
    long fileCount,
    long memberBytes,
    long size,
    Checksums checksums,
    boolean staged,
    OptionalLong transfer,
    int attempts,
    boolean imported,
    boolean overwrite,
    @Nullable String reason,
    @Nullable Instant verified,
    @Nullable Instant audited) {
  /// The level of the files that are bundles, which their members are found without.
  public static final String LEVEL = "bundle";

  boolean packedBefore() {
    return size >= 0;
  }
}
