package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
