package dev.firn.token.key;

import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.Authenticator;
import dev.firn.token.Mint;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Group F of the hostile cases: finding an issuer's keys.
class RemoteKeysTest {
  private static final String CONFIGURATION =
      "https://issuer.example/.well-known/openid-configuration";

  private Instant now = Mint.NOW;
  private String metadata =
      "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"https://issuer.example/jwks\"}";
  private String jwks = SHARED.jwks();
  private boolean down;
  private final List<URI> fetched = new ArrayList<>();

  private byte[] fetch(URI uri, int most) throws IOException {
    fetched.add(uri);
    if (down) {
      throw new IOException("no route to host");
    }
    String answer = uri.toString().equals(CONFIGURATION) ? metadata : jwks;
    return answer.getBytes(StandardCharsets.UTF_8);
  }

  private final KeySource keys =
      KeySource.discovered(Mint.ISSUER, this::fetch, () -> now, Runnable::run);

  private boolean finds(String kid) {
    return keys.find(kid, "RS256") instanceof KeySource.Answer.Found;
  }

  @Test
  void unknownKidsFetchOncePerCooldownF1() {
    assertThat(finds("rsa-1")).isTrue();
    assertThat(fetched).hasSize(2);
    for (int i = 0; i < 10_000; i++) {
      assertThat(finds("random-" + i)).isFalse();
    }
    assertThat(fetched).hasSize(2);
    now = now.plusSeconds(30);
    for (int i = 0; i < 100; i++) {
      assertThat(finds("random-" + i)).isFalse();
    }
    assertThat(fetched).hasSize(4);
    assertThat(finds("rsa-1")).isTrue();
  }

  @ParameterizedTest(name = "F2 F8: {0}")
  @ValueSource(
      strings = {
        "{\"keys\":[]}",
        "{}",
        "[]",
        "<html>",
        "{\"keys\":[{\"kty\":\"RSA\"",
        "{\"keys\":{}}",
        "",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"rsa-1\"}]}"
      })
  void uselessKeySetsKeepTheCooldownAndTheOldKeys(String useless) {
    assertThat(finds("rsa-1")).isTrue();
    jwks = useless;
    now = now.plusSeconds(31);
    assertThat(finds("new")).isFalse();
    int fetches = fetched.size();
    assertThat(finds("new")).isFalse();
    assertThat(fetched).hasSize(fetches);
    assertThat(finds("rsa-1")).isTrue();
  }

  @Test
  void issuersDoNotShareACooldownF3() {
    assertThat(finds("rsa-1")).isTrue();
    assertThat(finds("x")).isFalse();
    KeySource other =
        KeySource.discovered(
            "https://other.example",
            (uri, most) ->
                (uri.getPath().equals("/jwks")
                        ? Mint.OTHER.jwks()
                        : metadata.replace("issuer.example", "other.example"))
                    .getBytes(StandardCharsets.UTF_8),
            () -> now,
            Runnable::run);
    assertThat(other.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
  }

  @Test
  void unknownIssuersAreNeverFetchedF4A6() {
    TrustedIssuer issuer = TrustedIssuer.of(Mint.ISSUER, LogicalName.ROOT, keys);
    Authenticator authenticator =
        new Authenticator(List.of(issuer), Set.of(Mint.SITE), Revocations.NONE, () -> now);
    for (String iss :
        List.of(
            "https://evil.example", "https://issuer.example/x", "' OR 1=1--", "%s", "file:///")) {
      try {
        authenticator.verify(SHARED.sign(SHARED.claims("", "iss", iss)));
      } catch (HttpProblem expected) {
        assertThat(expected.detail()).endsWith("unknown-issuer");
      }
    }
    assertThat(fetched).isEmpty();
    assertThat(authenticator.verify(SHARED.token("")).issuer()).isEqualTo(Mint.ISSUER);
  }

  @Test
  void slowRefreshDoesNotHoldUpKnownKeysF5() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch entered = new CountDownLatch(2);
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      KeySource slow =
          KeySource.discovered(
              Mint.ISSUER,
              (uri, most) -> {
                entered.countDown();
                if (fetched.size() >= 2) {
                  try {
                    release.await();
                  } catch (InterruptedException e) {
                    throw new IOException(e);
                  }
                }
                return fetch(uri, most);
              },
              () -> now,
              pool);
      assertThat(slow.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
      now = now.plus(Duration.ofHours(7));
      for (int i = 0; i < 100; i++) {
        assertThat(slow.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
      }
      Future<KeySource.Answer> waiting = pool.submit(() -> slow.find("new", "RS256"));
      assertThat(slow.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
      release.countDown();
      assertThat(waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(KeySource.Answer.Unknown.class);
    }
  }

  @Test
  void whileAFetchHangsFewOfThoseThatNameUnknownKeysWait() throws Exception {
    assertThat(finds("rsa-1")).isTrue();
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(50 - 8);
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      KeySource slow =
          KeySource.discovered(
              Mint.ISSUER,
              (uri, most) -> {
                if (fetched.size() >= 4) { // all but the first time
                  awaitQuietly(release);
                }
                return fetch(uri, most);
              },
              () -> now,
              pool);
      assertThat(slow.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
      now = now.plusSeconds(31);
      List<Future<KeySource.Answer>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        String kid = "unknown-" + i;
        answers.add(
            pool.submit(() -> {
              KeySource.Answer answer = slow.find(kid, "RS256");
              told.countDown();
              return answer;
            }));
      }
      assertThat(told.await(60, TimeUnit.SECONDS)).as("all but eight are told at once").isTrue();
      assertThat(answers.stream().filter(a -> !a.isDone()))
          .as("the others wait, for some seconds at most")
          .hasSizeGreaterThanOrEqualTo(8);
      release.countDown();
      for (Future<KeySource.Answer> answer : answers) {
        assertThat(answer.get(60, TimeUnit.SECONDS)).isInstanceOf(KeySource.Answer.Unknown.class);
      }
    }
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  @ParameterizedTest(name = "F6 F7: {0}")
  @ValueSource(
      strings = {
        "{\"issuer\":\"https://issuer.example/\",\"jwks_uri\":\"https://issuer.example/jwks\"}",
        "{\"issuer\":\"https://evil.example\",\"jwks_uri\":\"https://issuer.example/jwks\"}",
        "{\"jwks_uri\":\"https://issuer.example/jwks\"}",
        "{\"issuer\":\"https://issuer.example\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":7}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"http://issuer.example/jwks\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"file:///etc/passwd\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"https://10.0.0.1/jwks\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"https://issuer.example:22/jwks\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"https://x@issuer.example/jwks\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"https://issuer.example.evil/jwks\"}",
        "{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"::\"}",
        "not json"
      })
  void strangeMetadataGivesNoKeys(String strange) {
    metadata = strange;
    assertThat(keys.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Unavailable.class);
    assertThat(fetched).noneMatch(uri -> uri.getPath().equals("/jwks"));
  }

  @Test
  void thePortOfHttpsMayBeWrittenOut() {
    metadata = metadata.replace("https://issuer.example/jwks", "https://issuer.example:443/jwks");
    assertThat(finds("rsa-1")).isTrue();
  }

  @Test
  void unsoundKeysAreLeftOutF9() throws JOSEException {
    String twice = SHARED.ecJwk().toJSONString().replace("ec-1", "twice");
    String secret = new RSAKeyGenerator(2048).keyID("private").generate().toJSONString();
    String encryption =
        new RSAKey.Builder(SHARED.rsaJwk())
            .keyUse(KeyUse.ENCRYPTION)
            .keyID("enc")
            .build()
            .toJSONString();
    jwks =
        "{\"keys\":[%s,%s,%s,%s,%s,{\"kty\":\"oct\",\"k\":\"AAAA\",\"kid\":\"oct\"},7,null]}"
            .formatted(SHARED.rsaJwk().toJSONString(), twice, twice, secret, encryption);
    assertThat(finds("rsa-1")).isTrue();
    assertThat(finds("private")).isFalse();
    assertThat(finds("enc")).isFalse();
    assertThat(finds("oct")).isFalse();
    assertThat(keys.find("twice", "ES256")).isInstanceOf(KeySource.Answer.Unknown.class);
  }

  @Test
  void oversizedKeySetsAreRefusedF8() {
    jwks = "{\"keys\":[]," + " ".repeat(100_000) + "\"x\":1}";
    assertThat(keys.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Unavailable.class);
  }

  @Test
  void removedKeysEndAtTheNextRefreshF10() {
    assertThat(finds("rsa-1")).isTrue();
    jwks = Mint.OTHER.jwks().replace("rsa-1", "rsa-2");
    now = now.plus(Duration.ofHours(6));
    finds("rsa-1");
    assertThat(finds("rsa-1")).isFalse();
    assertThat(finds("rsa-2")).isTrue();
  }

  @Test
  void issuersMayBeDownForDaysF11() {
    assertThat(finds("rsa-1")).isTrue();
    down = true;
    now = now.plus(Duration.ofDays(3));
    assertThat(finds("rsa-1")).isTrue();
    now = now.plus(Duration.ofDays(1));
    assertThat(keys.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Unavailable.class);
    down = false;
    now = now.plusSeconds(31);
    assertThat(finds("rsa-1")).isTrue();
  }

  @Test
  void failuresAreNotRetriedBeforeTheCooldown() {
    down = true;
    for (int i = 0; i < 1000; i++) {
      assertThat(finds("rsa-1")).isFalse();
    }
    assertThat(fetched).hasSize(2); // both forms of discovery, once
  }

  @Test
  void clocksSetBackDoNotLockKeysOutF13() {
    assertThat(finds("rsa-1")).isTrue();
    jwks = SHARED.jwks().replace("rsa-1", "rsa-2");
    now = now.minus(Duration.ofDays(1));
    assertThat(finds("rsa-1")).isTrue();
    finds("rsa-2");
    now = now.plusSeconds(31);
    assertThat(finds("rsa-2")).isTrue();
  }

  @Test
  void prePublishedKeysRotateWithoutARefusalF14() {
    jwks =
        "{\"keys\":[%s,%s]}"
            .formatted(
                SHARED.rsaJwk().toJSONString(),
                Mint.OTHER.rsaJwk().toJSONString().replace("rsa-1", "next"));
    assertThat(finds("rsa-1")).isTrue();
    down = true;
    assertThat(finds("next")).isTrue();
  }
}
