package dev.firn.columnar.iceberg;

import dev.firn.model.LogicalName;
import dev.firn.storage.StorageException;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds files among the tables that no table needs: what a crash or a lost race left, and metadata
/// that newer metadata replaced.
public final class Orphans {
  private final IcebergTables tables;

  public Orphans(IcebergTables tables) {
    this.tables = tables;
  }

  /// Files last changed before `before` that no table needs, in the order of their names. A change
  /// under way has files that are not yet needed: `before` must lie further back than any of these
  /// takes.
  public List<StoredObject> find(Instant before) throws IOException {
    TableFiles files = tables.files();
    List<StoredObject> old = new ArrayList<>();
    walk(files, files.root(), before, old);
    // The record is read after the files: what is committed in between is needed, and seen so.
    Set<LogicalName> needed = new HashSet<>();
    for (String namespace : tables.namespaces()) {
      for (TableName name : tables.list(namespace)) {
        Optional<IcebergTables.Loaded> loaded = tables.load(name);
        if (loaded.isPresent()) {
          AreaFileIo io = new AreaFileIo(files);
          for (String location :
              Plans.referenced(loaded.get().location(), loaded.get().metadata(), io)) {
            needed.add(files.name(location));
          }
        }
      }
    }
    return old.stream().filter(file -> !needed.contains(file.name())).toList();
  }

  private static void walk(
      TableFiles files, LogicalName directory, Instant before, List<StoredObject> into)
      throws IOException {
    List<StoredObject> entries = new ArrayList<>();
    try {
      files.area().list(directory, entries::add);
    } catch (StorageException e) {
      if (e.kind() == StorageException.Kind.MISSING) {
        return;
      }
      throw e;
    }
    entries.sort((a, b) -> a.name().compareTo(b.name()));
    for (StoredObject entry : entries) {
      if (entry.directory()) {
        walk(files, entry.name(), before, into);
      } else if (entry.modified().isBefore(before)) {
        into.add(entry);
      }
    }
  }
}
