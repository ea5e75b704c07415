package dev.firn.server.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ThrowAwayAuthorityTest {
  private static final Instant NOW = Instant.parse("2026-11-23T00:00:00Z");

  @TempDir Path dir;

  @Test
  void certificatesNameLoopbackOnlyAndVerify() throws Exception {
    ThrowAwayAuthority authority = ThrowAwayAuthority.in(dir.resolve("ca"), NOW);
    authority.issueHost(dir.resolve("tls"), NOW);
    X509Certificate host = read(dir.resolve("tls/host.pem"));
    host.verify(read(authority.certificateFile()).getPublicKey());
    assertThat(host.getSubjectAlternativeNames().stream().map(n -> n.get(1).toString()))
        .containsExactly("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1");
    assertThat(Files.readString(dir.resolve("tls/host.key")))
        .startsWith("-----BEGIN PRIVATE KEY-----");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(dir.resolve("ca/ca.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aSecondStartKeepsWhatIsThereUntilItIsAboutToExpire() throws IOException {
    ThrowAwayAuthority.in(dir, NOW).issueHost(dir, NOW);
    String first = Files.readString(dir.resolve("host.pem"));
    ThrowAwayAuthority.in(dir, NOW).issueHost(dir, NOW);
    assertThat(Files.readString(dir.resolve("host.pem"))).isEqualTo(first);
    Instant later = NOW.plus(Duration.ofDays(350));
    ThrowAwayAuthority.in(dir, later).issueHost(dir, later);
    assertThat(Files.readString(dir.resolve("host.pem"))).isNotEqualTo(first);
  }

  private static X509Certificate read(Path pem) throws Exception {
    try (InputStream in = Files.newInputStream(pem)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }
}
