package dev.firn.server.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Programs that the demo runs beside its sites: `firn` itself and what this machine has.
final class DemoTools {
  private static final int TRIES = 20;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final DemoSites sites;

  DemoTools(DemoSites sites) {
    this.sites = sites;
  }

  /// A `firn` command that speaks to the hub as its operator.
  ProcessBuilder firn(List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(
        List.of(
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("dev.firn.server.Main");
    command.addAll(arguments);
    command.addAll(List.of("--url", sites.url(DemoSites.HUB).toString()));
    command.addAll(List.of("--ca", sites.authority().toString()));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("BEARER_TOKEN");
    builder.environment().put("BEARER_TOKEN_FILE", sites.tokenFile().toString());
    builder.redirectError(ProcessBuilder.Redirect.appendTo(sites.log("programs").toFile()));
    return builder;
  }

  /// Runs a `firn` command that may be repeated, until it is done.
  void untilDone(List<String> arguments) throws IOException, InterruptedException {
    for (int i = 1; ; i++) {
      int status =
          run(
              firn(arguments)
                  .redirectOutput(
                      ProcessBuilder.Redirect.appendTo(sites.log("programs").toFile())));
      if (status == 0) {
        return;
      }
      if (i == TRIES) {
        throw new IOException(
            "firn " + String.join(" ", arguments) + " ended with status " + status);
      }
      Thread.sleep(PAUSE);
    }
  }

  /// Runs a program to its end and returns its status. Nobody is left behind when this is
  /// interrupted.
  static int run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    try {
      if (!process.waitFor(5, TimeUnit.MINUTES)) {
        throw new IOException(builder.command().getFirst() + " did not end");
      }
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  /// Where a program of this machine is.
  static Optional<Path> onPath(String program) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, program);
      if (Files.isExecutable(file) && !Files.isDirectory(file)) {
        return Optional.of(file.toAbsolutePath());
      }
    }
    return Optional.empty();
  }
}
