package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.recall.RecallEngine;
import dev.firn.archive.recall.RecallOrder;
import dev.firn.archive.recall.RecallOrders;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.ReplicaChange;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.transfer.execution.TransferTokens;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Recalls while others do something to the same files.
class RecallSharingTest {
  private @TempDir Path directory;
  private final List<CatalogFile> files = new ArrayList<>();
  private ArchiveWorld world;
  private RecallOrders orders;
  private RecallEngine engine;

  /// What happens when a file begins to come.
  private Happening meanwhile = target -> {};

  private long free = Long.MAX_VALUE;

  private interface Happening {
    void on(LogicalName target) throws IOException;
  }

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
    for (int i = 0; i < 4; i++) {
      files.add(world.put("0101/f%d.tar.gz".formatted(i), 3000 + i));
    }
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    for (CatalogFile file : files) {
      world.area.delete(file.name(), false);
      world.database.inTransaction(c -> {
        world.catalog.setReplica(
            c,
            ReplicaChange.to(file.id(), ArchiveWorld.HUB, ReplicaState.DELETING),
            "test",
            "space");
        world.catalog.setReplica(
            c, ReplicaChange.gone(file.id(), ArchiveWorld.HUB), "test", "space");
        return true;
      });
    }
    orders =
        new RecallOrders(
            world.database, world.catalog, archivist.recall(), ArchiveWorld.HUB, UUID::randomUUID);
    engine = engine(archivist);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private RecallEngine engine(Archivist archivist) {
    ForwardingArea area =
        new ForwardingArea(world.area) {
          @Override
          public StagedWrite stage(LogicalName target, StageOptions options) throws IOException {
            meanwhile.on(target);
            return super.stage(target, options);
          }

          @Override
          public Usage usage() throws IOException {
            Usage real = super.usage();
            return new Usage(real.total(), real.used(), Math.min(real.free(), free));
          }
        };
    Staging staging =
        new Staging(world.database, new TapeClient(world.http, TransferTokens.NONE), Duration.ZERO);
    return new RecallEngine(
        new RecallEngine.Means(
            world.database,
            world.catalog,
            area,
            world.sites,
            archivist.recall(),
            staging,
            ArchiveWorld.HUB),
        "recaller",
        Duration.ofMinutes(1));
  }

  private RecallOrder order() {
    FileQuery query = FileQuery.parse("name ~ " + ArchiveWorld.RAW + "/**");
    return orders
        .add(new RecallOrders.Wanted(List.of(), query, null, 3, false), "ana", (name, target) -> {})
        .orElseThrow();
  }

  private RecallOrder.Counts counts(RecallOrder order) {
    return orders.find(order.id()).orElseThrow().files();
  }

  private byte[] content(LogicalName name) {
    CatalogFile file = files.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow();
    String below = name.toString().substring(ArchiveWorld.RAW.toString().length() + 1);
    return ArchiveWorld.content(below, (int) file.size());
  }

  @Test
  void whatIsCancelledWhileItsBundleIsReadDoesNotCome() throws Exception {
    RecallOrder order = order();
    meanwhile = target -> orders.cancel(order.id(), null, "ana");
    engine.step();
    assertThat(counts(order)).isEqualTo(new RecallOrder.Counts(0, 0, 0, 4));
    assertThat(world.area.find(files.get(1).name())).isEmpty();
    assertThat(world.area.find(files.get(3).name())).isEmpty();
  }

  @Test
  void whatAnotherHubBroughtMeanwhileIsDoneAndHasNotFailed() throws Exception {
    RecallOrder order = order();
    meanwhile =
        target -> {
          try (StagedWrite staged = world.area.stage(target, StageOptions.DEFAULT)) {
            staged.write(ByteBuffer.wrap(content(target)));
            staged.publish(PublishMode.CREATE_NEW, staged.finish());
          }
        };
    engine.step();
    assertThat(counts(order)).isEqualTo(new RecallOrder.Counts(0, 4, 0, 0));
    assertThat(world.replica(files.get(2), ArchiveWorld.HUB).state())
        .isEqualTo(ReplicaState.AVAILABLE);
  }

  @Test
  void waitingForSpaceIsNoFailure() {
    RecallOrder order = order();
    free = 0;
    for (int i = 0; i < 9; i++) {
      world.sql("UPDATE recall_file SET not_before = '-infinity'");
      engine.step();
    }
    assertThat(counts(order).waiting()).isEqualTo(4);
    assertThat(world.count("SELECT max(attempts) FROM recall_file")).isZero();
    free = Long.MAX_VALUE;
    world.sql("UPDATE recall_file SET not_before = '-infinity'");
    engine.step();
    assertThat(counts(order).done()).isEqualTo(4);
  }

  @Test
  void aCopyAtASiteThatIsGoneKeepsNothingFromComing() {
    for (CatalogFile file : files) {
      world.database.inTransaction(c -> {
        world.catalog.setReplica(
            c,
            ReplicaChange.to(file.id(), new SiteName("cori"), ReplicaState.AVAILABLE)
                .at(LogicalName.parse("/x"))
                .inBundle(UUID.randomUUID()),
            "test",
            "when it was still there");
        return true;
      });
    }
    RecallOrder order = order();
    engine.step();
    assertThat(counts(order)).isEqualTo(new RecallOrder.Counts(0, 4, 0, 0));
  }

  @Test
  void whatIsOrderedFromASiteThatIsGoneKeepsNoOtherOrderWaiting() {
    RecallOrder order = order();
    world.sql(
        "INSERT INTO recall_file(recall, ordinal, file_id, name, target, size, site, bundle,"
            + " bundle_name, priority) VALUES ('%s', 9, 1000000, '/data/x', '/data/x', 1, 'cori',"
                .formatted(order.id())
            + " gen_random_uuid(), '/data/archive/x.zip', 5)");
    engine.step();
    engine.step();
    assertThat(counts(order)).isEqualTo(new RecallOrder.Counts(0, 4, 1, 0));
  }
}
