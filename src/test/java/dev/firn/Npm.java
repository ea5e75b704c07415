package dev.firn;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// Packages of npm's registry, fetched when a test first asks for them and kept below `target`.
public final class Npm {
  private final Path home;

  private Npm(Path home) {
    this.home = home;
  }

  /// Skips the test that asks where there is no npm or the registry is not reached.
  ///
  /// @param name of the directory below `target`
  /// @param packages as `npm install` takes them
  public static Npm install(String name, String... packages)
      throws IOException, InterruptedException {
    Path home = Files.createDirectories(Path.of("target", name).toAbsolutePath());
    Path done = home.resolve("installed");
    String wanted = String.join(" ", packages);
    if (!Files.exists(done) || !Files.readString(done).equals(wanted)) {
      Assumptions.assumeTrue(runs("node", "--version"), "node is not installed");
      Assumptions.assumeTrue(runs("npm", "--version"), "npm is not installed");
      List<String> command =
          new ArrayList<>(
              List.of("npm", "install", "--no-audit", "--no-fund", "--prefix", home.toString()));
      command.addAll(List.of(packages));
      Assumptions.assumeTrue(runs(command.toArray(String[]::new)), "npm could not fetch " + wanted);
      Files.writeString(done, wanted);
    }
    return new Npm(home);
  }

  private static boolean runs(String... command) throws InterruptedException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean ended = process.waitFor(180, TimeUnit.SECONDS);
      if (!ended) {
        process.destroyForcibly();
      }
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /// Where the packages lie.
  public Path modules() {
    return home.resolve("node_modules");
  }

  /// Runs a program over documents, one a line of a file whose name is the program's last argument.
  ///
  /// @param program of JavaScript's modules, which may import the packages
  /// @return the lines that it printed, as many as documents
  public List<String> verdicts(String program, List<String> documents, String... arguments)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile(home, "documents", ".jsonl");
    Path script = Files.createTempFile(home, "check", ".mjs");
    Files.writeString(file, String.join("\n", documents));
    Files.writeString(script, program);
    try {
      List<String> command = new ArrayList<>(List.of("node", script.toString()));
      command.addAll(List.of(arguments));
      command.add(file.toString());
      Process node =
          new ProcessBuilder(command).directory(home.toFile()).redirectErrorStream(true).start();
      String output = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(node.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(output.lines().count()).as(output).isEqualTo(documents.size());
      return output.lines().toList();
    } finally {
      Files.delete(file);
      Files.delete(script);
    }
  }
}
