package dev.firn.cli;

import dev.firn.ingest.index.IndexPlan;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/// Where an indexer keeps what is done, and which pass it is at.
final class IndexState {
  private static final String PASS = "pass";

  private IndexState() {}

  /// A directory of this user for this tree, this site and this hub.
  static Path standard(IndexPlan plan, URI hub) {
    Path home =
        Optional.ofNullable(System.getenv("XDG_STATE_HOME"))
            .filter(t -> !t.isEmpty())
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".local", "state"));
    String what = hub + "\n" + plan.site() + "\n" + plan.root() + "\n" + plan.as() + plan.at();
    byte[] digest =
        Hashes.of(ChecksumAlgorithm.SHA256).digest(what.getBytes(StandardCharsets.UTF_8));
    return home.resolve("firn").resolve("index").resolve(HexFormat.of().formatHex(digest, 0, 12));
  }

  /// The pass that is under way, or a new one.
  static UUID pass(Path folder) throws IOException {
    Path file = folder.resolve(PASS);
    try {
      return UUID.fromString(Files.readString(file).strip());
    } catch (NoSuchFileException | IllegalArgumentException e) {
      UUID pass = UUID.randomUUID();
      Files.writeString(file, pass + "\n");
      return pass;
    }
  }

  static void finished(Path folder) throws IOException {
    Files.deleteIfExists(folder.resolve(PASS));
  }
}
