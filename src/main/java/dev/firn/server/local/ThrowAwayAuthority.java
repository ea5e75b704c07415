package dev.firn.server.local;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A certificate authority for one machine, for demos and for `firn serve --here`.
///
/// Its key never leaves its directory and its certificates name only loopback addresses, so
/// trusting it trusts nothing beyond this machine. An existing authority in the directory is used
/// again.
public final class ThrowAwayAuthority {
  private static final Duration LIFE = Duration.ofDays(365);
  private static final List<GeneralName> LOOPBACK =
      List.of(
          new GeneralName(GeneralName.dNSName, "localhost"),
          new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
          new GeneralName(GeneralName.iPAddress, "::1"));

  private final Path directory;
  private final X509Certificate certificate;
  private final PrivateKey key;

  private ThrowAwayAuthority(Path directory, X509Certificate certificate, PrivateKey key) {
    this.directory = directory;
    this.certificate = certificate;
    this.key = key;
  }

  /// Opens the authority in `directory`, creating it when there is none or it is about to expire.
  public static ThrowAwayAuthority in(Path directory, Instant now) throws IOException {
    Files.createDirectories(directory);
    Path pem = directory.resolve("ca.pem");
    Path keyFile = directory.resolve("ca.key");
    try {
      if (Files.exists(pem) && Files.exists(keyFile) && !expiresSoon(pem, now)) {
        return new ThrowAwayAuthority(directory, readCertificate(pem), readKey(keyFile));
      }
      KeyPair pair = newPair();
      // A name of its own: clients that hash subjects to file names keep several authorities apart.
      X500Principal name =
          new X500Principal(
              "O=Firn, CN=Throw-away CA " + Long.toHexString(serial().longValue() >>> 32));
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              name,
              serial(),
              Date.from(now.minusSeconds(300)),
              Date.from(now.plus(LIFE)),
              name,
              pair.getPublic());
      JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
      builder.addExtension(
          Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
      builder.addExtension(
          Extension.subjectKeyIdentifier,
          false,
          extensions.createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate made = sign(builder, pair.getPrivate());
      writePem(keyFile, pair.getPrivate());
      writePem(pem, made);
      return new ThrowAwayAuthority(directory, made, pair.getPrivate());
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("no throw-away certificate authority in " + directory, e);
    }
  }

  /// The authority's certificate, for clients to trust.
  public Path certificateFile() {
    return directory.resolve("ca.pem");
  }

  /// Writes `host.pem` and `host.key` into `target` unless they are there and last.
  public void issueHost(Path target, Instant now) throws IOException {
    Path pem = target.resolve("host.pem");
    Path keyFile = target.resolve("host.key");
    try {
      if (Files.exists(pem) && Files.exists(keyFile) && !expiresSoon(pem, now) && issued(pem)) {
        return;
      }
      Files.createDirectories(target);
      KeyPair pair = newPair();
      JcaX509v3CertificateBuilder builder =
          new JcaX509v3CertificateBuilder(
              certificate.getSubjectX500Principal(),
              serial(),
              Date.from(now.minusSeconds(300)),
              Date.from(now.plus(LIFE).minusSeconds(60)),
              new X500Principal("O=Firn, CN=localhost"),
              pair.getPublic());
      JcaX509ExtensionUtils extensions = new JcaX509ExtensionUtils();
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(
          Extension.keyUsage,
          true,
          new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(LOOPBACK.toArray(GeneralName[]::new)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          extensions.createAuthorityKeyIdentifier(certificate));
      X509Certificate made = sign(builder, key);
      writePem(keyFile, pair.getPrivate());
      writePem(pem, made);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("no throw-away certificate in " + target, e);
    }
  }

  private boolean issued(Path pem) throws IOException, GeneralSecurityException {
    try {
      readCertificate(pem).verify(certificate.getPublicKey());
      return true;
    } catch (SignatureException | InvalidKeyException e) {
      return false;
    }
  }

  private static boolean expiresSoon(Path pem, Instant now)
      throws IOException, GeneralSecurityException {
    return readCertificate(pem).getNotAfter().toInstant().isBefore(now.plus(Duration.ofDays(30)));
  }

  private static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    return generator.generateKeyPair();
  }

  private static BigInteger serial() {
    return new BigInteger(120, new SecureRandom()).setBit(119);
  }

  private static X509Certificate sign(JcaX509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException, CertIOException {
    X509CertificateHolder holder =
        builder.build(new JcaContentSignerBuilder("SHA256withRSA").build(key));
    return new JcaX509CertificateConverter().getCertificate(holder);
  }

  private static X509Certificate readCertificate(Path pem)
      throws IOException, GeneralSecurityException {
    try (Reader reader = Files.newBufferedReader(pem);
        PEMParser parser = new PEMParser(reader)) {
      if (parser.readObject() instanceof X509CertificateHolder holder) {
        return new JcaX509CertificateConverter().getCertificate(holder);
      }
      throw new IOException(pem + ": not a certificate");
    }
  }

  private static PrivateKey readKey(Path pem) throws IOException {
    try (Reader reader = Files.newBufferedReader(pem);
        PEMParser parser = new PEMParser(reader)) {
      if (parser.readObject() instanceof PrivateKeyInfo key) {
        return new JcaPEMKeyConverter().getPrivateKey(key);
      }
      throw new IOException(pem + ": not a private key");
    }
  }

  /// Writes whole or not at all, readable by the owner only when it is a key.
  private static void writePem(Path file, Object content) {
    try {
      Path next = file.resolveSibling(file.getFileName() + ".new");
      Files.deleteIfExists(next);
      String mode = content instanceof PrivateKey ? "rw-------" : "rw-r--r--";
      Files.createFile(
          next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
      try (Writer out = Files.newBufferedWriter(next, StandardCharsets.US_ASCII);
          JcaPEMWriter pem = new JcaPEMWriter(out)) {
        pem.writeObject(
            content instanceof PrivateKey key ? new JcaPKCS8Generator(key, null) : content);
      }
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
