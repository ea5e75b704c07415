package dev.firn.http;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// A host's certificate chain and private key in PEM files, and the TLS context made of them.
final class CertificateFiles {
  private static final char[] NO_PASSWORD = new char[0];

  private final Path certificate;
  private final Path key;
  private final SslContextFactory.Server context = new SslContextFactory.Server();
  private List<FileTime> loaded;
  private Instant ends;

  CertificateFiles(Path certificate, Path key) throws IOException {
    this.certificate = certificate;
    this.key = key;
    this.loaded = modified();
    List<X509Certificate> chain = chain();
    this.ends = ends(chain);
    context.setKeyStore(keyStore(chain));
    context.setKeyStorePassword("");
    context.setSniRequired(false);
    context.setIncludeProtocols("TLSv1.2", "TLSv1.3");
    context.setExcludeCipherSuites(".*CBC.*", ".*_RSA_WITH_.*(?<!GCM)_SHA$", "^TLS_RSA_.*");
  }

  SslContextFactory.Server contextFactory() {
    return context;
  }

  /// @return whether the files had changed and are now in use
  synchronized boolean reload() throws IOException {
    List<FileTime> now = modified();
    if (now.equals(loaded)) {
      return false;
    }
    List<X509Certificate> chain = chain();
    KeyStore fresh = keyStore(chain);
    try {
      context.reload(factory -> factory.setKeyStore(fresh));
    } catch (Exception e) {
      throw new IOException("cannot use " + certificate + ": " + e.getMessage(), e);
    }
    loaded = now;
    ends = ends(chain);
    return true;
  }

  /// When the first certificate of the chain in use ends to be good.
  synchronized Instant ends() {
    return ends;
  }

  private static Instant ends(List<X509Certificate> chain) {
    return chain.getFirst().getNotAfter().toInstant();
  }

  private List<FileTime> modified() throws IOException {
    return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
  }

  private List<X509Certificate> chain() throws IOException {
    List<X509Certificate> chain = certificates(certificate);
    if (chain.isEmpty()) {
      throw new IOException(certificate + " holds no certificate");
    }
    return chain;
  }

  private KeyStore keyStore(List<X509Certificate> chain) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, NO_PASSWORD);
      store.setKeyEntry("host", privateKey(key), NO_PASSWORD, chain.toArray(Certificate[]::new));
      return store;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "cannot use " + certificate + " with " + key + ": " + e.getMessage(), e);
    }
  }

  /// All certificates of a PEM file, in order.
  static List<X509Certificate> certificates(Path file) throws IOException {
    List<X509Certificate> found = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      for (Object item = parser.readObject(); item != null; item = parser.readObject()) {
        if (item instanceof X509CertificateHolder holder) {
          found.add(new JcaX509CertificateConverter().getCertificate(holder));
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IOException(file + " is not a PEM certificate: " + e.getMessage(), e);
    }
    return found;
  }

  private static PrivateKey privateKey(Path file) throws IOException {
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    try (Reader reader = Files.newBufferedReader(file);
        PEMParser parser = new PEMParser(reader)) {
      for (Object item = parser.readObject(); item != null; item = parser.readObject()) {
        if (item instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
        if (item instanceof PEMKeyPair pair) {
          return converter.getPrivateKey(pair.getPrivateKeyInfo());
        }
      }
    }
    throw new IOException(file + " holds no private key that is not encrypted");
  }
}
