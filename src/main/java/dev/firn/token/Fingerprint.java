package dev.firn.token;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The SHA-256 of a text, by which a token is recognised without being kept.
record Fingerprint(long first, long second, long third, long fourth) {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /// Never fed: looking the algorithm up costs a third of a digest, a copy next to nothing.
  private static final MessageDigest EMPTY = sha256();

  static Fingerprint of(String text) {
    byte[] hash = copy().digest(text.getBytes(StandardCharsets.UTF_8));
    return new Fingerprint(
        (long) LONGS.get(hash, 0),
        (long) LONGS.get(hash, 8),
        (long) LONGS.get(hash, 16),
        (long) LONGS.get(hash, 24));
  }

  /// Every bit of a SHA-256 is as good as another.
  @Override
  public int hashCode() {
    return (int) first;
  }

  private static MessageDigest copy() {
    try {
      return (MessageDigest) EMPTY.clone();
    } catch (CloneNotSupportedException e) {
      return sha256(); // a provider of another make
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
