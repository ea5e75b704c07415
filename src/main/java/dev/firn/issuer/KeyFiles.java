package dev.firn.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;

/// The issuer's keys on disk, each a private JSON Web Key in a file of mode 0600: `current.jwk`
/// signs, `next.jwk` is published and will sign, `retired-KID.jwk` holds the public half of a key
/// that signed before.
final class KeyFiles {
  private static final String CURRENT = "current.jwk";
  private static final String NEXT = "next.jwk";
  private static final int BITS = 2048;
  private static final int KEY_ID_LENGTH = 16;

  private final Path directory;

  KeyFiles(Path directory) throws IOException {
    this.directory = directory;
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /// All keys as they are; the first signs, the second is next.
  record Keys(RSAKey current, RSAKey next, List<RSAKey> retired) {}

  /// Reads the keys, making those that are missing.
  Keys load(Instant now) throws IOException {
    RSAKey current = loadOrMake(CURRENT, now);
    RSAKey next = loadOrMake(NEXT, now);
    if (next.getKeyID().equals(current.getKeyID())) {
      // A rotation was cut between its two steps: what was next signs already.
      next = make(now);
      write(NEXT, next.toJSONString());
    }
    List<RSAKey> retired = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "retired-*.jwk")) {
      for (Path file : files) {
        RSAKey key = read(file);
        // A rotation cut after its first step leaves a key that is retired and signs still.
        if (!key.getKeyID().equals(current.getKeyID())) {
          retired.add(key);
        }
      }
    }
    return new Keys(current, next, List.copyOf(retired));
  }

  /// Lets `next` sign. A crash between any two steps leaves keys that [#load] makes whole.
  Keys rotate(Keys keys, Instant now) throws IOException {
    RSAKey old = keys.current().toPublicJWK();
    RSAKey stamped = new RSAKey.Builder(old).issueTime(Date.from(now)).build();
    write("retired-" + old.getKeyID() + ".jwk", stamped.toJSONString());
    // From here on `iat` counts the time a key has been signing, by which the next rotation is due.
    RSAKey signing = new RSAKey.Builder(keys.next()).issueTime(Date.from(now)).build();
    write(CURRENT, signing.toJSONString());
    write(NEXT, make(now).toJSONString());
    return load(now);
  }

  void forget(RSAKey retired) throws IOException {
    Files.deleteIfExists(directory.resolve("retired-" + retired.getKeyID() + ".jwk"));
  }

  private RSAKey loadOrMake(String name, Instant now) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      write(name, make(now).toJSONString());
    }
    RSAKey key = read(file);
    if (!key.isPrivate()) {
      throw new IOException("key file " + file + " has no private key");
    }
    return key;
  }

  private static RSAKey read(Path file) throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    if (!SecretFile.OWNER_ONLY.containsAll(mode)) {
      throw new IOException("key file " + file + " may be read by others; chmod 600 it");
    }
    try {
      return RSAKey.parse(Files.readString(file));
    } catch (ParseException | IllegalArgumentException e) {
      throw new IOException("key file " + file + " is damaged"); // the cause may quote the key
    }
  }

  private static RSAKey make(Instant now) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(BITS);
      KeyPair pair = generator.generateKeyPair();
      RSAKey key =
          new RSAKey.Builder((RSAPublicKey) pair.getPublic())
              .privateKey(pair.getPrivate())
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(JWSAlgorithm.RS256)
              .issueTime(Date.from(now))
              .build();
      String id = key.computeThumbprint().toString().substring(0, KEY_ID_LENGTH);
      return new RSAKey.Builder(key).keyID(id).build();
    } catch (NoSuchAlgorithmException | JOSEException e) {
      throw new IllegalStateException("every JDK makes RSA keys", e);
    }
  }

  private void write(String name, String text) throws IOException {
    SecretFile.replace(directory.resolve(name), text);
  }
}
