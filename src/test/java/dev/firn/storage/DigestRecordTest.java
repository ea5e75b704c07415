package dev.firn.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.model.ChecksumAlgorithm;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DigestRecordTest {
  private static final DigestRecord RECORD =
      new DigestRecord(
          1048576,
          Instant.parse("2026-11-23T05:55:01.123456789Z"),
          "5f0c1e9b7a3d42e86b90c1d2",
          StorageContract.checksumsOf(StorageContract.bytes(1000, 1)));

  @Test
  void whatIsWrittenIsReadBack() {
    assertThat(DigestRecord.parse(RECORD.bytes())).contains(RECORD);
  }

  @Test
  void timesOfEveryPrecisionAndYearAreReadBack() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Instant> times = new ArrayList<>(List.of(Instant.EPOCH, Instant.MIN, Instant.MAX));
    for (int i = 0; i < 2_000; i++) {
      Instant time = Instant.ofEpochSecond(random.nextLong(-100_000_000_000L, 1_000_000_000_000L));
      times.add(time);
      times.add(time.plusMillis(random.nextInt(1_000)));
      times.add(time.plusNanos(random.nextInt(1_000_000) * 1_000L));
      times.add(time.plusNanos(random.nextInt(1_000_000_000)));
    }
    for (Instant time : times) {
      DigestRecord record = new DigestRecord(1, time, "e", RECORD.checksums());
      assertThat(DigestRecord.parse(record.bytes())).as("seed %d", seed).contains(record);
    }
  }

  @Test
  void formIsTheDocumentedOne() {
    String adler = RECORD.checksums().load(ChecksumAlgorithm.ADLER32).hex();
    String crc = RECORD.checksums().load(ChecksumAlgorithm.CRC32C).hex();
    assertThat(new String(RECORD.bytes(), StandardCharsets.UTF_8))
        .isEqualTo(
            """
            firn-digests 1
            size 1048576
            modified 2026-11-23T05:55:01.123456789Z
            etag 5f0c1e9b7a3d42e86b90c1d2
            adler32 %s
            crc32c %s
            """
                .formatted(adler, crc));
  }

  @Test
  void unknownLinesArePassedOver() {
    String more = new String(RECORD.bytes(), StandardCharsets.UTF_8) + "blake3 00ff\nborn x\n";
    assertThat(DigestRecord.parse(more.getBytes(StandardCharsets.UTF_8))).contains(RECORD);
  }

  @Test
  void damagedRecordIsNoneOrSomethingElseButNeverAnError() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = RECORD.bytes();
      for (int n = 1 + random.nextInt(4); n > 0; n--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      Optional<DigestRecord> parsed = DigestRecord.parse(bytes);
      parsed.ifPresent(record -> assertThat(record.bytes()).isNotEmpty());
    }
    assertThat(DigestRecord.parse(new byte[0])).isEmpty();
    assertThat(DigestRecord.parse(new byte[] {'\n'})).isEmpty();
  }
}
