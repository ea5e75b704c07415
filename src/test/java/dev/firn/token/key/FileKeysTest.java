package dev.firn.token.key;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.JWKSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys that an operator keeps in a file.
class FileKeysTest {
  @TempDir Path directory;
  private Path file;
  private Instant written = Instant.parse("2026-11-23T12:00:00Z");
  private KeySource keys;

  @BeforeEach
  void start() throws IOException {
    file = directory.resolve("issuer.jwks");
    write(SHARED.jwks());
    keys = KeySource.file(file);
  }

  private void write(String text) throws IOException {
    Files.writeString(file, text);
    written = written.plusSeconds(1);
    Files.setLastModifiedTime(file, FileTime.from(written));
  }

  private boolean finds(String keyId, String algorithm) {
    return keys.find(keyId, algorithm) instanceof KeySource.Answer.Found;
  }

  @Test
  void aKeyThatWasTakenOutOfTheFileIsNoneF10() throws IOException {
    assertThat(finds("rsa-1", "RS256")).isTrue();
    write(new JWKSet(List.of(SHARED.ecJwk())).toString());
    assertThat(finds("rsa-1", "RS256")).isFalse();
    assertThat(finds("ec-1", "ES256")).isTrue();
    write(SHARED.jwks());
    assertThat(finds("rsa-1", "RS256")).isTrue();
  }

  @Test
  void aFileThatCannotBeReadLeavesTheKeysThatWereRead() throws IOException {
    write(SHARED.jwks().substring(0, 100));
    assertThat(finds("rsa-1", "RS256")).isTrue();
    Files.delete(file);
    assertThat(finds("rsa-1", "RS256")).isTrue();
    write(new JWKSet(List.of(SHARED.ecJwk())).toString());
    assertThat(finds("rsa-1", "RS256")).isFalse();
  }
}
