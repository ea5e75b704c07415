package dev.firn.door;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.time.Clock;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// An issuer whose tokens' paths are those of the area, and a door's access that trusts it.
public final class TestTokens {
  static final String AUDIENCE = "https://door.example";
  static final String ISSUER = "https://issuer.example";

  private final RSAKey key;
  private final ECKey quickKey;

  public TestTokens() throws JOSEException {
    key = new RSAKeyGenerator(2048).keyID("k1").generate();
    quickKey = new ECKeyGenerator(Curve.P_256).keyID("k2").generate();
  }

  public Door.Access access() {
    return access(Revocations.NONE);
  }

  /// The same where the issuer is the site's own: its `firn.admin` is an administrator's.
  public Door.Access ownAccess() {
    return access(issuer().asOwn(), Revocations.NONE);
  }

  Door.Access access(Revocations revocations) {
    return access(issuer(), revocations);
  }

  private TrustedIssuer issuer() {
    return TrustedIssuer.of(ISSUER, LogicalName.ROOT, KeySource.of(jwks()));
  }

  private static Door.Access access(TrustedIssuer issuer, Revocations revocations) {
    return new Door.Access(
        new Authenticator(List.of(issuer), Set.of(AUDIENCE), revocations, Clock.systemUTC()),
        AccessPolicy.of(List.of(issuer), List.of()));
  }

  String jwks() {
    return new JWKSet(List.of(key.toPublicJWK(), quickKey.toPublicJWK())).toString();
  }

  /// A token with these scopes, of an hour.
  public String token(String scopes) {
    return token("alice", scopes);
  }

  public String token(String subject, String scopes) {
    try {
      return signed(subject, scopes, JWSAlgorithm.RS256, "k1", new RSASSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  /// As a hub signs tokens for its own transfers.
  String ofTransfer(String scopes) throws JOSEException {
    return signed("firn-transfer", scopes, JWSAlgorithm.ES256, "k2", new ECDSASigner(quickKey));
  }

  private static String signed(
      String subject, String scopes, JWSAlgorithm algorithm, String keyId, JWSSigner signer)
      throws JOSEException {
    Instant now = Instant.now();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .subject(subject)
            .audience(AUDIENCE)
            .issueTime(Date.from(now))
            .notBeforeTime(Date.from(now))
            .expirationTime(Date.from(now.plusSeconds(3600)))
            .jwtID(UUID.randomUUID().toString())
            .claim("wlcg.ver", "1.0")
            .claim("scope", scopes)
            .claim("client_id", "client-of-" + subject)
            .build();
    SignedJWT jwt = new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims);
    jwt.sign(signer);
    return jwt.serialize();
  }

  public String bearer(String scopes) {
    return "Bearer " + token(scopes);
  }
}
