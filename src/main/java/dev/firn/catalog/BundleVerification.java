package dev.firn.catalog;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.UUID;

/// A whole bundle that was read at a site and agreed with what was packed; its members agree with
/// it, because each was compared with the catalog while it was packed.
///
/// @param packed the bundle's checksums from when it was made
/// @param found those of the bytes that were read at the site, or that it gave where its word is
///   taken
/// @param how one or two words: `bundle read back`
/// @param when the bytes were read, or the site was asked
public record BundleVerification(
    UUID bundle, SiteName site, Checksums packed, Checksums found, String how, Instant when) {

  /// @throws IllegalArgumentException when the two do not agree: then nothing is verified
  public BundleVerification {
    if (how.isBlank() || how.length() > 100) {
      throw new IllegalArgumentException("a verification says how in at most 100 characters");
    }
    boolean same =
        packed.firstDifference(found).isEmpty()
            && packed.find(ChecksumAlgorithm.SHA512).isPresent()
            && packed.comparableWith(found);
    if (!same) {
      throw new IllegalArgumentException("what was read of bundle " + bundle + " does not agree");
    }
  }
}
