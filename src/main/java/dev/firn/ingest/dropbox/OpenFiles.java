package dev.firn.ingest.dropbox;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which files processes of this machine have open for writing, as far as `/proc` lets us see.
final class OpenFiles {
  private static final int ACCESS = 03;
  private static final Path PROC = Path.of("/proc");

  private OpenFiles() {}

  /// Those of `wanted` that somebody is writing.
  static Set<Path> written(Set<Path> wanted) {
    Set<Path> found = new HashSet<>();
    if (wanted.isEmpty() || !Files.isDirectory(PROC)) {
      return found;
    }
    Map<Path, Path> real = new HashMap<>(); // the system tells paths without links
    wanted.forEach(path -> real.put(real(path), path));
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        look(process, real, found);
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return found; // what cannot be seen is left to the other checks
    }
    return found;
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path; // it went away meanwhile
    }
  }

  private static void look(Path process, Map<Path, Path> wanted, Set<Path> found) {
    try (DirectoryStream<Path> open = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path descriptor : open) {
        Optional<Path> file =
            target(descriptor).flatMap(path -> Optional.ofNullable(wanted.get(path)));
        if (file.isPresent() && writes(process, descriptor)) {
          found.add(file.get());
        }
      }
    } catch (IOException | java.nio.file.DirectoryIteratorException e) {
      return; // it ended, or is somebody else's
    }
  }

  private static Optional<Path> target(Path descriptor) {
    try {
      return Optional.of(Files.readSymbolicLink(descriptor));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // closed meanwhile
    }
  }

  private static boolean writes(Path process, Path descriptor) {
    Path info = process.resolve("fdinfo").resolve(descriptor.getFileName());
    try {
      return Files.readString(info)
          .lines()
          .filter(line -> line.startsWith("flags:"))
          .anyMatch(line -> (Integer.parseInt(line.substring(6).strip(), 8) & ACCESS) != 0);
    } catch (IOException | NumberFormatException e) {
      return true; // in doubt it is being written
    }
  }
}
