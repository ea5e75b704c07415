package dev.firn.issuer.oauth;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Pattern;

/// Proof Key for Code Exchange (RFC 7636), method S256 only.
final class Pkce {
  private static final Pattern VERIFIER = Pattern.compile("[A-Za-z0-9._~-]{43,128}");
  private static final Pattern CHALLENGE = Pattern.compile("[A-Za-z0-9_-]{43}");

  private Pkce() {}

  static boolean isChallenge(String text) {
    return CHALLENGE.matcher(text).matches();
  }

  static boolean matches(String verifier, String challenge) {
    if (!VERIFIER.matcher(verifier).matches()) {
      return false;
    }
    String made =
        Base64.getUrlEncoder().withoutPadding().encodeToString(IssuerClient.sha256Of(verifier));
    return MessageDigest.isEqual(
        made.getBytes(StandardCharsets.US_ASCII), challenge.getBytes(StandardCharsets.US_ASCII));
  }
}
