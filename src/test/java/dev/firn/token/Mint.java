package dev.firn.token;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import dev.firn.model.LogicalName;
import dev.firn.token.key.KeySource;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/// An issuer under a test's control: it signs whatever header and payload it is given, with the
/// JDK's own signatures, so that what is tested does not make its own input.
public final class Mint {
  public static final String ISSUER = "https://issuer.example";
  public static final String SITE = "https://localhost:8443";
  public static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  public static final JsonMapper JSON = JsonMapper.shared();

  /// Made once: keys are slow to make, and none of these guards anything.
  public static final Mint SHARED = new Mint(ISSUER);

  public static final Mint OTHER = new Mint("https://other.example");

  public final String issuer;
  public final KeyPair rsa;
  public final KeyPair ec;

  public Mint(String issuer) {
    this.issuer = issuer;
    try {
      KeyPairGenerator rsaKeys = KeyPairGenerator.getInstance("RSA");
      rsaKeys.initialize(2048);
      rsa = rsaKeys.generateKeyPair();
      KeyPairGenerator ecKeys = KeyPairGenerator.getInstance("EC");
      ecKeys.initialize(new ECGenParameterSpec("secp256r1"));
      ec = ecKeys.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public RSAKey rsaJwk() {
    return new RSAKey.Builder((RSAPublicKey) rsa.getPublic())
        .keyID("rsa-1")
        .keyUse(KeyUse.SIGNATURE)
        .build();
  }

  public ECKey ecJwk() {
    return new ECKey.Builder(Curve.P_256, (ECPublicKey) ec.getPublic())
        .keyID("ec-1")
        .keyUse(KeyUse.SIGNATURE)
        .build();
  }

  public String jwks() {
    return new JWKSet(List.<JWK>of(rsaJwk(), ecJwk())).toString();
  }

  public TrustedIssuer trusted() {
    return TrustedIssuer.of(issuer, LogicalName.ROOT, KeySource.of(jwks()));
  }

  /// The claims of a good WLCG token with this scope.
  public Map<String, Object> claims(String scope) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("wlcg.ver", "1.0");
    claims.put("iss", issuer);
    claims.put("sub", "7c2f4c1e-user");
    claims.put("aud", SITE);
    claims.put("iat", NOW.getEpochSecond());
    claims.put("nbf", NOW.getEpochSecond() - 60);
    claims.put("exp", NOW.getEpochSecond() + 3600);
    claims.put("jti", UUID.nameUUIDFromBytes(scope.getBytes(StandardCharsets.UTF_8)).toString());
    claims.put("scope", scope);
    return claims;
  }

  public Map<String, Object> claims(String scope, String name, Object value) {
    Map<String, Object> claims = claims(scope);
    claims.put(name, value);
    return claims;
  }

  public Map<String, Object> without(String name) {
    Map<String, Object> claims = claims("storage.read:/");
    claims.remove(name);
    return claims;
  }

  public String token(String scope) {
    return sign(claims(scope));
  }

  public String sign(Map<String, Object> claims) {
    return sign(Map.of("alg", "RS256", "typ", "JWT", "kid", "rsa-1"), claims);
  }

  public String sign(Map<String, Object> header, Map<String, Object> claims) {
    return signText(JSON.writeValueAsString(header), JSON.writeValueAsString(claims));
  }

  /// Signs header and payload as they stand, with RSA unless the header says ES256.
  public String signText(String header, String payload) {
    return signBytes(
        header.getBytes(StandardCharsets.UTF_8), payload.getBytes(StandardCharsets.UTF_8));
  }

  public String signBytes(byte[] header, byte[] payload) {
    String signed = encode(header) + "." + encode(payload);
    boolean es256 = new String(header, StandardCharsets.UTF_8).contains("ES256");
    return signed + "." + encode(es256 ? p1363(signed) : sign("SHA256withRSA", rsa, signed));
  }

  public byte[] p1363(String signed) {
    return sign("SHA256withECDSAinP1363Format", ec, signed);
  }

  public static byte[] sign(String algorithm, KeyPair keys, String signed) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(keys.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  public static String encode(String text) {
    return encode(text.getBytes(StandardCharsets.UTF_8));
  }

  public static byte[] unsigned(BigInteger value) {
    byte[] bytes = value.toByteArray();
    return bytes[0] == 0 && bytes.length > 1 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }
}
