package dev.firn.processing.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandTest {
  @TempDir Path directory;

  private Command.End run(Path where) throws InterruptedException {
    Command command = new Command("exit 3", Duration.ofSeconds(30));
    return command.run(where.resolve("in.i3"), where.resolve("out.i3"), where);
  }

  /// No event is to blame, and the worker goes on.
  @Test
  void whatCannotBeRunIsTheMachinesTrouble() throws Exception {
    Command.End end = run(directory.resolve("gone"));
    assertThat(end.trouble()).contains("could not be run");
    assertThat(end.around()).isTrue();
    assertThat(run(directory).around()).isFalse();
  }
}
