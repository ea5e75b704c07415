package dev.firn.token.revocation;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

/// One thing taken back, without its name: what a list of revocations holds and publishes.
///
/// Subjects and clients are people and machines, and the list is public, so it names each by a
/// digest that only somebody who holds the name can compare.
///
/// @param digest of kind, issuer and value, as [#digest] makes it
/// @param issuedBefore only tokens issued before this are stopped; [Instant#MAX] stops all
/// @param forgotten when every token concerned has run out; [Instant#MAX] for never
public record Revocation(Kind kind, String digest, Instant issuedBefore, Instant forgotten) {

  /// What is taken back.
  public enum Kind {
    /// One token, by its `jti`.
    TOKEN,
    /// All tokens of a subject.
    SUBJECT,
    /// All tokens that went to a client.
    CLIENT,
    /// All tokens signed with a key, by its `kid`.
    KEY,
    /// All tokens of an issuer; the value is empty.
    ISSUER;

    /// The word used on the wire and on the command line: `subject`.
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<Kind> ofLabel(String label) {
      for (Kind kind : values()) {
        if (kind.label().equals(label)) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  /// A revocation of `value`, the `jti`, `sub`, `client_id` or `kid`, of an issuer.
  public static Revocation of(
      Kind kind, String issuer, String value, Instant issuedBefore, Instant forgotten) {
    return new Revocation(kind, digest(kind, issuer, value), issuedBefore, forgotten);
  }

  /// SHA-256 over the three, each ended by a line feed (which none of them can hold), in base64url.
  static String digest(Kind kind, String issuer, String value) {
    String text = kind.label() + "\n" + issuer + "\n" + value + "\n";
    try {
      byte[] sum =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(sum);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
