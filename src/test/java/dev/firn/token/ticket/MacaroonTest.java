package dev.firn.token.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MacaroonTest {
  /// The example of libmacaroons' own documentation.
  private static final byte[] SECRET =
      "this is our super secret key; only we should know it".getBytes(StandardCharsets.UTF_8);

  private static final String PLAIN =
      "MDAxY2xvY2F0aW9uIGh0dHA6Ly9teWJhbmsvCjAwMjZpZGVudGlmaWVyIHdlIHVzZWQgb3VyIHNlY3JldCBrZXkK"
          + "MDAyZnNpZ25hdHVyZSDj2eApCFJsTAA5rhURQRXZf91ovyujebNCqvD2F9BVLwo";
  private static final String NARROWED =
      "MDAxY2xvY2F0aW9uIGh0dHA6Ly9teWJhbmsvCjAwMjZpZGVudGlmaWVyIHdlIHVzZWQgb3VyIHNlY3JldCBrZXkK"
          + "MDAxZGNpZCBhY2NvdW50ID0gMzczNTkyODU1OQowMDJmc2lnbmF0dXJlIB7-R2PykNvODB0IR3Nn4R9O7kVq"
          + "ZJM89mLXl3LbuCEoCg";

  @Test
  void speaksAsLibmacaroonsDoes() {
    Macaroon mine = Macaroon.mint("http://mybank/", "we used our secret key", SECRET);
    assertThat(mine.encode()).isEqualTo(PLAIN);
    assertThat(mine.with("account = 3735928559").encode()).isEqualTo(NARROWED);
    Macaroon read = Macaroon.decode(NARROWED);
    assertThat(read.caveats()).containsExactly("account = 3735928559");
    assertThat(read.isSignedWith(SECRET)).isTrue();
    assertThat(read.isSignedWith(new byte[32])).isFalse();
    assertThat(read.toString()).doesNotContain(NARROWED.substring(0, 20));
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest(name = "H1: {0}")
  @ValueSource(
      strings = {
        "",
        "0000",
        "0004",
        "0005\n",
        "ffff",
        "-001location x\n",
        "000elocation x\n",
        "001clocation http://mybank/\n",
        "001clocation http://mybank/\n0000identifier x\n",
        "001clocation http://mybank/\nffffidentifier x\n",
        "0010location x\n\n0011identifier\n",
        "000flocation x\n0011identifier x\n000fsignature x\n"
      })
  void packetsThatLieAreRefused(String packets) {
    assertThatThrownBy(() -> Macaroon.decode(base64(packets)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void otherSpellingsAreRefusedH1() {
    String raw = new String(Base64.getUrlDecoder().decode(PLAIN), StandardCharsets.ISO_8859_1);
    for (String other :
        List.of(
            PLAIN + "=",
            " " + PLAIN,
            PLAIN + "\n",
            NARROWED.replace('-', '+'),
            base64(raw.replace("001c", "001C")),
            base64(raw + "x"),
            base64(raw.substring(0, raw.length() - 1)),
            "A".repeat(1 << 20))) {
      assertThatThrownBy(() -> Macaroon.decode(other)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  /// A bit flipped anywhere is refused or no longer signed; nothing else is ever thrown.
  @Test
  void damageIsNeverAcceptedH1H14() {
    byte[] sound = Base64.getUrlDecoder().decode(NARROWED);
    for (int bit = 0; bit < sound.length * 8; bit++) {
      byte[] hurt = sound.clone();
      hurt[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(opens(Base64.getUrlEncoder().withoutPadding().encodeToString(hurt)))
          .as("bit " + bit)
          .isIn(false, locationOnly(hurt));
    }
  }

  /// The location is a hint and is not signed; a door compares it with its own name.
  private static boolean locationOnly(byte[] bytes) {
    try {
      String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
      return !Macaroon.decode(text).location().equals("http://mybank/");
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean opens(String text) {
    try {
      return Macaroon.decode(text).isSignedWith(SECRET);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Test
  void randomInputIsRefusedQuietlyH1() {
    long seed = Long.getLong("firn.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] sound = Base64.getUrlDecoder().decode(NARROWED);
    for (int i = 0; i < Integer.getInteger("firn.fuzz", 20_000); i++) {
      byte[] bytes = sound.clone();
      for (int j = random.nextInt(6); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      int length = random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length;
      String text =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(java.util.Arrays.copyOf(bytes, length));
      assertThat(opens(text) && !locationOnly(bytes) && !text.equals(NARROWED))
          .as("seed %d, round %d: %s", seed, i, HexFormat.of().formatHex(bytes))
          .isFalse();
    }
  }
}
