package dev.firn.token;

import java.security.PublicKey;

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

  /// The outcome of looking for a key.
  sealed interface Answer {
    record Found(PublicKey key) implements Answer {}

    /// The issuer's keys are known and this is none of them, or it does not fit the algorithm.
    record Unknown() implements Answer {}

    /// The issuer's keys cannot be had just now.
    record Unavailable(String reason) implements Answer {}
  }
}
