package dev.firn.i3;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/// A moment as the detector counts it: tenths of nanoseconds since the start of a UTC year, leap
/// seconds included.
///
/// @param year of UTC
/// @param ticks of 0.1 ns since that year began
public record I3Time(int year, long ticks) {
  private static final int FIRST_YEAR = 1;
  private static final int LAST_YEAR = 9999;
  private static final long TICKS_PER_SECOND = 10_000_000_000L;

  /// Years whose 30 June ended with a leap second (IERS Bulletin C).
  private static final int[] JUNES = {
    1972, 1981, 1982, 1983, 1985, 1992, 1993, 1994, 1997, 2012, 2015
  };

  /// Years whose 31 December did.
  private static final int[] DECEMBERS = {
    1972, 1973, 1974, 1975, 1976, 1977, 1978, 1979, 1987, 1989, 1990, 1995, 1998, 2005, 2008, 2016
  };

  /// Days that began after a leap second, counted from 1970.
  private static final long[] AFTER_LEAP_SECONDS =
      LongStream.concat(
              IntStream.of(JUNES).mapToLong(year -> LocalDate.of(year, 7, 1).toEpochDay()),
              IntStream.of(DECEMBERS).mapToLong(year -> LocalDate.of(year + 1, 1, 1).toEpochDay()))
          .sorted()
          .toArray();

  /// The UTC time, cut to nanoseconds; the leap second itself reads as the second before it. A
  /// damaged or invented time may lie where no calendar reaches: then it is empty.
  public Optional<Instant> toInstant() {
    if (year < FIRST_YEAR || year > LAST_YEAR) {
      return Optional.empty();
    }
    long seconds = Math.floorDiv(ticks, TICKS_PER_SECOND);
    long nanos = Math.floorMod(ticks, TICKS_PER_SECOND) / 10;
    long start = LocalDate.of(year, 1, 1).toEpochDay();
    for (long day : AFTER_LEAP_SECONDS) {
      if (day > start && seconds >= (day - start) * 86_400) {
        seconds--;
      }
    }
    return Optional.of(Instant.ofEpochSecond(start * 86_400 + seconds, nanos));
  }

  /// The moment `instant` has on the detector's count.
  public static I3Time of(Instant instant) {
    int year = instant.atOffset(ZoneOffset.UTC).getYear();
    long start = LocalDate.of(year, 1, 1).toEpochDay();
    long seconds = instant.getEpochSecond() - start * 86_400;
    for (long day : AFTER_LEAP_SECONDS) {
      if (day > start && instant.getEpochSecond() >= day * 86_400) {
        seconds++;
      }
    }
    return new I3Time(year, seconds * TICKS_PER_SECOND + instant.getNano() * 10L);
  }

  /// `ticks` later, within the same year.
  public I3Time plusTicks(long later) {
    return new I3Time(year, ticks + later);
  }
}
