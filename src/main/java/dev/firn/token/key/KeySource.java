package dev.firn.token.key;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/// The public keys of one issuer.
///
/// Safe for use by any number of threads; [#find(String, String)] may block for a few seconds while
/// one thread fetches keys, and never fetches more often than its cooldown allows.
public interface KeySource {
  /// Looks for the key that may verify a signature.
  ///
  /// @param keyId the token's `kid`
  /// @param algorithm the token's `alg`, which the key's type and size must fit
  Answer find(String keyId, String algorithm);

  /// The keys in a file of JSON Web Keys, read now and again when the file changes.
  ///
  /// @throws IOException when it cannot be read or holds no usable key
  static KeySource file(Path file) throws IOException {
    return new FileKeys(file);
  }

  /// The keys of a JSON Web Key Set (RFC 7517).
  ///
  /// @throws IllegalArgumentException when it is none, or no key in it is usable
  static KeySource of(String json) {
    try {
      Jwks keys = Jwks.parse(json.getBytes(StandardCharsets.UTF_8), "text");
      return keys::find;
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// The keys that the issuer publishes, found by its discovery document and fetched when the first
  /// token comes. The issuer need not be up now, nor later for up to four days at a time.
  ///
  /// @param executor runs fetches, each of which blocks for the fetcher's time-out at most
  static KeySource discovered(
      String issuer, JwksFetcher fetcher, InstantSource clock, Executor executor) {
    return new RemoteKeys(issuer, fetcher, clock, executor);
  }

  /// The outcome of looking for a key.
  sealed interface Answer {
    record Found(PublicKey key) implements Answer {}

    /// The issuer's keys are known and this is none of them, or it does not fit the algorithm.
    record Unknown() implements Answer {}

    /// The issuer's keys cannot be had just now.
    record Unavailable(String reason) implements Answer {}
  }
}
