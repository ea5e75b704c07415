package dev.firn.archive;

/// A member with the catalog's number of its file and its place since it was packed.
///
/// @param dataOffset of its first byte in the bundle, -1 until it was packed
/// @param headerOffset of its local header, for members of bundles that others packed; else -1
/// @param crc32 as in the ZIP directory, -1 until it is known
record Member(long fileId, BundleMember packed, long dataOffset, long headerOffset, long crc32) {
  /// A member that is to be packed.
  static Member toPack(long fileId, BundleMember packed) {
    return new Member(fileId, packed, -1, -1, -1);
  }

  /// Its line of the bundle's directory, as that is known.
  BundleReader.Entry entry() {
    return new BundleReader.Entry(packed.path(), packed.size(), crc32, headerOffset);
  }
}
