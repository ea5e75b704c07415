package dev.firn.token.key;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keys in a file that an operator puts there; read again when the file has changed and a token
/// names a key that is not known.
final class FileKeys implements KeySource {
  private static final Logger log = LoggerFactory.getLogger(FileKeys.class);

  private record Snapshot(Jwks keys, FileTime modified) {}

  private final Path file;
  private volatile Snapshot snapshot;

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

  @Override
  public Answer find(String keyId, String algorithm) {
    Snapshot now = snapshot;
    if (!now.keys().has(keyId)) {
      now = rereadIfChanged(now);
    }
    return now.keys().find(keyId, algorithm);
  }

  private Snapshot rereadIfChanged(Snapshot now) {
    try {
      if (!Files.getLastModifiedTime(file).equals(now.modified())) {
        now = read(file);
        snapshot = now;
      }
    } catch (IOException e) {
      log.warn("keeping the keys read before: {}", e.getMessage());
    }
    return now;
  }
}
