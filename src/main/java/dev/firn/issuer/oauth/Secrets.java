package dev.firn.issuer.oauth;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What nobody shall guess: 256 random bits in base64url, kept by their SHA-256.
final class Secrets {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  /// Without vowels, so that no words come out, and without digits, so that none is taken for a
  /// letter (RFC 8628 section 6.1).
  private static final String LETTERS = "BCDFGHJKLMNPQRSTVWXZ";

  private Secrets() {}

  static byte[] randomBytes() {
    byte[] bytes = new byte[32];
    RANDOM.nextBytes(bytes);
    return bytes;
  }

  static String random() {
    return ENCODER.encodeToString(randomBytes());
  }

  static byte[] hash(String secret) {
    return IssuerClient.sha256Of(secret);
  }

  /// The secret after `secret`, which only who knows both `secret` and `seed` can tell.
  static String following(byte[] seed, String secret) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(seed, "HmacSHA256"));
      return ENCODER.encodeToString(mac.doFinal(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  /// Eight letters for a person to type, `BCDF-GHJK`.
  static String userCode() {
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      code.append(LETTERS.charAt(RANDOM.nextInt(LETTERS.length())));
    }
    return code.insert(4, '-').toString();
  }

  /// What a person typed, as [#userCode] writes it: case, spaces and dashes do not matter.
  static String normalUserCode(String typed) {
    StringBuilder letters = new StringBuilder();
    typed
        .chars()
        .map(Character::toUpperCase)
        .filter(c -> LETTERS.indexOf(c) >= 0)
        .limit(16)
        .forEach(c -> letters.append((char) c));
    return letters.length() == 8 ? letters.insert(4, '-').toString() : "";
  }
}
