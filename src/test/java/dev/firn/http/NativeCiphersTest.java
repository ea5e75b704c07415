package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class NativeCiphersTest {
  @Test
  void whatTheyEncryptTheJdkDecrypts() throws Exception {
    NativeCiphers.offer();
    Random random = new Random(1);
    for (int length : new int[] {0, 1, 16, 255, 16_384, 100_000}) {
      byte[] key = bytes(random, 16);
      byte[] nonce = bytes(random, 12);
      byte[] plain = bytes(random, length);
      byte[] sealed = run(Cipher.getInstance("AES/GCM/NoPadding"), 1, key, nonce, plain);
      Cipher jdk = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
      assertThat(run(jdk, 2, key, nonce, sealed)).isEqualTo(plain);
    }
  }

  @Test
  void whatTheySignTheJdkVerifies() throws Exception {
    NativeCiphers.offer();
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    KeyPair keys = generator.generateKeyPair();
    byte[] text = bytes(new Random(2), 500);
    Signature signing = Signature.getInstance("SHA256withRSA");
    signing.initSign(keys.getPrivate());
    signing.update(text);
    byte[] signature = signing.sign();
    for (String provider : new String[] {"SunRsaSign", signing.getProvider().getName()}) {
      Signature verifying = Signature.getInstance("SHA256withRSA", provider);
      verifying.initVerify(keys.getPublic());
      verifying.update(text);
      assertThat(verifying.verify(signature)).as(provider).isTrue();
      verifying.update(text, 0, text.length - 1);
      assertThat(verifying.verify(signature)).as(provider).isFalse();
    }
  }

  @Test
  void everythingElseStaysTheJdks() throws Exception {
    NativeCiphers.offer();
    assertThat(MessageDigest.getInstance("SHA-512").getProvider().getName()).isEqualTo("SUN");
    assertThat(Cipher.getInstance("AES/CBC/PKCS5Padding").getProvider().getName())
        .isEqualTo("SunJCE");
  }

  private static byte[] bytes(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] run(Cipher cipher, int mode, byte[] key, byte[] nonce, byte[] in)
      throws Exception {
    cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
    return cipher.doFinal(in);
  }
}
