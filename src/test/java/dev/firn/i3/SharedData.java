package dev.firn.i3;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The real files of the observatory, where they are at hand.
final class SharedData {
  static final Path ICECUBE =
      Path.of(System.getProperty("firn.shared", "../shared"), "data", "icecube");

  private SharedData() {}

  /// Skips the test, with this reason, where the files are not there.
  static Path need(String name) {
    Path file = ICECUBE.resolve(name);
    assumeTrue(Files.exists(file), () -> "needs the shared data: " + name);
    return file;
  }

  static List<Path> files() throws IOException {
    assumeTrue(Files.isDirectory(ICECUBE), "needs the shared data: icecube");
    try (Stream<Path> walk = Files.walk(ICECUBE)) {
      return walk.filter(f -> f.getFileName().toString().contains(".i3")).sorted().toList();
    }
  }
}
