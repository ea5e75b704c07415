package dev.firn.token.ticket;

import dev.firn.http.Json;
import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// The root secrets of a door's tickets, in one file of mode 0600.
///
/// A new one is made each day a ticket is minted; an old one is kept until the last ticket made
/// with it has run out. Taking a secret out of the file ends its tickets at the next start.
final class TicketSecrets {
  static final Duration LONGEST_TICKET = Duration.ofDays(1);

  private static final Duration USED = Duration.ofDays(1);

  private final Path file;
  private final SecureRandom random = new SecureRandom();
  private volatile List<Secret> all;

  /// @param made in seconds since 1970
  record Secret(String id, long made, String key) {
    byte[] bytes() {
      return Base64.getDecoder().decode(key);
    }

    @Override
    public String toString() {
      return "ticket secret " + id;
    }
  }

  private TicketSecrets(Path file, List<Secret> all) {
    this.file = file;
    this.all = all;
  }

  /// @throws IOException when the file is damaged or others may read it
  static TicketSecrets open(Path file) throws IOException {
    if (!Files.exists(file)) {
      return new TicketSecrets(file, List.of());
    }
    if (!Files.getPosixFilePermissions(file).equals(SecretFile.OWNER_ONLY)) {
      throw new IOException("others may read " + file + "; chmod 600 and delete it if they did");
    }
    try {
      Secret[] read = Json.mapper().readValue(Files.readAllBytes(file), Secret[].class);
      return new TicketSecrets(file, List.of(read));
    } catch (JacksonException e) {
      throw new IOException("not a file of ticket secrets: " + file); // no cause: it quotes input
    }
  }

  Optional<Secret> find(String id) {
    return all.stream().filter(secret -> secret.id().equals(id)).findFirst();
  }

  /// The secret to mint with now.
  synchronized Secret current(Instant now) throws IOException {
    List<Secret> known = all;
    if (!known.isEmpty() && age(known.getFirst(), now).compareTo(USED) < 0) {
      return known.getFirst();
    }
    byte[] key = new byte[32];
    random.nextBytes(key);
    byte[] id = new byte[8];
    random.nextBytes(id);
    Secret fresh =
        new Secret(
            HexFormat.of().formatHex(id),
            now.getEpochSecond(),
            Base64.getEncoder().encodeToString(key));
    List<Secret> kept = new ArrayList<>();
    kept.add(fresh);
    for (Secret secret : known) {
      if (age(secret, now).compareTo(USED.plus(LONGEST_TICKET)) < 0) {
        kept.add(secret);
      }
    }
    SecretFile.replace(file, Json.mapper().writeValueAsString(kept));
    all = List.copyOf(kept);
    return fresh;
  }

  private static Duration age(Secret secret, Instant now) {
    return Duration.between(Instant.ofEpochSecond(secret.made()), now);
  }
}
