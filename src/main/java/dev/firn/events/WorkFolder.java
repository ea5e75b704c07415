package dev.firn.events;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

/// The directory where batches are written before they are published, held by one process at a
/// time: what an earlier one left there when it was killed is removed, and who it was is told.
final class WorkFolder implements Closeable {
  private static final String OWNER = "owner";

  private final FileChannel channel;
  private final Optional<String> before;

  private WorkFolder(FileChannel channel, Optional<String> before) {
    this.channel = channel;
    this.before = before;
  }

  /// Takes the directory; where another process has it, nothing is removed.
  ///
  /// @param owner a name no other process has
  static WorkFolder take(Path folder, String owner) throws IOException {
    Files.createDirectories(folder);
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (!locked(channel)) {
        return new WorkFolder(channel, Optional.empty());
      }
      Path name = folder.resolve(OWNER);
      Optional<String> before =
          Files.exists(name) ? Optional.of(Files.readString(name)) : Optional.empty();
      clear(folder);
      Files.writeString(name, owner);
      return new WorkFolder(channel, before);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false; // by another hub of this process
    }
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      for (Path one : all.filter(Loader::isFolder).toList()) {
        Loader.clear(one);
      }
    }
  }

  /// The process that had it before and may have been killed with files in hand.
  Optional<String> before() {
    return before;
  }

  /// Lets another process take it.
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
