package dev.firn.token;

/// What was taken back before it ran out. Asked on every request, after the cache of verified
/// tokens, so that a revocation works at once.
@FunctionalInterface
public interface Revocations {
  /// Nothing is revoked.
  Revocations NONE = caller -> false;

  /// Whether the caller's token, subject, client, key or issuer was revoked. Must not block.
  boolean isRevoked(Caller caller);
}
