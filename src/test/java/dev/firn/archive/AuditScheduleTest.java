package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.AuditSchedule.Candidate;
import dev.firn.archive.AuditSchedule.View;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AuditScheduleTest {
  private static final SiteName NERSC = new SiteName("nersc");
  private static final Instant NOW = Instant.parse("2026-11-25T00:00:00Z");
  private static final UUID BUNDLE = new UUID(1, 2);

  private final AuditSchedule schedule =
      new AuditSchedule(new ByteSize(1000), Duration.ofDays(365));

  private Optional<UUID> next(long readLately, long size, Instant audited) {
    return schedule.next(
        new View(NERSC, readLately, Optional.of(new Candidate(BUNDLE, size, audited))), NOW);
  }

  @Test
  void whatWasNeverReadIsDue() {
    assertThat(next(0, 10, null)).contains(BUNDLE);
  }

  @Test
  void whatWasReadAYearAgoIsDueAndNotBefore() {
    assertThat(next(0, 10, NOW.minus(Duration.ofDays(365)))).contains(BUNDLE);
    assertThat(next(0, 10, NOW.minus(Duration.ofDays(364)))).isEmpty();
  }

  @Test
  void aDaysBytesAreKept() {
    assertThat(next(990, 10, null)).contains(BUNDLE);
    assertThat(next(991, 10, null)).isEmpty();
  }

  @Test
  void aBundleLargerThanADaysBytesIsReadOnADayOfItsOwn() {
    assertThat(next(0, 5000, null)).contains(BUNDLE);
    assertThat(next(1, 5000, null)).isEmpty();
  }

  @Test
  void fourPetabytesTakeAYearAtElevenTerabytesADay() {
    AuditSchedule pace = new AuditSchedule(ByteSize.parse("11 TB"), Duration.ofDays(365));
    assertThat(pace.round(4_000_000_000_000_000L).orElseThrow().toDays()).isBetween(363L, 364L);
  }
}
