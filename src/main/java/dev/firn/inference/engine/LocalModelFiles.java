package dev.firn.inference.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Models in a directory of this machine.
record LocalModelFiles(Path root) implements ModelFiles {
  @Override
  public List<String> directories(String path) throws IOException {
    Path directory = root.resolve(path);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(directory)) {
      return entries
          .filter(Files::isDirectory)
          .map(entry -> String.valueOf(entry.getFileName()))
          .sorted()
          .toList();
    }
  }

  @Override
  public Optional<String> mark(String path) throws IOException {
    Path file = root.resolve(path);
    return Files.isRegularFile(file)
        ? Optional.of(Files.size(file) + "-" + Files.getLastModifiedTime(file).toMillis())
        : Optional.empty();
  }

  @Override
  public byte[] read(String path, long most) throws IOException {
    Path file = root.resolve(path);
    if (Files.size(file) > most) {
      throw new IOException("it is larger than " + most + " bytes");
    }
    return Files.readAllBytes(file);
  }
}
