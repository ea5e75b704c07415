package dev.firn.token;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.util.Base64URL;
import dev.firn.token.TrustedIssuer.Profile;
import dev.firn.token.key.KeySource;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Verifies bearer tokens, cheap checks first, so that a flood of bad ones costs little.
///
/// Length; cache, by the SHA-256 of tokens so that none is kept; raw form; header; payload and
/// issuer; times and audience; only then key and signature; the profile's other claims and the
/// scopes; at last, and also for what the cache knew, expiry and revocation. The library parses the
/// header and checks the signature; every other check is here because it accepts more than we may.
final class TokenVerifier {
  static final String WLCG_ANY_AUDIENCE = "https://wlcg.cern.ch/jwt/v1/any";
  static final String SCITOKENS_ANY_AUDIENCE = "ANY";

  private static final int MIN_LENGTH = 20;
  private static final int MAX_KEY_ID = 256;
  private static final int MAX_CACHED = 50_000;
  private static final int MOST_KEYS = 200;
  private static final Duration CACHED = Duration.ofMinutes(5);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

  private final Map<String, TrustedIssuer> issuers;
  private final Set<String> audiences;
  private final boolean forWhomever;
  private final Revocations revocations;
  private final InstantSource clock;
  private final Cache<Fingerprint, Caller> verified =
      Caffeine.newBuilder().maximumSize(MAX_CACHED).expireAfterWrite(CACHED).build();

  /// Headers that were found good, as they were sent: all tokens of one key have the same.
  private final Cache<String, JWSHeader> headers =
      Caffeine.newBuilder().maximumSize(MOST_KEYS).build();

  /// What checks signatures by a key: to make one is to find out whether the key lies on its curve.
  /// Keys are told apart as objects; a source that reads its keys anew has new ones.
  private final Cache<PublicKey, JWSVerifier> verifiers =
      Caffeine.newBuilder().weakKeys().maximumSize(MOST_KEYS).build();

  TokenVerifier(
      List<TrustedIssuer> issuers,
      Set<String> audiences,
      Revocations revocations,
      InstantSource clock) {
    this(byName(issuers), Set.copyOf(audiences), false, revocations, clock);
    if (!issuers.isEmpty() && audiences.isEmpty()) {
      throw new IllegalArgumentException("issuers are trusted but the server has no audience");
    }
    if (audiences.contains(SCITOKENS_ANY_AUDIENCE) || audiences.contains(WLCG_ANY_AUDIENCE)) {
      throw new IllegalArgumentException("a server's audience must be its own name, not 'any'");
    }
  }

  private TokenVerifier(
      Map<String, TrustedIssuer> issuers,
      Set<String> audiences,
      boolean forWhomever,
      Revocations revocations,
      InstantSource clock) {
    this.issuers = issuers;
    this.audiences = audiences;
    this.forWhomever = forWhomever;
    this.revocations = revocations;
    this.clock = clock;
  }

  /// The same for tokens of one issuer, whichever server they are for.
  TokenVerifier ofIssuer(String issuer) {
    TrustedIssuer known = issuers.get(issuer);
    if (known == null) {
      throw new IllegalArgumentException("not a trusted issuer: " + issuer);
    }
    return new TokenVerifier(Map.of(issuer, known), audiences, true, revocations, clock);
  }

  private static Map<String, TrustedIssuer> byName(List<TrustedIssuer> issuers) {
    Map<String, TrustedIssuer> map = new HashMap<>();
    for (TrustedIssuer issuer : issuers) {
      if (map.put(issuer.issuer(), issuer) != null) {
        throw new IllegalArgumentException("issuer is configured twice: " + issuer.issuer());
      }
    }
    return Map.copyOf(map);
  }

  Caller verify(String token) throws InvalidToken {
    checkLength(token);
    Fingerprint key = Fingerprint.of(token);
    Caller caller = verified.getIfPresent(key);
    if (caller == null) {
      checkForm(token);
      caller = verifyAfresh(token);
      verified.put(key, caller);
    }
    return stillGood(caller);
  }

  /// What is asked again on every use, of tickets as well.
  Caller stillGood(Caller caller) throws InvalidToken {
    if (!clock.instant().isBefore(caller.expires())) {
      throw new InvalidToken("expired");
    }
    if (isRevoked(caller)) {
      throw new InvalidToken("revoked");
    }
    return caller;
  }

  boolean isRevoked(Caller caller) {
    return revocations.isRevoked(caller);
  }

  private static void checkLength(String token) throws InvalidToken {
    if (token.length() < MIN_LENGTH || token.length() > Authenticator.LONGEST_TOKEN) {
      throw new InvalidToken("malformed");
    }
  }

  /// Before anything is decoded: alphabet, three parts.
  private static void checkForm(String token) throws InvalidToken {
    int dots = 0;
    char previous = '.';
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      boolean dot = c == '.';
      if (dot && previous == '.') {
        throw new InvalidToken("malformed"); // an empty part
      }
      dots += dot ? 1 : 0;
      boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      if (!dot && !letter && c != '_' && c != '-') {
        throw new InvalidToken("malformed");
      }
      previous = c;
    }
    if (dots != 2 || previous == '.') {
      throw new InvalidToken("malformed");
    }
  }

  private Caller verifyAfresh(String token) throws InvalidToken {
    Unsigned unsigned = checkAllButSignature(token);
    checkSignature(unsigned.header(), token, unsigned.issuer().keys());
    return unsigned.caller(token);
  }

  /// What a token says, whoever wrote it.
  private record Unsigned(
      JWSHeader header,
      Claims claims,
      TrustedIssuer issuer,
      Profile profile,
      List<String> meantFor) {
    Caller caller(String token) throws InvalidToken {
      String fingerprint = Caller.fingerprint(token);
      return new Caller(
          ClaimRules.identity(claims, profile, header.getKeyID(), fingerprint),
          ClaimRules.permissions(claims, issuer, profile, meantFor),
          claims.time("iat"),
          claims.time("exp"));
    }
  }

  private Unsigned checkAllButSignature(String token) throws InvalidToken {
    String[] parts = token.split("\\.");
    JWSHeader header = header(parts[0]);
    Claims claims = Claims.parse(decode(parts[1]));
    TrustedIssuer issuer = issuers.get(claims.string("iss"));
    if (issuer == null) {
      throw new InvalidToken("unknown-issuer");
    }
    if (!issuer.acceptance().algorithms().contains(header.getAlgorithm().getName())) {
      throw new InvalidToken("algorithm-not-allowed");
    }
    Profile profile = ClaimRules.profile(claims, issuer);
    List<String> meantFor = checkTimesAndAudience(claims, issuer, profile);
    return new Unsigned(header, claims, issuer, profile, meantFor);
  }

  /// The caller that the token would make if its signature were good. For explaining only.
  Caller readWithoutSignature(String token) throws InvalidToken {
    checkLength(token);
    checkForm(token);
    return checkAllButSignature(token).caller(token);
  }

  private JWSHeader header(String encoded) throws InvalidToken {
    JWSHeader header = headers.getIfPresent(encoded);
    if (header == null) {
      header = checkHeader(decode(encoded), encoded);
      headers.put(encoded, header);
    }
    return header;
  }

  private static JWSHeader checkHeader(byte[] bytes, String encoded) throws InvalidToken {
    Claims raw = Claims.parse(bytes);
    JWSHeader header;
    try {
      if (!JWSAlgorithm.Family.SIGNATURE.contains(JWSAlgorithm.parse(raw.string("alg")))) {
        throw new InvalidToken("algorithm-not-allowed");
      }
      header = JWSHeader.parse(new Base64URL(encoded));
    } catch (ParseException | IllegalArgumentException e) {
      throw new InvalidToken("malformed");
    }
    if (raw.has("crit") || raw.has("b64") || raw.has("enc") || raw.has("zip")) {
      throw new InvalidToken("malformed");
    }
    String type = raw.optionalString("typ").orElse("JWT");
    if (!TYPES.contains(type.toLowerCase(Locale.ROOT))) {
      throw new InvalidToken("wrong-type");
    }
    String keyId = raw.string("kid");
    if (keyId.isEmpty() || keyId.length() > MAX_KEY_ID || !keyId.equals(header.getKeyID())) {
      throw new InvalidToken("bad-kid");
    }
    return header;
  }

  /// Unsigned as yet, but enough to turn away what would be refused anyway.
  private List<String> checkTimesAndAudience(Claims claims, TrustedIssuer issuer, Profile profile)
      throws InvalidToken {
    Instant now = clock.instant();
    Instant expires = claims.time("exp");
    Instant issued = claims.time("iat");
    Instant notBefore = claims.optionalTime("nbf");
    if (!now.isBefore(expires)) {
      throw new InvalidToken("expired");
    }
    if (issued.isAfter(now.plus(SKEW))) {
      throw new InvalidToken("issued-in-the-future");
    }
    if (notBefore != null && notBefore.isAfter(now.plus(SKEW))) {
      throw new InvalidToken("not-yet-valid");
    }
    if (Duration.between(issued, expires).compareTo(issuer.acceptance().maxLifetime()) > 0) {
      throw new InvalidToken("lives-too-long");
    }
    List<String> meantFor =
        claims.strings("aud", true, 100).orElseThrow(() -> new InvalidToken("missing-aud"));
    if (meantFor.stream().noneMatch(audience -> isOurs(audience, issuer, profile))) {
      throw new InvalidToken("wrong-audience");
    }
    return meantFor;
  }

  private boolean isOurs(String audience, TrustedIssuer issuer, Profile profile) {
    if (forWhomever || audiences.contains(audience)) {
      return true;
    }
    return issuer.acceptance().anyAudience()
        && switch (profile) {
          case WLCG -> audience.equals(WLCG_ANY_AUDIENCE);
          case SCITOKENS -> audience.equals(SCITOKENS_ANY_AUDIENCE);
          case GENERIC -> false;
        };
  }

  private void checkSignature(JWSHeader header, String token, KeySource keys) throws InvalidToken {
    int end = token.lastIndexOf('.');
    byte[] signature = decode(token.substring(end + 1));
    PublicKey key =
        switch (keys.find(header.getKeyID(), header.getAlgorithm().getName())) {
          case KeySource.Answer.Found(PublicKey found) -> found;
          case KeySource.Answer.Unknown() -> throw new InvalidToken("unknown-key");
          case KeySource.Answer.Unavailable(String reason) ->
              throw new InvalidToken("keys-unavailable");
        };
    byte[] signed = token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    try {
      if (!verifier(key).verify(header, signed, Base64URL.encode(signature))) {
        throw new InvalidToken("bad-signature");
      }
    } catch (JOSEException e) {
      throw new InvalidToken("algorithm-not-allowed");
    }
  }

  private JWSVerifier verifier(PublicKey key) throws InvalidToken, JOSEException {
    JWSVerifier verifier = verifiers.getIfPresent(key);
    if (verifier == null) {
      verifier =
          switch (key) {
            case RSAPublicKey rsa -> new RSASSAVerifier(rsa);
            case ECPublicKey ec -> new ECDSAVerifier(ec);
            default -> throw new InvalidToken("algorithm-not-allowed");
          };
      verifiers.put(key, verifier);
    }
    return verifier;
  }

  /// Decodes base64url without padding, refusing the non-canonical forms that would give one token
  /// several spellings.
  private static byte[] decode(String part) throws InvalidToken {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      if (!Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(part)) {
        throw new InvalidToken("malformed");
      }
      return bytes;
    } catch (IllegalArgumentException e) {
      throw new InvalidToken("malformed");
    }
  }
}
