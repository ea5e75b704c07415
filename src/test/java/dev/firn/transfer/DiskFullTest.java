package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.SmallDisk;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A destination whose disk, a real one of a few megabytes, is full.
class DiskFullTest {
  private static final int MEGABYTE = 1_000_000;

  @TempDir Path directory;
  private SmallDisk disk;
  private World world;

  @BeforeEach
  void start() throws Exception {
    disk = SmallDisk.mount(directory.resolve("nersc"), 24 * MEGABYTE);
    world = World.start(directory);
  }

  @AfterEach
  void stop() throws Exception {
    if (world != null) {
      world.close();
    }
    disk.close();
  }

  private List<Transfer> full() {
    return world.transfers.list(null, 0, 100).stream()
        .filter(t -> t.state() == TransferState.QUEUED)
        .filter(t -> t.lastError().failureClass().equals("capacity"))
        .toList();
  }

  @Test
  void transfersWaitInWordsLeaveNothingHalfAndGoOnWhenThereIsRoom() throws Exception {
    disk.fillUpTo(2 * MEGABYTE);
    for (int i = 0; i < 10; i++) {
      world.put("/data/exp/f" + i, 400_000);
    }
    world.rules.add(
        new Wanted(NamePattern.parse("/data/exp/**"), "", new SiteName("nersc"), false, 3),
        "operator");
    world.engine("hub");
    int fit = 4;
    world.await(() -> full().size() + done() == 10 && done() >= fit);

    world.assertPromises();
    assertThat(world.transfers.list(TransferState.FAILED, 0, 10)).isEmpty();
    Explanations explanations = new Explanations(world.transfers, world.catalog, World.QUICK);
    Transfer one = full().getFirst();
    assertThat(one.lastError().reason()).contains("507 Insufficient Storage");
    assertThat(explanations.transfer(one.id()).orElseThrow())
        .satisfies(told -> {
          assertThat(told.advice()).contains("free space there");
          assertThat(told.attempts()).isNotEmpty();
        });

    disk.empty();
    world.await(() -> done() == 10);
    assertThat(world.nersc.staged()).isZero();
    world.assertPromises();
  }

  /// Each would fit by itself: they find the disk full in the middle, and not at the beginning.
  @Test
  void halvesOfLargeFilesDoNotKeepTheDiskFull() throws Exception {
    world.gate.hold();
    List<Long> ids = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      TransferRequest request =
          world.bundleRequest("/data/archive/nersc/" + i + ".zip", 10 * MEGABYTE);
      ids.add(world.transfers.queue(request, "archive", "bundle closed"));
    }
    world.engine("hub");
    world.await(() -> world.gate.held() >= 2);
    disk.fillUpTo(14 * MEGABYTE);
    world.gate.release();
    world.await(() -> ids.stream().anyMatch(id -> world.state(id) == TransferState.DONE));
    world.await(() -> full().size() == 1);

    world.assertPromises();
    disk.empty();
    ids.forEach(id -> assertThat(world.ended(id).state()).isEqualTo(TransferState.DONE));
    world.assertPromises();
  }

  private int done() {
    return world.transfers.list(TransferState.DONE, 0, 100).size();
  }
}
