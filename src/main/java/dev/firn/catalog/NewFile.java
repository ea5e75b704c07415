package dev.firn.catalog;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;

/// A file as it is offered for registration.
///
/// @param size in bytes
/// @param checksums with sha512 at least: it is what makes a file version
public record NewFile(LogicalName name, long size, Checksums checksums, FileMetadata metadata) {
  /// @throws CatalogException `invalid-metadata` when sha512 is missing or a value cannot be
  public NewFile {
    if (name.isRoot()) {
      throw new CatalogException("invalid-metadata", "'/' is not the name of a file");
    }
    if (size < 0) {
      throw new CatalogException("invalid-metadata", "a size is not negative: " + size);
    }
    if (checksums.find(ChecksumAlgorithm.SHA512).isEmpty()) {
      throw new CatalogException("invalid-metadata", "the sha512 of " + name + " is missing");
    }
  }
}
