package dev.firn.processing;

import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.columnar.iceberg.TableFiles;
import dev.firn.events.EventWorld;
import dev.firn.events.Folding;
import dev.firn.ingest.names.FileFacts;
import dev.firn.ingest.names.FileNames;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Statement;
import java.time.Clock;
import java.util.Map;
import java.util.UUID;

/// Campaigns over a hub's record and storage area, without its door.
final class CampaignWorld implements AutoCloseable {
  final EventWorld world;
  final Campaigns campaigns;
  final CampaignEngine engine;

  CampaignWorld(EventWorld world) throws IOException {
    this.world = world;
    TokenSigner signer =
        TokenSigner.open(
            world.directory.resolve("keys"),
            EventWorld.BASE.toString(),
            Clock.systemUTC(),
            UUID::randomUUID);
    this.campaigns =
        new Campaigns(
            new Campaigns.Means(
                world.database,
                world.catalog,
                world.passes,
                world.area,
                EventWorld.HUB,
                EventWorld.BASE.toString(),
                signer));
    this.engine =
        new CampaignEngine(
            new CampaignEngine.Means(
                world.database, world.catalog, world.passes, world.area, EventWorld.HUB),
            campaigns,
            new Folding(
                world.database, world.catalog, world.passes, world.directory.resolve("folding")),
            50);
  }

  /// Stores files as the hub's door does: what the catalog knows is what their names say.
  void put(Map<String, byte[]> files) throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      put(LogicalName.parse(file.getKey()), file.getValue());
    }
  }

  void put(LogicalName name, byte[] bytes) throws IOException {
    Path temporary = Files.createTempFile(world.directory, "put", "");
    Files.write(temporary, bytes);
    StoredObject stored =
        new TableFiles(world.area, EventWorld.BASE, LogicalName.parse("/data"))
            .take(temporary, name);
    Files.delete(temporary);
    FileFacts facts = FileNames.shipped().describe(name);
    FileMetadata metadata =
        new FileMetadata(
            facts.season(),
            facts.run(),
            facts.subrun(),
            facts.part(),
            facts.level(),
            facts.dataType(),
            null,
            null,
            null,
            null);
    NewFile file = new NewFile(name, stored.size(), stored.checksums(), metadata);
    world.catalog.stored(file, false, EventWorld.HUB, "tester");
  }

  long number(String sql) throws Exception {
    return world.number(sql);
  }

  /// Changes the record as no code does: to let time pass.
  void sql(String statement) {
    world.database.inTransaction(c -> {
      try (Statement change = c.createStatement()) {
        return change.executeUpdate(statement);
      }
    });
  }

  @Override
  public void close() throws IOException {
    engine.close();
    world.close();
  }
}
