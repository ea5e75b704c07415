package dev.firn.publication;

import dev.firn.catalog.CatalogFile;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.util.Locale;
import java.util.Map;

/// One file of a publication, as its documents show it.
record Item(LogicalName name, String address, long size, Checksums checksums) {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("parquet", "application/vnd.apache.parquet"),
          Map.entry("csv", "text/csv"),
          Map.entry("json", "application/json"),
          Map.entry("txt", "text/plain"),
          Map.entry("fits", "application/fits"),
          Map.entry("h5", "application/x-hdf5"),
          Map.entry("hdf5", "application/x-hdf5"),
          Map.entry("tar", "application/x-tar"),
          Map.entry("zip", "application/zip"),
          Map.entry("gz", "application/gzip"),
          Map.entry("bz2", "application/x-bzip2"),
          Map.entry("zst", "application/zstd"));

  static Item of(CatalogFile file, Addresses addresses) {
    return new Item(file.name(), addresses.file(file.name()), file.size(), file.checksums());
  }

  /// Whether Croissant can name it.
  boolean croissant() {
    return croissant(checksums);
  }

  /// Whether Croissant can name a file of these checksums.
  static boolean croissant(Checksums known) {
    return known.find(ChecksumAlgorithm.SHA256).isPresent()
        || known.find(ChecksumAlgorithm.MD5).isPresent();
  }

  /// Its media type, told from the end of its name.
  String type() {
    String last = name.segments().getLast();
    String ending = last.substring(last.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return TYPES.getOrDefault(ending, "application/octet-stream");
  }
}
