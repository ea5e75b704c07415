package dev.firn.columnar.iceberg;

import dev.firn.columnar.iceberg.IcebergTables.DataFileView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestReader;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotRef;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.FileIO;

/// Which files a table's snapshots are made of.
final class Plans {
  private static final Map<Integer, PartitionSpec> SPECS = Map.of(0, PartitionSpec.unpartitioned());

  private Plans() {}

  static List<DataFileView> files(TableMetadata metadata, FileIO io, String ref)
      throws IOException {
    SnapshotRef at = metadata.ref(ref);
    List<DataFileView> found = new ArrayList<>();
    if (at != null) {
      for (ManifestFile manifest : metadata.snapshot(at.snapshotId()).dataManifests(io)) {
        read(manifest, io, found);
      }
    }
    return found;
  }

  private static void read(ManifestFile manifest, FileIO io, List<DataFileView> into)
      throws IOException {
    try (ManifestReader<DataFile> reader = ManifestFiles.read(manifest, io, SPECS)) {
      for (DataFile file : reader) {
        into.add(new DataFileView(file.location(), file.recordCount(), file.fileSizeInBytes()));
      }
    }
  }

  /// Everything that some snapshot of the table needs, and its metadata files, by location.
  static Set<String> referenced(String pointer, TableMetadata metadata, FileIO io)
      throws IOException {
    Set<String> all = new HashSet<>();
    all.add(pointer);
    metadata.previousFiles().forEach(previous -> all.add(previous.file()));
    Set<String> manifests = new HashSet<>();
    for (Snapshot snapshot : metadata.snapshots()) {
      all.add(snapshot.manifestListLocation());
      for (ManifestFile manifest : snapshot.allManifests(io)) {
        if (manifests.add(manifest.path())) {
          List<DataFileView> data = new ArrayList<>();
          read(manifest, io, data);
          data.forEach(file -> all.add(file.location()));
        }
      }
    }
    all.addAll(manifests);
    return all;
  }
}
