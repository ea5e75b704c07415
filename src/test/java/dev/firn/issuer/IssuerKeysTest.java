package dev.firn.issuer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.Json;
import dev.firn.token.Caller;
import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// The keys that the issuer signs with: made, kept, rotated, and the operator's token.
class IssuerKeysTest extends IssuerOverHttp {
  @Test
  void firstRunMakesTwoKeysOfAKindThatOnlyTheOwnerReadsG28() throws IOException {
    Path fresh = directory.resolve("fresh");
    signer = TokenSigner.open(fresh, ISSUER, () -> now, UUID::randomUUID);
    try (var files = Files.walk(fresh)) {
      List<Path> keys = files.filter(Files::isRegularFile).toList();
      assertThat(keys).hasSize(4);
      for (Path key : keys) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key)))
            .isEqualTo("rw-------");
      }
    }
    JsonNode published = Json.mapper().readTree(signer.jwks()).get("keys");
    assertThat(published.findValuesAsString("alg"))
        .containsExactly("RS256", "RS256", "ES256", "ES256");
    assertThat(signer.jwks()).doesNotContain("\"d\"").doesNotContain("\"p\"");
    for (JsonNode key : published) {
      assertThat(key.get("kid").asString()).hasSize(16);
      assertThat(key.get("use").asString()).isEqualTo("sig");
      boolean rsa = key.has("n");
      assertThat(Base64.getUrlDecoder().decode(key.get(rsa ? "n" : "x").asString()))
          .hasSize(rsa ? 256 : 32);
    }
    assertThat(TokenSigner.open(fresh, ISSUER, () -> now, UUID::randomUUID).jwks())
        .isEqualTo(signer.jwks());
  }

  @Test
  void keysReadableByOthersAreRefused() throws IOException {
    Path key = directory.resolve("keys/current.jwk");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    String secret = Json.mapper().readTree(Files.readString(key)).get("d").asString();
    Files.writeString(key, Files.readString(key).substring(0, 900));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged")
        .message()
        .doesNotContain(secret.substring(0, 20));
  }

  @Test
  void rotationRefusesNobody() throws IOException {
    String before = token("storage.read:/");
    assertThat(signer.rotateIfDue()).isFalse();
    String publishedNext = Json.mapper().readTree(signer.jwks()).at("/keys/1/kid").asString();
    now = START.plus(Duration.ofDays(183));
    String lastOfOld = token("storage.read:/");
    assertThat(signer.rotateIfDue()).isTrue();
    JsonNode keys = Json.mapper().readTree(signer.jwks()).get("keys");
    assertThat(keys).hasSize(6);
    assertThat(keys.get(0).get("kid").asString()).isEqualTo(publishedNext);
    assertThat(authenticator.verify(lastOfOld).subject()).isEqualTo("alice");
    assertThat(authenticator.verify(token()).identity().keyId()).isEqualTo(publishedNext);
    assertThat(open().jwks()).isEqualTo(signer.jwks());
    now = now.plus(Duration.ofHours(8));
    assertThat(signer.rotateIfDue()).isTrue();
    assertThat(Json.mapper().readTree(signer.jwks()).get("keys")).hasSize(4);
    assertThat(before).isNotEqualTo(lastOfOld);
  }

  @Test
  void theHubsOwnWorkIsSignedByAnotherKindOfKeyThatRotatesToo() throws IOException {
    TokenRequest request =
        new TokenRequest("firn-transfer", ISSUER, List.of("storage.read:/a"), Duration.ofHours(1));
    TokenSigner.Signed before = signer.issue(request, KeyKind.ES256);
    assertThat(new String(Base64.getUrlDecoder().decode(before.token().split("\\.")[0]), UTF_8))
        .contains("\"ES256\"");
    assertThat(authenticator.verify(before.token()).identity().keyId()).isEqualTo(before.keyId());
    assertThat(before.keyId()).isNotEqualTo(signer.issue(request).keyId());
    now = START.plus(Duration.ofDays(183));
    String lastOfOld = signer.issue(request, KeyKind.ES256).token();
    assertThat(signer.rotateIfDue()).isTrue();
    assertThat(authenticator.verify(lastOfOld).identity().keyId()).isEqualTo(before.keyId());
    TokenSigner.Signed after = signer.issue(request, KeyKind.ES256);
    assertThat(after.keyId()).isNotEqualTo(before.keyId());
    assertThat(authenticator.verify(after.token()).identity().keyId()).isEqualTo(after.keyId());
  }

  @Test
  void rotationCutBetweenStepsIsMadeWhole() throws IOException {
    Path keys = directory.resolve("keys");
    String current = Files.readString(keys.resolve("current.jwk"));
    String next = Files.readString(keys.resolve("next.jwk"));
    String kid = Json.mapper().readTree(current).get("kid").asString();
    SecretFile.replace(keys.resolve("retired-" + kid + ".jwk"), current);
    JsonNode afterFirstStep = Json.mapper().readTree(open().jwks()).get("keys");
    assertThat(afterFirstStep).hasSize(4);
    SecretFile.replace(keys.resolve("current.jwk"), next);
    JsonNode afterSecondStep = Json.mapper().readTree(open().jwks()).get("keys");
    assertThat(afterSecondStep).hasSize(5);
    assertThat(afterSecondStep.findValuesAsString("kid")).doesNotHaveDuplicates();
    assertThat(open().jwks()).doesNotContain("\"d\"");
  }

  @Test
  void aKeyThatWasTakenBackSignsNoMoreAndIsNotPublished() throws IOException {
    String stolen = authenticator.verify(token()).identity().keyId();
    assertThat(signer.rotateIfDue(stolen::equals)).isTrue();
    assertThat(authenticator.verify(token()).identity().keyId()).isNotEqualTo(stolen);
    assertThat(signer.rotateIfDue(stolen::equals)).isTrue();
    assertThat(signer.jwks()).doesNotContain(stolen);
    assertThat(Json.mapper().readTree(signer.jwks()).get("keys")).hasSize(4);
    assertThat(signer.rotateIfDue(stolen::equals)).isFalse();
  }

  @Test
  void operatorsFileIsRenewedWhenItsTokenWasTakenBack() throws IOException {
    Path file = directory.resolve("operator.token");
    TokenFile operator = TokenFile.operator(file, signer, List.of(ISSUER));
    operator.renewIfDue(now);
    String first = Files.readString(file).strip();
    assertThat(operator.renewIfDue(now, first::equals)).isFalse();
    assertThat(operator.renewIfDue(now, token -> !token.equals(first))).isTrue();
    assertThat(Files.readString(file).strip()).isNotEqualTo(first);
  }

  @Test
  void operatorsFileIsRenewedAtHalfItsLife() throws IOException {
    Path file = directory.resolve("operator.token");
    TokenFile operator = TokenFile.operator(file, signer, List.of(ISSUER, NERSC));
    assertThat(operator.renewIfDue(now)).isTrue();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    String first = Files.readString(file).strip();
    Caller caller = authenticator.verify(first);
    assertThat(caller.admin()).isTrue();
    assertThat(caller.permissions().scopes()).hasSize(3);
    now = START.plusSeconds(1799);
    assertThat(operator.renewIfDue(now)).isFalse();
    now = START.plusSeconds(1800);
    assertThat(operator.renewIfDue(now)).isTrue();
    assertThat(Files.readString(file).strip()).isNotEqualTo(first);
    assertThat(authenticator.verify(first).admin()).isTrue();
    try (var files = Files.list(directory)) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("keys", "operator.token");
    }
  }
}
