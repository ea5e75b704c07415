package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Runs a program of somebody else's, as a user would.
public final class Command {
  private static final long LONGEST_SECONDS = 170;

  private final Path directory;
  private final Map<String, String> environment = new LinkedHashMap<>();

  public Command(Path directory) {
    this.directory = directory;
    environment.put("LC_ALL", "C.UTF-8");
    environment.put("GFAL_PYTHONBIN", "/usr/bin/python3");
    environment.put("HOME", directory.toString());
  }

  public Command with(String name, String value) {
    environment.put(name, value);
    return this;
  }

  public record Result(int status, String output) {
    public Result assertDone() {
      assertThat(status).as(output).isZero();
      return this;
    }
  }

  /// Skips the test that asks when a program is not installed.
  public static void assumeInstalled(String... programs) {
    for (String program : programs) {
      boolean found =
          Arrays.stream(System.getenv("PATH").split(":"))
              .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
      assumeTrue(found, program + " is not installed");
    }
  }

  public Result run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(directory, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(List.of(command))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
    String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
    Files.delete(output);
    return new Result(process.exitValue(), String.join(" ", command) + "\n" + text);
  }
}
