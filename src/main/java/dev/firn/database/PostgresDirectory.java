package dev.firn.database;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The directory of an embedded server, held by one process at a time.
///
/// `data` is PostgreSQL's own; `password` holds the password of our user (mode 0600); `server.log`
/// what the server says; `lock` is locked while a Firn holds the directory.
final class PostgresDirectory {
  private final Path root;
  private final FileChannel lockFile;

  private PostgresDirectory(Path root, FileChannel lockFile) {
    this.root = root;
    this.lockFile = lockFile;
  }

  static PostgresDirectory lock(Path directory) throws IOException {
    Path root = directory.toAbsolutePath().normalize();
    if (!Files.isDirectory(root)) {
      // Others may pass through, so that an unprivileged server reaches its data; nobody may list.
      Files.createDirectories(root);
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx--x--x"));
    }
    FileChannel channel =
        FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      lock = null; // held by this very process: answered like any other holder
    }
    if (lock == null) {
      channel.close();
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED, "another Firn already uses the database in " + root);
    }
    return new PostgresDirectory(root, channel);
  }

  void unlock() throws IOException {
    lockFile.close();
  }

  Path root() {
    return root;
  }

  Path data() {
    return root.resolve("data");
  }

  Path log() {
    return root.resolve("server.log");
  }

  Optional<ProcessHandle> process(Postmaster postmaster) {
    return postmaster.process(data());
  }

  String password() throws IOException {
    return Files.readString(root.resolve("password")).strip();
  }

  /// Writes a new password, durable before the database is made with it.
  String makePassword() throws IOException {
    byte[] random = new byte[24];
    new SecureRandom().nextBytes(random);
    String password = HexFormat.of().formatHex(random);
    Path staged = root.resolve("password.new");
    writePrivate(staged, password);
    Files.move(staged, root.resolve("password"), StandardCopyOption.ATOMIC_MOVE);
    PostgresBinaries.syncDirectory(root);
    return password;
  }

  static void writePrivate(Path file, String text) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    }
  }
}
