package dev.firn.token.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys in a file that an operator puts there, read again when it has changed: a key that was taken
/// out is one no more. A file that cannot be read leaves the keys that were read before.
final class FileKeys implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(FileKeys.class);

  private record Snapshot(Jwks keys, FileTime modified) {}

  private final Path file;
  private volatile Snapshot snapshot;

  /// When the file that cannot be read was changed; said once.
  private volatile FileTime unreadable = FileTime.fromMillis(-1);

  FileKeys(Path file) throws IOException {
    this.file = file;
    this.snapshot = read(file);
  }

  private static Snapshot read(Path file) throws IOException {
    FileTime modified = Files.getLastModifiedTime(file);
    if (Files.size(file) > Jwks.MAX_BYTES) {
      throw new IOException("key set " + file + " is larger than " + Jwks.MAX_BYTES + " bytes");
    }
    return new Snapshot(Jwks.parse(Files.readAllBytes(file), file.toString()), modified);
  }

  /// Asked for tokens that are not known yet, for which looking at a file's time costs little.
  @Override
  public Answer find(String keyId, String algorithm) {
    FileTime modified = FileTime.fromMillis(0);
    try {
      modified = Files.getLastModifiedTime(file);
      if (!modified.equals(snapshot.modified())) {
        snapshot = read(file);
      }
    } catch (IOException e) {
      if (!modified.equals(unreadable)) {
        unreadable = modified;
        log.warn("keeping the keys read before: {}", e.toString());
      }
    }
    return snapshot.keys().find(keyId, algorithm);
  }
}
