package dev.firn.issuer.account;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// Argon2id (RFC 9106) with 19 MiB, two passes and one lane, kept as PHC strings:
/// `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. What is kept says how it was made, so that a later
/// version can make new ones costlier.
final class Passwords {
  private static final int MEMORY_KIB = 19_456;
  private static final int PASSES = 2;
  private static final int LANES = 1;
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Pattern KEPT =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})"
              + "\\$([A-Za-z0-9+/]{8,128})\\$([A-Za-z0-9+/]{16,128})");
  private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();

  private final SecureRandom random = new SecureRandom();

  /// Stands in for the hash of somebody who has no account, so that he is refused no faster.
  private final String nobody = hash("nobody");

  String hash(String password) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    byte[] hash = argon2(password, salt, new int[] {MEMORY_KIB, PASSES, LANES}, HASH_BYTES);
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            MEMORY_KIB, PASSES, LANES, ENCODER.encodeToString(salt), ENCODER.encodeToString(hash));
  }

  /// Whether `password` is the one of which `kept` was made.
  boolean matches(String password, String kept) {
    Matcher parts = KEPT.matcher(kept);
    if (!parts.matches()) {
      throw new IllegalStateException("a password is kept in an unknown form");
    }
    byte[] hash = Base64.getDecoder().decode(parts.group(5));
    int[] cost = {
      Integer.parseInt(parts.group(1)),
      Integer.parseInt(parts.group(2)),
      Integer.parseInt(parts.group(3))
    };
    byte[] again = argon2(password, Base64.getDecoder().decode(parts.group(4)), cost, hash.length);
    return MessageDigest.isEqual(hash, again);
  }

  /// Takes as long as [#matches] for somebody who has no account.
  void compareWithNobody(String password) {
    matches(password, nobody);
  }

  private static byte[] argon2(String password, byte[] salt, int[] cost, int length) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost[0])
            .withIterations(cost[1])
            .withParallelism(cost[2])
            .withSalt(salt)
            .build());
    byte[] hash = new byte[length];
    generator.generateBytes(password.getBytes(StandardCharsets.UTF_8), hash);
    return hash;
  }
}
