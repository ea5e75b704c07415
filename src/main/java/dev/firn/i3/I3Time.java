package dev.firn.i3;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;

/// A moment as the detector counts it: tenths of nanoseconds since the start of a UTC year, leap
/// seconds included.
///
/// @param year of UTC
/// @param ticks of 0.1 ns since that year began
public record I3Time(int year, long ticks) {
  private static final int FIRST_YEAR = 1;
  private static final int LAST_YEAR = 9999;
  private static final long TICKS_PER_SECOND = 10_000_000_000L;

  /// Years whose 30 June had a leap second (IERS Bulletin C); those of December fall on a year's
  /// end.
  private static final Set<Integer> JUNE_LEAP_SECONDS =
      Set.of(1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015);

  /// The UTC time, cut to nanoseconds; the leap second itself reads as the second before it. A
  /// damaged or invented time may lie where no calendar reaches: then it is empty.
  public Optional<Instant> toInstant() {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      return Optional.empty();
    }
    long seconds = Math.floorDiv(ticks, TICKS_PER_SECOND);
    long nanos = Math.floorMod(ticks, TICKS_PER_SECOND) / 10;
    if (JUNE_LEAP_SECONDS.contains(year)) {
      long july = LocalDate.of(year, 7, 1).toEpochDay() - LocalDate.of(year, 1, 1).toEpochDay();
      seconds -= seconds >= july * 86_400 ? 1 : 0;
    }
    return Optional.of(
        LocalDate.of(year, 1, 1)
            .atStartOfDay()
            .toInstant(ZoneOffset.UTC)
            .plusSeconds(seconds)
            .plusNanos(nanos));
  }

  /// The moment `instant` has on the detector's count.
  public static I3Time of(Instant instant) {
    int year = instant.atOffset(ZoneOffset.UTC).getYear();
    Instant start = LocalDate.of(year, 1, 1).atStartOfDay().toInstant(ZoneOffset.UTC);
    long seconds = instant.getEpochSecond() - start.getEpochSecond();
    long july = LocalDate.of(year, 7, 1).toEpochDay() - LocalDate.of(year, 1, 1).toEpochDay();
    if (JUNE_LEAP_SECONDS.contains(year) && seconds >= july * 86_400) {
      seconds++;
    }
    return new I3Time(year, seconds * TICKS_PER_SECOND + instant.getNano() * 10L);
  }

  /// `ticks` later, within the same year.
  public I3Time plusTicks(long later) {
    return new I3Time(year, ticks + later);
  }
}
