package dev.firn.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelTest {
  @Test
  void aNameCoversWholeSegmentsOnly() {
    LogicalName foo = LogicalName.parse("/foo");
    assertThat(LogicalName.parse("/foo/bar").startsWith(foo)).isTrue();
    assertThat(foo.startsWith(foo)).isTrue();
    assertThat(LogicalName.parse("/foobar").startsWith(foo)).isFalse();
    assertThat(LogicalName.parse("/foo").startsWith(LogicalName.ROOT)).isTrue();
  }

  @Test
  void runsOfSlashesCountAsOne() {
    assertThat(LogicalName.parse("//a///b/").toString()).isEqualTo("/a/b");
    assertThat(LogicalName.parse("/").isRoot()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "", "/a/../b", "/.", "/a\u0000b", "/a\\b", "/a\nb", "/\ud800"})
  void whatIsNotAPathIsRefused(String path) {
    assertThatThrownBy(() -> LogicalName.parse(path)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void segmentsAndNamesHaveALimit() {
    assertThat(LogicalName.parse("/" + "é".repeat(127)).segments()).hasSize(1);
    assertThatThrownBy(() -> LogicalName.parse("/" + "é".repeat(128)))
        .hasMessageContaining("255 bytes");
    assertThatThrownBy(() -> LogicalName.parse("/abcdefg".repeat(513)))
        .hasMessageContaining("4096 bytes");
  }

  @ParameterizedTest
  @CsvSource({"123,123", "20 MB,20000000", "1.5GB,1500000000", "100 GiB,107374182400", "1 kB,1000"})
  void sizesAreReadWithUnits(String text, long bytes) {
    assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({"999,999 B", "1000,1.00 kB", "123456,123 kB", "999999,1.00 MB", "1230000000,1.23 GB"})
  void sizesAreWrittenWithThreeDigits(long bytes, String text) {
    assertThat(new ByteSize(bytes).toString()).isEqualTo(text);
  }

  @Test
  void adler32KeepsItsLeadingZeros() {
    assertThat(Checksum.of(ChecksumAlgorithm.ADLER32, 0x091e01deL).hex()).isEqualTo("091e01de");
    assertThatThrownBy(() -> new Checksum(ChecksumAlgorithm.ADLER32, "91e01de"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void checksumsDifferOnlyWhereBothAreKnown() {
    Checksum adler = Checksum.of(ChecksumAlgorithm.ADLER32, 1);
    Checksum other = Checksum.of(ChecksumAlgorithm.ADLER32, 2);
    Checksum crc = Checksum.of(ChecksumAlgorithm.CRC32C, 3);
    assertThat(Checksums.of(adler, crc).firstDifference(Checksums.of(other))).contains(adler);
    assertThat(Checksums.of(adler).firstDifference(Checksums.of(crc))).isEmpty();
    assertThat(Checksums.of(adler).comparableWith(Checksums.of(crc))).isFalse();
  }
}
