package dev.firn.token;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Fuzz;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Hostile tokens: whatever comes is refused with a reason, or is a token that keeps every rule.
class TokenFuzzTest {
  private static final Mint MINT = Mint.SHARED;
  private static final String HEADER = "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"rsa-1\"}";
  private static final List<String> HEADERS =
      List.of(HEADER, "{\"kid\":\"ec-1\",\"alg\":\"ES256\"}");
  private static final List<String> PAYLOADS =
      List.of(
          Mint.JSON.writeValueAsString(MINT.claims("storage.read:/data storage.create:/out/a%20b")),
          Mint.JSON.writeValueAsString(
              MINT.claims("storage.modify:/", "wlcg.groups", List.of("/icecube", "/icecube/prod"))),
          Mint.JSON.writeValueAsString(MINT.claims("storage.read:/", "aud", List.of(Mint.SITE))));

  private final TokenVerifier verifier =
      new TokenVerifier(
          List.of(MINT.trusted()),
          Set.of(Mint.SITE),
          Revocations.NONE,
          InstantSource.fixed(Mint.NOW));

  private static void assertKeepsTheRules(Caller caller) {
    assertThat(caller.issuer()).isEqualTo(Mint.ISSUER);
    assertThat(caller.expires()).isAfter(Mint.NOW);
    assertThat(caller.issued()).isBefore(Mint.NOW.plusSeconds(61));
    assertThat(caller.permissions().audiences()).contains(Mint.SITE);
    assertThat(caller.permissions().scopes())
        .allSatisfy(scope ->
            assertThat(scope.path().segments())
                .doesNotContain("", ".", "..")
                .allMatch(s -> s.indexOf('\0') < 0 && s.indexOf('/') < 0));
  }

  private static String encode(String part) {
    return Mint.encode(part.getBytes(StandardCharsets.UTF_8));
  }

  private void read(String header, String payload) {
    try {
      assertKeepsTheRules(
          verifier.readWithoutSignature(encode(header) + "." + encode(payload) + ".AAAA"));
    } catch (InvalidToken e) {
      assertThat(e.reason()).matches("[a-z-]+");
    }
  }

  @Test
  void payloads() {
    new Fuzz("jwt payloads").run(PAYLOADS, payload -> read(HEADER, payload));
  }

  @Test
  void headers() {
    new Fuzz("jwt headers").run(HEADERS, header -> read(header, PAYLOADS.getFirst()));
  }

  @Test
  void signedPayloads() {
    new Fuzz("signed jwt payloads")
        .run(
            PAYLOADS,
            20,
            payload -> {
              try {
                assertKeepsTheRules(verifier.verify(MINT.signText(HEADER, payload)));
              } catch (InvalidToken e) {
                assertThat(e.reason()).matches("[a-z-]+");
              }
            });
  }

  /// A token that was changed in any way is not the token any more.
  @Test
  void wholeTokens() {
    List<String> good = PAYLOADS.stream().map(p -> MINT.signText(HEADER, p)).toList();
    new Fuzz("jwt")
        .run(
            good,
            token -> {
              try {
                verifier.verify(token);
                assertThat(good).contains(token);
              } catch (InvalidToken e) {
                assertThat(good).doesNotContain(token);
                assertThat(e.reason()).matches("[a-z-]+");
              }
            });
  }
}
