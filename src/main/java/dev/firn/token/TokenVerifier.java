package dev.firn.token;

import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// Verifies bearer tokens.
final class TokenVerifier {
  TokenVerifier(
      List<TrustedIssuer> issuers,
      Set<String> audiences,
      Revocations revocations,
      InstantSource clock) {}

  Caller verify(String token) {
    throw Challenges.invalidToken("unknown-issuer");
  }
}
