package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import java.util.List;
import org.junit.jupiter.api.Test;

class DigestHeadersTest {
  @Test
  void wantedAlgorithmsComeBestFirst() {
    assertThat(DigestHeaders.wantDigest(List.of("md5;q=0.3, adler32;q=1", "sha-256;q=0.5, whirl")))
        .containsExactly(
            ChecksumAlgorithm.ADLER32, ChecksumAlgorithm.SHA256, ChecksumAlgorithm.MD5);
    assertThat(DigestHeaders.wantDigest(List.of("adler32,sha-512")))
        .containsExactly(ChecksumAlgorithm.SHA512, ChecksumAlgorithm.ADLER32);
    assertThat(DigestHeaders.wantReprDigest(List.of("sha-256=0, sha-512=3, adler=10")))
        .containsExactly(ChecksumAlgorithm.ADLER32, ChecksumAlgorithm.SHA512);
  }

  @Test
  void adler32KeepsItsLeadingZeros() {
    Checksum checksum = Checksum.of(ChecksumAlgorithm.ADLER32, 0x91e01deL);
    assertThat(DigestHeaders.digest(checksum)).isEqualTo("adler32=091e01de");
    assertThat(DigestHeaders.parseDigest(List.of("ADLER32=91e01de"))).containsExactly(checksum);
    assertThat(DigestHeaders.parseReprDigest(List.of(DigestHeaders.reprDigest(checksum))))
        .containsExactly(checksum);
  }

  @Test
  void othersAreBase64AndHexIsUnderstood() {
    Checksum md5 = new Checksum(ChecksumAlgorithm.MD5, "d41d8cd98f00b204e9800998ecf8427e");
    assertThat(DigestHeaders.digest(md5)).isEqualTo("md5=1B2M2Y8AsgTpgAmY7PhCfg==");
    assertThat(
            DigestHeaders.parseDigest(
                List.of("md5=1B2M2Y8AsgTpgAmY7PhCfg==", "md5=D41D8CD98F00B204E9800998ECF8427E")))
        .containsExactly(md5, md5);
  }

  @Test
  void malformedValuesAreRefused() {
    for (String bad : List.of("adler32=xyz", "md5=abc", "sha-256=AAAA", "adler32=", "crc32c=1")) {
      assertThatThrownBy(() -> DigestHeaders.parseDigest(List.of(bad)))
          .as(bad)
          .isInstanceOf(HttpProblem.class);
    }
    assertThatThrownBy(() -> DigestHeaders.parseReprDigest(List.of("sha-256=abc")))
        .isInstanceOf(HttpProblem.class);
  }
}
