package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.database.DatabaseException;
import dev.firn.door.Registrar;
import dev.firn.http.HttpProblem;
import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.journal.ChangeJournal;
import java.io.IOException;
import java.util.function.Supplier;

/// Tells the catalog what the hub's door does, and the area's journal that the record agrees. Names
/// under `unrecorded` are the archive's own staging and not files of the observatory.
final class CatalogRegistrar implements Registrar {
  private final Catalog catalog;
  private final SiteName site;
  private final LogicalName unrecorded;
  private final ChangeJournal journal;
  private final FileNames names = FileNames.shipped();

  CatalogRegistrar(Catalog catalog, SiteName site, LogicalName unrecorded, ChangeJournal journal) {
    this.catalog = catalog;
    this.site = site;
    this.unrecorded = unrecorded;
    this.journal = journal;
  }

  @Override
  public void stored(LogicalName name, long size, Checksums checksums, boolean replaced, String who)
      throws IOException {
    if (name.startsWith(unrecorded)) {
      journal.agrees(name);
      return;
    }
    NewFile file = new NewFile(name, size, checksums, metadata(name));
    RegisterOutcome outcome = recorded(() -> catalog.stored(file, replaced, site, who));
    if (outcome instanceof RegisterOutcome.Conflict conflict) {
      throw new HttpProblem(409, "already-registered", name + " is " + conflict.reason());
    }
    journal.agrees(name);
  }

  /// What the name says about a file.
  FileMetadata metadata(LogicalName name) {
    FileFacts facts = names.describe(name);
    return new FileMetadata(
        facts.season(),
        facts.run(),
        facts.subrun(),
        facts.part(),
        facts.classified() ? facts.level() : FileFacts.UNCLASSIFIED,
        facts.dataType(),
        null,
        null,
        null,
        null);
  }

  @Override
  public void removed(LogicalName name, String who) throws IOException {
    // Between the record and the removal nobody shall find bytes without a record, and keep one.
    journal.begin(name);
    try {
      recorded(() -> catalog.removed(name, site, who));
    } finally {
      journal.ended(name);
    }
  }

  @Override
  public void moved(LogicalName from, LogicalName to, String who) throws IOException {
    recorded(() -> catalog.moved(from, to, site, who));
    journal.agrees(from);
    journal.agrees(to);
  }

  private static <T> T recorded(Supplier<T> change) throws IOException {
    try {
      return change.get();
    } catch (DatabaseException e) {
      throw new IOException("the catalog cannot be written: " + e.getMessage(), e);
    }
  }
}
