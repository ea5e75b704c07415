package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.SmallDisk;
import dev.firn.catalog.CatalogFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A hub whose disk, a real one of two megabytes, is full while a bundle is packed.
class StagingFullTest {
  @TempDir Path directory;
  private SmallDisk disk;
  private ArchiveWorld world;

  @BeforeEach
  void open() throws Exception {
    disk = SmallDisk.mount(directory.resolve("hub"), 2_000_000);
    world = new ArchiveWorld(directory);
  }

  @AfterEach
  void close() throws Exception {
    if (world != null) {
      world.close();
    }
    disk.close();
  }

  @Test
  void aBundleWithoutRoomWaitsInWordsAndIsPackedOnceThereIsSome() throws Exception {
    List<CatalogFile> files = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      files.add(world.put("0101/file-" + i + ".i3", 20_000));
    }
    Archivist archivist = world.archivist();
    assertThat(archivist.collect(true)).isPositive();
    disk.fillUpTo(30_000);
    assertThat(archivist.step()).isTrue();

    Bundle waiting = world.only(archivist);
    assertThat(waiting.state()).isEqualTo(BundleState.CLOSED);
    assertThat(waiting.reason()).contains("the disk is full");
    assertThat(world.area.find(waiting.name())).isEmpty();
    try (Stream<Path> staged = Files.list(world.home.resolve(".firn/staging"))) {
      assertThat(staged).isEmpty();
    }
    world.checkPromises(files);

    disk.empty();
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    world.checkPromises(files);
  }
}
