package dev.firn.token;

/// What [AccessPolicy] decided, and why.
public sealed interface AccessDecision {
  /// Allowed.
  ///
  /// @param rule what allowed it, a scope with its base path or a configured rule; its text is for
  ///   people and the audit log, and is not made for every request
  record Granted(Object rule) implements AccessDecision {}

  /// The caller is known and may not: 403.
  ///
  /// @param reason a stable code: `no-matching-scope`, `no-matching-rule`, `outside-area`,
  ///   `above-ceiling`, `denied-by-rule`
  /// @param neededScope the scope, relative to the caller's issuer, that would have been enough
  record Denied(String reason, String neededScope) implements AccessDecision {}

  /// The caller showed no token and the public may not: 401.
  record Unauthenticated() implements AccessDecision {}

  default boolean granted() {
    return this instanceof Granted;
  }
}
