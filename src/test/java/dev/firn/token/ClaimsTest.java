package dev.firn.token;

import static dev.firn.token.Mint.NOW;
import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.http.HttpProblem;
import dev.firn.model.LogicalName;
import dev.firn.token.TrustedIssuer.Acceptance;
import dev.firn.token.TrustedIssuer.Profile;
import dev.firn.token.key.KeySource;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.util.RawValue;

/// Group B of the hostile cases, and what of scopes (C5, C6) makes a whole token bad.
class ClaimsTest {
  private static final long SECOND = NOW.getEpochSecond();

  private Instant time = NOW;
  private final Authenticator authenticator =
      new Authenticator(
          List.of(SHARED.trusted(), Mint.OTHER.trusted()),
          Set.of(Mint.SITE, "https://alias.example"),
          Revocations.NONE,
          () -> time);

  private record Case(String name, Map<String, Object> claims, String reason) {
    @Override
    public String toString() {
      return name + " is " + reason;
    }
  }

  private static Case with(String id, String claim, Object value, String reason) {
    return new Case(
        id + " " + claim + "=" + value, SHARED.claims("storage.read:/", claim, value), reason);
  }

  static Stream<Case> hostile() {
    List<Case> cases = new ArrayList<>();
    cases.add(with("B1", "exp", SECOND, "expired"));
    cases.add(with("B1", "exp", SECOND - 1, "expired"));
    cases.add(with("B1", "exp", SECOND - 0.5, "expired"));
    cases.add(with("B1", "exp", SECOND + 0.5, "expired"));
    cases.add(new Case("B1 no exp", SHARED.without("exp"), "missing-exp"));
    cases.add(with("B1", "exp", String.valueOf(SECOND + 60), "bad-exp"));
    cases.add(with("B1", "exp", 1e300, "bad-exp"));
    cases.add(with("B1", "exp", -1, "bad-exp"));
    cases.add(with("B1", "exp", new BigDecimal("1e-999999999"), "bad-exp"));
    cases.add(with("B1", "exp", new BigDecimal("1e999999999"), "bad-exp"));
    cases.add(with("B1", "exp", new RawValue("1e91795435200"), "malformed"));
    cases.add(with("B1", "exp", true, "bad-exp"));
    cases.add(with("B1", "exp", List.of(SECOND + 60), "bad-exp"));
    cases.add(with("B1 year 9999", "exp", 253_402_300_799L, "lives-too-long"));
    cases.add(with("B2", "nbf", SECOND + 61, "not-yet-valid"));
    cases.add(with("B2", "nbf", "0", "bad-nbf"));
    cases.add(with("B3", "iat", SECOND + 86_400, "issued-in-the-future"));
    cases.add(with("B3", "iat", SECOND + 61, "issued-in-the-future"));
    cases.add(new Case("B3 no iat", SHARED.without("iat"), "missing-iat"));
    cases.add(with("B4", "exp", SECOND + 6 * 3600 + 1, "lives-too-long"));
    cases.add(new Case("B5 no iss", SHARED.without("iss"), "missing-iss"));
    cases.add(with("B5", "iss", List.of(Mint.ISSUER), "bad-iss"));
    for (String issuer :
        List.of(
            "https://ISSUER.example",
            "https://issuer.example/",
            "http://issuer.example",
            "https://u@issuer.example",
            "https://issuer.example.evil.example",
            "issuer.example",
            "")) {
      cases.add(with("B5", "iss", issuer, "unknown-issuer"));
    }
    cases.add(with("B6 other's name, our key", "iss", "https://other.example", "bad-signature"));
    cases.add(new Case("B7 no aud", SHARED.without("aud"), "missing-aud"));
    cases.add(with("B7", "aud", List.of(), "wrong-audience"));
    cases.add(with("B7", "aud", null, "bad-aud"));
    cases.add(with("B7", "aud", 1, "bad-aud"));
    cases.add(with("B7", "aud", Arrays.asList(Mint.SITE, null), "bad-aud"));
    cases.add(with("B7", "aud", List.of(List.of(Mint.SITE)), "bad-aud"));
    cases.add(with("B7", "aud", Map.of("a", Mint.SITE), "bad-aud"));
    for (String audience :
        List.of(
            "https://localhost:844",
            "https://localhost",
            "https://localhost:8443/",
            "https://LOCALHOST:8443",
            "https://localhost:8443 ",
            "ANY",
            "any",
            "*",
            "")) {
      cases.add(with("B7", "aud", audience, "wrong-audience"));
    }
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      many.add("a" + i);
    }
    cases.add(with("B7 500", "aud", many, "bad-aud"));
    cases.add(new Case("B8 no sub", SHARED.without("sub"), "missing-sub"));
    for (String subject : List.of("", "x".repeat(256), "J\u00fcrgen", "admin\r\n", "a\0", "\t")) {
      cases.add(with("B8", "sub", subject, "bad-sub"));
    }
    cases.add(with("B8", "sub", 7, "bad-sub"));
    for (Object version : List.of("2.0", "1", "01.0", "1.", ".0", "1.0.0", "", "1.0\n", "11.0")) {
      cases.add(with("B9", "wlcg.ver", version, "unknown-profile-version"));
    }
    cases.add(with("B9", "wlcg.ver", 1.0, "bad-wlcg-ver"));
    cases.add(with("B9", "wlcg.ver", null, "bad-wlcg-ver"));
    cases.add(new Case("B9 no wlcg.ver", SHARED.without("wlcg.ver"), "unknown-profile"));
    cases.add(with("B10", "ver", "scitoken:2.0", "ambiguous-profile"));
    cases.add(new Case("B11 no jti", SHARED.without("jti"), "missing-jti"));
    cases.add(with("B11", "jti", "", "missing-jti"));
    cases.add(with("B12", "scope", List.of("storage.read:/"), "bad-scope"));
    cases.add(with("B12", "scope", Map.of(), "bad-scope"));
    cases.add(with("B12", "scope", null, "bad-scope"));
    cases.add(with("B13", "wlcg.groups", "/wlcg", "bad-wlcg-groups"));
    cases.add(with("B13", "wlcg.groups", List.of(1), "bad-wlcg-groups"));
    for (String group : List.of("/a/../b", "wlcg", "/", "/a//b", "/a/", "/.a", "/a b", "")) {
      cases.add(with("B13", "wlcg.groups", List.of("/ok", group), "malformed-groups"));
    }
    for (String scope :
        List.of(
            "storage.read",
            "storage.read:",
            "storage.read:foo",
            "openid storage.create:~/foo",
            "storage.read:/ storage.modify:/a/..",
            "storage.read:/%2e%2e",
            "storage.read:/%252e",
            "storage.read:/a%2fb",
            "storage.read:/\tstorage.modify:/",
            "storage.read:/\nstorage.modify:/",
            "storage.read:/\"",
            "storage.read:/\u00e9")) {
      cases.add(with("C5 C6", "scope", scope, "malformed-scope"));
    }
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void hostileClaimsAre401(Case hostile) {
    refuse(authenticator, SHARED.sign(hostile.claims()), hostile.reason());
  }

  @Test
  void toleratedClaimsAreAccepted() {
    accept(with("B2", "nbf", SECOND + 60, ""));
    accept(with("B3", "iat", SECOND + 60, ""));
    accept(with("B1", "exp", SECOND + 1, ""));
    accept(with("B1 fraction", "exp", SECOND + 60.75, ""));
    accept(with("B4", "exp", SECOND + 6 * 3600, ""));
    accept(new Case("no nbf", SHARED.without("nbf"), ""));
    accept(new Case("no scope", SHARED.without("scope"), ""));
    for (String version : List.of("1.0", "1.3", "1.99")) {
      accept(with("B9", "wlcg.ver", version, ""));
    }
    accept(with("B7", "aud", List.of("https://elsewhere.example", Mint.SITE), ""));
    accept(with("B7", "aud", "https://alias.example", ""));
    accept(with("B7", "aud", "https://wlcg.cern.ch/jwt/v1/any", ""));
    accept(with("B8", "sub", "../admin", ""));
  }

  @Test
  void unknownClaimsGiveNothingB14() {
    Map<String, Object> claims = SHARED.claims("openid storage.readx:/ STORAGE.READ:/ read:/");
    claims.put("admin", true);
    claims.put("roles", List.of("admin"));
    claims.put("groups", List.of("/admin"));
    Caller caller = authenticator.verify(SHARED.sign(claims));
    assertThat(caller.admin()).isFalse();
    assertThat(caller.permissions().scopes()).isEmpty();
    assertThat(caller.permissions().groups()).isEmpty();
  }

  @Test
  void administrationIsForIssuersTrustedWithIt() {
    String token = SHARED.token("firn.admin");
    assertThat(authenticator.verify(token).admin()).isFalse();
    Authenticator own = authenticator(SHARED.trusted().asOwn());
    assertThat(own.verify(token).admin()).isTrue();
  }

  @Test
  void cachedTokensExpireOnTheSecond() {
    String token = SHARED.token("storage.read:/");
    authenticator.verify(token);
    time = NOW.plusSeconds(3599);
    authenticator.verify(token);
    time = NOW.plusSeconds(3600);
    refuse(authenticator, token, "expired");
  }

  @Test
  void theAnyAudienceCanBeSwitchedOff() {
    TrustedIssuer strict =
        SHARED
            .trusted()
            .withAcceptance(
                new Acceptance(
                    Set.of(Profile.WLCG), Set.of("RS256"), Duration.ofHours(6), false, "groups"));
    String token = SHARED.sign(SHARED.claims("", "aud", "https://wlcg.cern.ch/jwt/v1/any"));
    refuse(authenticator(strict), token, "wrong-audience");
  }

  @Test
  void sciTokensAreReadByTheirOwnProfile() {
    Map<String, Object> claims =
        SHARED.claims("read:/a write:/b https://scitokens.org/v1/authz/read:/c");
    claims.remove("wlcg.ver");
    claims.put("ver", "scitoken:2.0");
    claims.put("aud", "ANY");
    Caller caller = authenticator.verify(SHARED.sign(claims));
    assertThat(caller.permissions().scopes())
        .containsExactly(
            new Scope(Right.READ, LogicalName.parse("/a")),
            new Scope(Right.MODIFY, LogicalName.parse("/b")),
            new Scope(Right.READ, LogicalName.parse("/c")));
    claims.put("ver", "scitokens:2.0");
    authenticator.verify(SHARED.sign(claims));
    for (String bad : List.of("read", "write", "read:", "write:x", "read:/..", "read:/%2e%2e")) {
      Map<String, Object> worse = new HashMap<>(claims);
      worse.put("scope", bad);
      refuse(authenticator, SHARED.sign(worse), "malformed-scope");
    }
    for (String required : List.of("sub", "nbf", "exp", "aud", "jti", "iat", "scope")) {
      Map<String, Object> worse = new HashMap<>(claims);
      worse.remove(required);
      refuse(authenticator, SHARED.sign(worse), "missing-" + required);
    }
    claims.put("aud", "https://wlcg.cern.ch/jwt/v1/any");
    refuse(authenticator, SHARED.sign(claims), "wrong-audience"); // B7
    claims.put("ver", "scitoken:1.0");
    refuse(authenticator, SHARED.sign(claims), "unknown-profile-version");
  }

  @Test
  void genericTokensHaveGroupsAndNoPaths() {
    TrustedIssuer generic =
        SHARED
            .trusted()
            .withAcceptance(
                new Acceptance(
                    Set.of(Profile.GENERIC), Set.of("RS256"), Duration.ofHours(6), true, "groups"));
    Map<String, Object> claims = SHARED.claims("storage.modify:/ openid");
    claims.remove("wlcg.ver");
    claims.remove("jti");
    claims.put("azp", "console");
    claims.put("groups", List.of("/icecube", "people"));
    Caller caller = authenticator(generic).verify(SHARED.sign(claims));
    assertThat(caller.permissions().scopes()).isEmpty();
    assertThat(caller.hasCapability()).isFalse();
    assertThat(caller.permissions().groups()).containsExactly("/icecube", "people");
    assertThat(caller.identity().clientId()).isEqualTo("console");
    TrustedIssuer keycloak =
        generic.withAcceptance(
            new TrustedIssuer.Acceptance(
                Set.of(Profile.GENERIC),
                Set.of("RS256"),
                Duration.ofHours(6),
                true,
                "realm_access.roles"));
    claims.put("realm_access", Map.of("roles", List.of("operator")));
    assertThat(authenticator(keycloak).verify(SHARED.sign(claims)).permissions().groups())
        .containsExactly("operator");
    for (String type : List.of("Refresh", "ID", "Offline")) { // A15, A16
      claims.put("typ", type);
      refuse(authenticator(generic), SHARED.sign(claims), "wrong-type");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ANY", "https://wlcg.cern.ch/jwt/v1/any"})
  void aServerMayNotCallItselfAny(String audience) {
    assertThatThrownBy(() ->
            new Authenticator(
                List.of(SHARED.trusted()),
                Set.of(audience),
                Revocations.NONE,
                InstantSource.system()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void wrongConfigurationIsRefused() {
    KeySource keys = KeySource.of(SHARED.jwks());
    for (String issuer : List.of("http://issuer.example", "issuer", "https://u@issuer.example")) {
      assertThatThrownBy(() -> TrustedIssuer.of(issuer, LogicalName.ROOT, keys))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() ->
            new Acceptance(
                Set.of(Profile.WLCG), Set.of("HS256"), Duration.ofHours(1), true, "groups"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() ->
            new Authenticator(
                List.of(SHARED.trusted()), Set.of(), Revocations.NONE, InstantSource.system()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Authenticator authenticator(TrustedIssuer issuer) {
    return new Authenticator(
        List.of(issuer), Set.of(Mint.SITE), Revocations.NONE, InstantSource.fixed(NOW));
  }

  private void accept(Case fine) {
    assertThat(authenticator.verify(SHARED.sign(fine.claims())).issuer()).isEqualTo(Mint.ISSUER);
  }

  private static void refuse(Authenticator authenticator, String token, String reason) {
    assertThatThrownBy(() -> authenticator.verify(token))
        .isInstanceOfSatisfying(
            HttpProblem.class,
            p -> {
              assertThat(p.status()).isEqualTo(401);
              assertThat(p.detail()).isEqualTo("the bearer token is not valid: " + reason);
            });
  }
}
