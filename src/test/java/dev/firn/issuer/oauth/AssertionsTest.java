package dev.firn.issuer.oauth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Clients that prove themselves by a signed assertion (`private_key_jwt`, RFC 7523).
class AssertionsTest {
  @TempDir static Path keys;

  private final ECKey key = key();
  private IssuerWorld world;

  private static ECKey key() {
    try {
      return new ECKeyGenerator(Curve.P_256).keyID("k-1").keyUse(KeyUse.SIGNATURE).generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() throws IOException {
    IssuerClient nersc =
        new IssuerClient(
            "nersc",
            new IssuerClient.Proof.Keys(KeySource.of(new JWKSet(key.toPublicJWK()).toString())),
            List.of(),
            Set.of(GrantTypes.CLIENT_CREDENTIALS),
            new IssuerClient.Limits(
                List.of("storage.read:/data/exp"),
                List.of(IssuerWorld.ISSUER),
                Duration.ofHours(1)));
    world = new IssuerWorld(keys, nersc);
  }

  @AfterEach
  void stop() {
    world.close();
  }

  private JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("nersc")
        .subject("nersc")
        .audience(IssuerWorld.ISSUER)
        .jwtID(UUID.randomUUID().toString())
        .issueTime(Date.from(world.now))
        .expirationTime(Date.from(world.now.plusSeconds(120)));
  }

  private static String signed(ECKey with, JWTClaimsSet claims) {
    try {
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(with.getKeyID()).build(), claims);
      token.sign(new ECDSASigner(with));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private Answer ask(String assertion, String... more) throws IOException {
    return world.token(
        IssuerWorld.pairs(
            new String[] {
              "grant_type",
              "client_credentials",
              "client_assertion_type",
              Assertions.TYPE,
              "client_assertion",
              assertion
            },
            more));
  }

  @Test
  void anAssertionBringsATokenOnce() throws IOException {
    String assertion = signed(key, claims().build());
    Answer answer = ask(assertion);
    assertThat(world.caller(answer).subject()).isEqualTo("nersc");
    assertThat(answer.string("scope")).isEqualTo("storage.read:/data/exp");
    assertThat(ask(assertion).error()).as("a replay").isEqualTo("invalid_client");
    assertThat(ask(signed(key, claims().build()), "client_id", "nersc").status()).isEqualTo(200);
    assertThat(ask(signed(key, claims().build()), "scope", "storage.read:/data").error())
        .isEqualTo("invalid_scope");
  }

  @Test
  void anAssertionThatProvesLittleProvesNothingG21() throws IOException {
    List<UnaryOperator<JWTClaimsSet.Builder>> bad =
        List.of(
            c -> c.issuer("agent"),
            c -> c.subject("agent"),
            c -> c.audience("https://other.example"),
            c -> c.audience(List.of(IssuerWorld.ISSUER, "https://other.example")),
            c -> c.jwtID(null),
            c -> c.expirationTime(null),
            c -> c.expirationTime(Date.from(world.now)),
            c -> c.expirationTime(Date.from(world.now.plusSeconds(3600))),
            c -> c.issueTime(Date.from(world.now.plusSeconds(600))));
    for (UnaryOperator<JWTClaimsSet.Builder> change : bad) {
      Answer answer = ask(signed(key, change.apply(claims()).build()));
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.error()).isEqualTo("invalid_client");
    }
    assertThat(ask(signed(key(), claims().build())).error())
        .as("another key")
        .isEqualTo("invalid_client");
    assertThat(ask(new PlainJWT(claims().build()).serialize()).error()).isEqualTo("invalid_client");
    assertThat(ask("x".repeat(9000)).error()).isEqualTo("invalid_client");
    assertThat(ask(signed(key, claims().build()), "client_id", "agent").error())
        .isEqualTo("invalid_client");
    assertThat(ask(signed(key, claims().build()), "client_secret", IssuerWorld.SECRET).error())
        .as("twice")
        .isEqualTo("invalid_request");
    assertThat(world.token("grant_type", "client_credentials", "client_id", "nersc").error())
        .as("by its name alone")
        .isEqualTo("invalid_client");
  }

  @Test
  void anAssertionIsNotGoodBeforeItsTimeNorByAnIdThatIsNone() throws IOException {
    Date later = Date.from(world.now.plusSeconds(90));
    for (JWTClaimsSet claims :
        List.of(
            claims().notBeforeTime(later).build(),
            claims().issueTime(later).build(),
            claims().jwtID("id\0").build(),
            claims().jwtID("i".repeat(256)).build())) {
      assertThat(ask(signed(key, claims)).error()).isEqualTo("invalid_client");
    }
    Date hardly = Date.from(world.now.plusSeconds(50));
    assertThat(ask(signed(key, claims().notBeforeTime(hardly).build())).status()).isEqualTo(200);
  }

  @Test
  void aClientOfAnotherIssuerIsNoneHereG16() throws IOException {
    for (String grant : List.of("client_credentials", "refresh_token", "authorization_code")) {
      Answer answer =
          world.token(
              "grant_type", grant, "client_id", "elsewhere", "client_secret", IssuerWorld.SECRET);
      assertThat(answer.error()).isEqualTo("invalid_client");
    }
  }
}
