package dev.firn.ingest;

import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/// Keeps refused bytes, each under its sha512, whole or not at all.
final class QuarantineFolder {
  private static final int BUFFER = 1 << 20;

  private final Path folder;

  QuarantineFolder(Path folder) {
    this.folder = folder;
  }

  /// Copies a source that was refused; empty when it has changed since its sha512 was taken.
  Optional<String> keep(SourceFile source, String sha512) throws IOException {
    Files.createDirectories(folder);
    Path target = folder.resolve(sha512);
    if (Files.exists(target)) {
      return Optional.of(sha512);
    }
    Path part = Files.createTempFile(folder, ".", ".part");
    try {
      if (!copy(source.path(), part).equals(sha512)) {
        return Optional.empty();
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
      return Optional.of(sha512);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static String copy(Path from, Path to) throws IOException {
    MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    try (FileChannel in =
            FileChannel.open(from, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
        FileChannel out = FileChannel.open(to, StandardOpenOption.WRITE)) {
      while (in.read(buffer.clear()) >= 0) {
        sha512.update(buffer.flip().duplicate());
        while (buffer.hasRemaining()) {
          out.write(buffer);
        }
      }
      out.force(true);
    }
    return HexFormat.of().formatHex(sha512.digest());
  }
}
