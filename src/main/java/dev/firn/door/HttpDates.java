package dev.firn.door;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Dates as HTTP writes them (RFC 9110 section 5.6.7), to the second.
final class HttpDates {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /// How RFC 850 and `asctime` wrote them, which a recipient reads too.
  private static final List<DateTimeFormatter> OBSOLETE =
      List.of(
          new DateTimeFormatterBuilder()
              .appendPattern("EEEE, dd-MMM-")
              .appendValueReduced(ChronoField.YEAR, 2, 2, 1970)
              .appendPattern(" HH:mm:ss 'GMT'")
              .toFormatter(Locale.ENGLISH)
              .withZone(ZoneOffset.UTC),
          DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH)
              .withZone(ZoneOffset.UTC));

  private static final String DAYS = "MonTueWedThuFriSatSun";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

  private HttpDates() {}

  /// One is made for every file that is read; the formatter takes ten times as long.
  static String format(Instant time) {
    LocalDateTime t = LocalDateTime.ofEpochSecond(time.getEpochSecond(), 0, ZoneOffset.UTC);
    int year = t.getYear();
    if (year < 1000 || year > 9999) {
      return FORMAT.format(time);
    }
    StringBuilder out = new StringBuilder(29);
    out.append(DAYS, 3 * (t.getDayOfWeek().getValue() - 1), 3 * t.getDayOfWeek().getValue());
    two(out.append(", "), t.getDayOfMonth());
    out.append(' ').append(MONTHS, 3 * (t.getMonthValue() - 1), 3 * t.getMonthValue());
    two(out.append(' ').append(year).append(' '), t.getHour());
    two(out.append(':'), t.getMinute());
    two(out.append(':'), t.getSecond());
    return out.append(" GMT").toString();
  }

  private static void two(StringBuilder out, int number) {
    out.append((char) ('0' + number / 10)).append((char) ('0' + number % 10));
  }

  /// Empty when the text is not such a date, which a server ignores.
  static Optional<Instant> parse(String text) {
    String stripped = text.strip();
    return Stream.concat(Stream.of(FORMAT), OBSOLETE.stream())
        .flatMap(format -> parse(format, stripped).stream())
        .findFirst();
  }

  private static Optional<Instant> parse(DateTimeFormatter format, String text) {
    try {
      return Optional.of(Instant.from(format.parse(text)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  static Instant seconds(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS);
  }
}
