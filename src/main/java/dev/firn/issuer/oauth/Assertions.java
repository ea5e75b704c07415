package dev.firn.issuer.oauth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.firn.token.key.KeySource;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Assertions by which a client proves that it holds a key (`private_key_jwt`, RFC 7523): signed by
/// it, about itself, for this issuer, five minutes long at most, and each good once.
final class Assertions {
  static final String TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

  /// Signatures that are accepted.
  static final List<String> ALGORITHMS = List.of("RS256", "ES256", "PS256", "ES384");

  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final int MAX_LENGTH = 8192;

  /// Where used assertions are kept.
  @FunctionalInterface
  interface Used {
    /// @return whether this one was not used before
    boolean first(String client, String tokenId, Instant expires);
  }

  private final Set<String> audiences;
  private final Used used;
  private final InstantSource clock;

  Assertions(String issuer, Used used, InstantSource clock) {
    this.audiences = Set.of(issuer, issuer + "/auth/token");
    this.used = used;
    this.clock = clock;
  }

  /// The client that an assertion claims to be of; nothing is proven yet.
  String claimedClient(TokenForm form, String assertion) throws OAuthError {
    if (!form.load("client_assertion_type").equals(TYPE)) {
      throw new OAuthError("invalid_request", "client_assertion_type must be " + TYPE);
    }
    try {
      String subject = parse(assertion).getJWTClaimsSet().getSubject();
      return subject == null ? "" : subject;
    } catch (ParseException e) {
      throw Clients.unknown();
    }
  }

  private static SignedJWT parse(String assertion) throws OAuthError, ParseException {
    if (assertion.length() > MAX_LENGTH) {
      throw Clients.unknown();
    }
    return SignedJWT.parse(assertion);
  }

  /// @throws OAuthError `invalid_client` when it proves nothing
  void check(String client, KeySource keys, String assertion) throws OAuthError {
    try {
      SignedJWT token = parse(assertion);
      JWTClaimsSet claims = token.getJWTClaimsSet();
      boolean proven =
          isSignedBy(keys, token)
              && client.equals(claims.getIssuer())
              && client.equals(claims.getSubject())
              && claims.getAudience().size() == 1
              && audiences.contains(claims.getAudience().getFirst());
      String id = claims.getJWTID();
      Date end = claims.getExpirationTime();
      if (!proven || id == null || !isId(id) || end == null) {
        throw Clients.unknown();
      }
      Instant now = clock.instant();
      Instant expires = end.toInstant();
      boolean timely =
          now.isBefore(expires)
              && !expires.isAfter(now.plus(LONGEST).plus(SKEW))
              && hasCome(claims.getIssueTime(), now)
              && hasCome(claims.getNotBeforeTime(), now);
      if (!timely || !used.first(client, id, expires.plus(SKEW))) {
        throw Clients.unknown();
      }
    } catch (ParseException | JOSEException e) {
      throw Clients.unknown();
    }
  }

  private static boolean isId(String text) {
    return !text.isEmpty()
        && text.length() <= 255
        && text.chars().noneMatch(Character::isISOControl);
  }

  private static boolean hasCome(@Nullable Date time, Instant now) {
    return time == null || !time.toInstant().isAfter(now.plus(SKEW));
  }

  private static boolean isSignedBy(KeySource keys, SignedJWT token) throws JOSEException {
    JWSAlgorithm algorithm = token.getHeader().getAlgorithm();
    String keyId = token.getHeader().getKeyID();
    if (keyId == null || !ALGORITHMS.contains(algorithm.getName())) {
      return false;
    }
    if (!(keys.find(keyId, algorithm.getName()) instanceof KeySource.Answer.Found(PublicKey key))) {
      return false;
    }
    JWSVerifier verifier =
        switch (key) {
          case RSAPublicKey rsa -> new RSASSAVerifier(rsa);
          case ECPublicKey ec -> new ECDSAVerifier(ec);
          default -> throw new JOSEException("a key of another kind");
        };
    return token.verify(verifier);
  }
}
