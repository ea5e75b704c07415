package dev.firn.processing.executor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Collectors;

/// Text for shells and batch systems.
final class Scripts {
  private Scripts() {}

  /// Writes a file that only its owner reads.
  static Path secret(Path file, String text, boolean executable) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file,
        PosixFilePermissions.asFileAttribute(
            PosixFilePermissions.fromString(executable ? "rwx------" : "rw-------")));
    Files.writeString(file, text);
    return file;
  }

  /// Words as a shell reads them back.
  static String quoted(List<String> words) {
    return words.stream().map(Scripts::quoted).collect(Collectors.joining(" "));
  }

  static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  /// Sets the environment of a job, but for the token.
  static String exports(Executor.Job job) {
    StringBuilder text = new StringBuilder();
    job.environment()
        .forEach((name, value) ->
            text.append("export ").append(name).append('=').append(quoted(value)).append('\n'));
    return text.toString();
  }
}
