package dev.firn.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyUse;
import dev.firn.token.file.SecretFile;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Keys of one kind of an issuer on disk, each a private JSON Web Key in a file of mode 0600:
/// `current.jwk` signs, `next.jwk` is published and will sign, `retired-KID.jwk` holds the public
/// half of a key that signed before.
final class KeyFiles {
  private static final String CURRENT = "current.jwk";
  private static final String NEXT = "next.jwk";
  private static final int KEY_ID_LENGTH = 16;

  private final Path directory;
  private final KeyKind kind;

  KeyFiles(Path directory, KeyKind kind) throws IOException {
    this.directory = directory;
    this.kind = kind;
    Files.createDirectories(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
  }

  /// All keys as they are; the first signs, the second is next.
  record Keys(JWK current, JWK next, List<JWK> retired) {}

  /// Reads the keys, making those that are missing.
  Keys load(Instant now) throws IOException {
    JWK current = loadOrMake(CURRENT, now);
    JWK next = loadOrMake(NEXT, now);
    if (next.getKeyID().equals(current.getKeyID())) {
      // A rotation was cut between its two steps: what was next signs already.
      next = make(now);
      write(NEXT, next.toJSONString());
    }
    List<JWK> retired = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "retired-*.jwk")) {
      for (Path file : files) {
        JWK key = read(file);
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
    JWK old = keys.current().toPublicJWK();
    write("retired-" + old.getKeyID() + ".jwk", stamped(old, now).toJSONString());
    // From here on `iat` counts the time a key has been signing, by which the next rotation is due.
    write(CURRENT, stamped(keys.next(), now).toJSONString());
    write(NEXT, make(now).toJSONString());
    return load(now);
  }

  void forget(JWK retired) throws IOException {
    Files.deleteIfExists(directory.resolve("retired-" + retired.getKeyID() + ".jwk"));
  }

  private JWK loadOrMake(String name, Instant now) throws IOException {
    Path file = directory.resolve(name);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      write(name, make(now).toJSONString());
    }
    JWK key = read(file);
    if (!key.isPrivate()) {
      throw new IOException("key file " + file + " has no private key");
    }
    return key;
  }

  private JWK read(Path file) throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
    if (!SecretFile.OWNER_ONLY.containsAll(mode)) {
      throw new IOException("key file " + file + " may be read by others; chmod 600 it");
    }
    try {
      JWK key = JWK.parse(Files.readString(file));
      if (kind.type.equals(key.getKeyType())) {
        return key;
      }
      throw new IOException("key file " + file + " has no key for " + kind.algorithm);
    } catch (ParseException | IllegalArgumentException e) {
      throw new IOException("key file " + file + " is damaged"); // the cause may quote the key
    }
  }

  private static JWK stamped(JWK key, Instant now) {
    return with(key, "iat", now.getEpochSecond());
  }

  private static JWK with(JWK key, String member, Object value) {
    Map<String, Object> members = key.toJSONObject();
    members.put(member, value);
    try {
      return JWK.parse(members);
    } catch (ParseException e) {
      throw new IllegalStateException("a key of ours does not parse"); // the cause may quote it
    }
  }

  private JWK make(Instant now) {
    try {
      JWK key =
          kind.generator()
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(kind.algorithm)
              .issueTime(Date.from(now))
              .generate();
      return with(key, "kid", key.computeThumbprint().toString().substring(0, KEY_ID_LENGTH));
    } catch (JOSEException e) {
      throw new IllegalStateException("every JDK makes such keys", e);
    }
  }

  private void write(String name, String text) throws IOException {
    SecretFile.replace(directory.resolve(name), text);
  }
}
