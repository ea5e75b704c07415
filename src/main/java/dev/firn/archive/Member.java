package dev.firn.archive;

import dev.firn.archive.BundleReader.Form;

/// A member with the catalog's number of its file and its place since it was packed.
///
/// @param dataOffset of its first byte in the bundle, -1 until it was packed
/// @param headerOffset of its local header, for members of bundles that others packed; else -1
/// @param crc32 as in the ZIP directory, -1 until it is known
/// @param deflated the bytes that it takes up in a bundle of others that deflated it; else -1
record Member(
    long fileId,
    BundleMember packed,
    long dataOffset,
    long headerOffset,
    long crc32,
    long deflated) {
  /// A member that is to be packed.
  static Member toPack(long fileId, BundleMember packed) {
    return new Member(fileId, packed, -1, -1, -1, -1);
  }

  /// Its line of the bundle's directory, as that is known.
  BundleReader.Entry entry() {
    boolean stored = deflated < 0;
    return new BundleReader.Entry(
        packed.path(),
        packed.size(),
        crc32,
        headerOffset,
        stored ? Form.STORED : Form.DEFLATED,
        stored ? packed.size() : deflated);
  }
}
