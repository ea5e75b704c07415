package dev.firn.issuer;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;

/// A configured client of the issuer, such as a site's agent, that may have tokens in its own name.
///
/// @param secretSha256 hex SHA-256 of a secret of at least 256 random bits; the secret itself is
///   known to the client only
/// @param scopes what it may have at most
/// @param audiences the servers its tokens may be for
public record IssuerClient(
    String id,
    String secretSha256,
    List<String> scopes,
    List<String> audiences,
    Duration maxLifetime) {
  public IssuerClient {
    scopes = List.copyOf(scopes);
    audiences = List.copyOf(audiences);
    if (HexFormat.of().parseHex(secretSha256).length != 32) {
      throw new IllegalArgumentException("client " + id + ": not a SHA-256 in hex");
    }
    // What a token request would refuse is refused when it is configured.
    new TokenRequest(id, id, audiences, scopes, maxLifetime);
  }

  /// Compares in time that does not depend on the secret.
  boolean hasSecret(String secret) {
    return MessageDigest.isEqual(sha256(secret), HexFormat.of().parseHex(secretSha256));
  }

  private static byte[] sha256(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
