package dev.firn.door.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CalendarTest {
  private static final Calendar NIGHTS_AND_WEEKENDS =
      Calendar.parse(
          List.of("mon-fri 20:00-06:00 1 GB", "sat-sun 1 GB"), 250_000_000, ZoneId.of("UTC"));

  @ParameterizedTest
  @CsvSource({
    "2026-11-25T12:00:00Z, 250000000", // Wednesday at noon
    "2026-11-25T19:59:59Z, 250000000",
    "2026-11-25T20:00:00Z, 1000000000",
    "2026-11-26T05:59:59Z, 1000000000",
    "2026-11-26T06:00:00Z, 250000000",
    "2026-11-28T12:00:00Z, 1000000000", // Saturday
    "2026-11-29T23:59:59Z, 1000000000",
    "2026-11-30T00:00:00Z, 250000000", // Monday: Sunday's night is no weekday's
    "2026-11-28T03:00:00Z, 1000000000" // Friday's night
  })
  void nightsAndWeekendsAreFaster(Instant at, long rate) {
    assertThat(NIGHTS_AND_WEEKENDS.at(at)).isEqualTo(rate);
  }

  @Test
  void hoursAreThoseOfItsZone() {
    Calendar calendar =
        Calendar.parse(List.of("08:00-18:00 2 MB"), 0, ZoneId.of("America/Chicago"));
    assertThat(calendar.at(Instant.parse("2026-11-25T13:59:00Z"))).isZero();
    assertThat(calendar.at(Instant.parse("2026-11-25T14:00:00Z"))).isEqualTo(2_000_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1 GB", "mon-fry 1 GB", "mon 25:00-06:00 1 GB", "mon-fri 08:00 1 GB"})
  void whatIsNoEntryIsRefused(String line) {
    assertThatThrownBy(() -> Calendar.parse(List.of(line), 0, ZoneId.of("UTC")))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
