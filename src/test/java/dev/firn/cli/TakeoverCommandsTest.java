package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.ByteSize;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class TakeoverCommandsTest {
  private @TempDir Path directory;

  @Test
  void aNameThatTheListHasWithTwoChecksumsIsLeftOut() throws Exception {
    String one = "a".repeat(128);
    String other = "b".repeat(128);
    Path list = directory.resolve("checksums.sha512sum");
    Files.writeString(
        list,
        String.join(
            "\n",
            one + "  x/2018/one.zip",
            other + " *x/2019/one.zip",
            other + "  x/two.zip",
            one + "  x/three.zip",
            one.toUpperCase() + "  y/three.zip"));
    assertThat(TakeoverCommands.Import.read(list)).containsOnlyKeys("two.zip", "three.zip");
  }

  @Test
  void aLongBundleIsToldWithItsRateAndTheTimeLeft() {
    String line =
        "{\"reading\":\"/data/a.zip\",\"read\":5000000000,\"size\":20000000000,"
            + "\"all\":10000000000,\"done\":10000000000,\"left\":30000000000}";
    assertThat(
            TakeoverCommands.Import.reading(
                JsonMapper.shared().readTree(line), Duration.ofSeconds(100)))
        .isEqualTo(
            "reading /data/a.zip: %s of %s, %s/s, about 0:05:00 left"
                .formatted(
                    new ByteSize(5_000_000_000L),
                    new ByteSize(20_000_000_000L),
                    new ByteSize(100_000_000)));
  }
}
