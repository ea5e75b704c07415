package dev.firn.token.ticket;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A macaroon in the first wire format of libmacaroons, which dCache, XRootD, gfal2 and pymacaroons
/// speak: packets of four hexadecimal digits of length, a key, a space, a value and a line feed,
/// all in base64url without padding. First-party caveats only.
///
/// The codec is strict: whatever it would not write itself it refuses with
/// [IllegalArgumentException], so that a macaroon has one spelling.
public final class Macaroon {
  private static final byte[] GENERATOR =
      "macaroons-key-generator".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_LENGTH = 8192;
  private static final int MAX_CAVEATS = 64;
  private static final int SIGNATURE = 32;

  private final String location;
  private final String identifier;
  private final List<String> caveats;
  private final byte[] signature;

  private Macaroon(String location, String identifier, List<String> caveats, byte[] signature) {
    this.location = location;
    this.identifier = identifier;
    this.caveats = List.copyOf(caveats);
    this.signature = signature;
  }

  /// A macaroon without caveats, which only the holder of `secret` can make or verify.
  public static Macaroon mint(String location, String identifier, byte[] secret) {
    return new Macaroon(location, identifier, List.of(), root(identifier, secret));
  }

  private static byte[] root(String identifier, byte[] secret) {
    return hmac(hmac(GENERATOR, secret), identifier.getBytes(StandardCharsets.UTF_8));
  }

  /// The same, narrowed by one more caveat; needs no secret.
  public Macaroon with(String caveat) {
    if (caveats.size() >= MAX_CAVEATS) {
      throw new IllegalArgumentException("a macaroon has at most " + MAX_CAVEATS + " caveats");
    }
    List<String> more = new ArrayList<>(caveats);
    more.add(caveat);
    byte[] next = hmac(signature, caveat.getBytes(StandardCharsets.UTF_8));
    return new Macaroon(location, identifier, more, next);
  }

  /// Whether it and all its caveats come from one that was minted with `secret`.
  public boolean isSignedWith(byte[] secret) {
    byte[] expected = root(identifier, secret);
    for (String caveat : caveats) {
      expected = hmac(expected, caveat.getBytes(StandardCharsets.UTF_8));
    }
    return MessageDigest.isEqual(expected, signature);
  }

  public String location() {
    return location;
  }

  public String identifier() {
    return identifier;
  }

  public List<String> caveats() {
    return caveats;
  }

  /// The first 16 hex digits of SHA-256 over the signature, which name it in logs.
  public String fingerprint() {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(signature);
      return HexFormat.of().formatHex(sum, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// The wire form.
  ///
  /// @throws IllegalArgumentException when it would be longer than 8,192 characters
  public String encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    packet(out, "location", location.getBytes(StandardCharsets.UTF_8));
    packet(out, "identifier", identifier.getBytes(StandardCharsets.UTF_8));
    caveats.forEach(caveat -> packet(out, "cid", caveat.getBytes(StandardCharsets.UTF_8)));
    packet(out, "signature", signature);
    String text = Base64.getUrlEncoder().withoutPadding().encodeToString(out.toByteArray());
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("the macaroon would be too long");
    }
    return text;
  }

  private static void packet(ByteArrayOutputStream out, String key, byte[] value) {
    int length = 4 + key.length() + 1 + value.length + 1;
    if (length > 0xffff) {
      throw new IllegalArgumentException("a part of the macaroon is too long");
    }
    out.writeBytes("%04x%s ".formatted(length, key).getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(value);
    out.write('\n');
  }

  /// Reads the wire form; the signature is not checked.
  ///
  /// @throws IllegalArgumentException when it is not exactly what [#encode()] writes; the message
  ///   holds nothing of it
  public static Macaroon decode(String text) {
    if (text.length() > MAX_LENGTH) {
      throw new IllegalArgumentException("too long for a macaroon");
    }
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    Packets packets = new Packets(bytes);
    String location = text(packets.next("location"));
    String identifier = text(packets.next("identifier"));
    List<String> caveats = new ArrayList<>();
    while (packets.nextIs("cid")) {
      if (caveats.size() == MAX_CAVEATS) {
        throw new IllegalArgumentException("too many caveats");
      }
      caveats.add(text(packets.next("cid")));
    }
    byte[] signature = packets.next("signature");
    if (signature.length != SIGNATURE || packets.left() > 0) {
      throw new IllegalArgumentException("not a macaroon");
    }
    Macaroon read = new Macaroon(location, identifier, caveats, signature);
    if (!read.encode().equals(text)) {
      throw new IllegalArgumentException("a macaroon in another spelling");
    }
    return read;
  }

  private static String text(byte[] value) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(value))
          .toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("not UTF-8", e);
    }
  }

  /// Walks over packets, each of which must lie within the bytes.
  private static final class Packets {
    private final byte[] bytes;
    private int at;

    Packets(byte[] bytes) {
      this.bytes = bytes;
    }

    int left() {
      return bytes.length - at;
    }

    boolean nextIs(String key) {
      int length = key.length() + 1;
      return left() >= 4 + length
          && new String(bytes, at + 4, length, StandardCharsets.ISO_8859_1).equals(key + " ");
    }

    byte[] next(String key) {
      if (!nextIs(key)) {
        throw new IllegalArgumentException("not a macaroon");
      }
      int length = 0;
      for (int i = at; i < at + 4; i++) {
        int digit = Character.digit(bytes[i], 16);
        if (digit < 0) {
          throw new IllegalArgumentException("not a macaroon");
        }
        length = length * 16 + digit;
      }
      int from = at + 4 + key.length() + 1;
      int to = at + length - 1;
      if (to < from || to >= bytes.length || bytes[to] != '\n') {
        throw new IllegalArgumentException("not a macaroon");
      }
      at = to + 1;
      return Arrays.copyOfRange(bytes, from, to);
    }
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(message);
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  /// Never the macaroon itself, which is a secret.
  @Override
  public String toString() {
    return "macaroon " + fingerprint();
  }
}
