package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.takeover.OldBundles;
import dev.firn.archive.takeover.Takeover;
import dev.firn.archive.takeover.TakeoverRoutes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `firn archive import` as an operator types it.
class TakeoverApiTest {
  private @TempDir Path directory;
  private ArchiveWorld world;
  private ArchiveApi api;

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
    Takeover takeover = world.takeover();
    api =
        ArchiveApi.start(
            directory,
            router ->
                new TakeoverRoutes(takeover, world.database, ArchiveApi.anybody(), ArchiveApi.OPEN)
                    .addTo(router));
  }

  @AfterEach
  void stop() throws IOException {
    api.close();
    world.close();
  }

  @Test
  void whyATakeoverDidNotEndIsSaid() throws Exception {
    assertThat(api.archive("import", "nersk", "/data/archive").err())
        .contains("there is no site nersk");
    ArchiveApi.Result folder = api.archive("import", "nersc", "/data/nowhere");
    assertThat(folder.status()).isNotZero();
    assertThat(folder.err()).contains("PROPFIND", "404", "run it again");

    Path file = world.nersc.files.resolve("archive/a.zip");
    Files.createDirectories(file.getParent());
    Files.write(file, OldBundles.zip(Map.of("data/exp/x/a.tar.gz", OldBundles.utf8("bytes"))));
    ArchiveApi.Result whole = api.archive("import", "nersc", "/data/archive");
    assertThat(whole.status()).as(whole.err()).isZero();
    assertThat(whole.out()).contains("1 of 1 bundles");
  }
}
