package dev.firn.archive;

import java.io.IOException;
import java.util.List;

/// How packing a bundle ended.
public sealed interface BundleOutcome {
  /// Every member went in and is what the catalog says.
  ///
  /// @param size of the bundle in bytes
  record Packed(long size, List<PackedMember> members) implements BundleOutcome {}

  /// A member's bytes are not what the catalog says. What was written so far is to be dropped, and
  /// the replica it was read from is suspect.
  ///
  /// @param what `size` or `sha512`
  record MemberDiffers(BundleMember member, String what, String expected, String found)
      implements BundleOutcome {}

  /// A member could not be read to its end.
  record MemberUnreadable(BundleMember member, IOException cause) implements BundleOutcome {
    public String reason() {
      return String.valueOf(cause.getMessage());
    }
  }

  /// Where a member lies in its bundle.
  ///
  /// @param dataOffset of its first byte, so that `[dataOffset, dataOffset + size)` is the file
  /// @param crc32 as in the ZIP directory
  record PackedMember(BundleMember member, long dataOffset, long crc32) {}
}
