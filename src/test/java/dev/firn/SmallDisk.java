package dev.firn;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// A file system of a few megabytes in memory, mounted for one test: only a real one says that it
/// is full where real ones do. Needs root.
public final class SmallDisk implements AutoCloseable {
  private final Path mounted;
  private final Path ballast;

  private SmallDisk(Path mounted) {
    this.mounted = mounted;
    this.ballast = mounted.resolve("ballast");
  }

  /// Skips the test when this process may not mount.
  public static SmallDisk mount(Path directory, long bytes) throws IOException {
    Files.createDirectories(directory);
    Assumptions.assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", directory.toString()),
        "a file system can be mounted by root only");
    return new SmallDisk(directory);
  }

  private static boolean run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  public long free() throws IOException {
    FileStore store = Files.getFileStore(mounted);
    return store.getUsableSpace();
  }

  /// Leaves so many bytes free.
  public void fillUpTo(long left) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(4096);
    try (FileChannel file =
        FileChannel.open(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (free() >= left + block.capacity()) {
        file.write(block.clear());
      }
    }
  }

  /// Takes the ballast away.
  public void empty() throws IOException {
    Files.deleteIfExists(ballast);
  }

  @Override
  public void close() throws IOException {
    if (!run("umount", mounted.toString())) {
      run("umount", "--lazy", mounted.toString());
    }
  }
}
