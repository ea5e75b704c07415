package dev.firn.processing.executor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a batch system's own commands.
@FunctionalInterface
public interface Commands {
  /// @return what the command printed
  /// @throws IOException when it fails, with what it said
  String run(List<String> command) throws IOException, InterruptedException;

  /// On this machine; a minute at most.
  static String here(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(1, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IOException(command.getFirst() + " did not end within a minute");
    }
    if (process.exitValue() != 0) {
      throw new IOException(command.getFirst() + " failed: " + said.strip());
    }
    return said;
  }
}
