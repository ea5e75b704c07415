package dev.firn.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What `postmaster.pid` says: line 1 the process, 2 the data directory, 4 the port, 8 the status.
///
/// @param ready whether the server accepts connections
record Postmaster(long pid, int port, boolean ready) {
  /// Reads the file; empty when it is absent or not complete yet.
  static Optional<Postmaster> find(Path data) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(data.resolve("postmaster.pid"));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (lines.size() < 4) {
      return Optional.empty();
    }
    try {
      boolean ready = lines.size() > 7 && lines.get(7).strip().equals("ready");
      return Optional.of(
          new Postmaster(
              Long.parseLong(lines.get(0).strip()), Integer.parseInt(lines.get(3).strip()), ready));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /// The living process, if it is a server and works in this data directory: a process id is used
  /// again after a reboot.
  Optional<ProcessHandle> process(Path data) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(p -> worksIn(data));
  }

  private boolean worksIn(Path data) {
    try {
      String name = Files.readString(Path.of("/proc", Long.toString(pid), "comm")).strip();
      Path directory = Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd"));
      return name.startsWith("postgres") && directory.equals(data.toRealPath());
    } catch (IOException e) {
      return false; // gone meanwhile, or not ours to look at: then not ours at all
    }
  }
}
