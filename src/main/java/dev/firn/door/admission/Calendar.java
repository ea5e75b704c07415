package dev.firn.door.admission;

import dev.firn.model.ByteSize;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A rate that changes with the hour and the day of the week: `mon-fri 20:00-06:00 1 GB` and
/// `sat-sun 1 GB`, otherwise another. A span over midnight belongs to the day it begins on. Of
/// several entries that fit, the first counts.
///
/// @param otherwise bytes a second when no entry fits; 0 for any number
public record Calendar(List<Entry> entries, long otherwise, ZoneId zone) {
  private static final Pattern ENTRY =
      Pattern.compile(
          "(?:([a-z]{3})(?:-([a-z]{3}))?)?\\s*(?:(\\d\\d:\\d\\d)-(\\d\\d:\\d\\d))?\\s*[=:]?\\s*"
              + "(\\d.*)");
  private static final int DAY = 24 * 60;

  /// One line of a calendar.
  ///
  /// @param first first day of the week
  /// @param last last day; before `first` it goes around the end of the week
  /// @param from minute of the day
  /// @param to minute of the day, at or before `from` of the next day
  /// @param bytes a second
  public record Entry(DayOfWeek first, DayOfWeek last, int from, int to, long bytes) {
    boolean covers(ZonedDateTime at) {
      int minute = at.getHour() * 60 + at.getMinute();
      if (from < to) {
        return day(at.getDayOfWeek()) && minute >= from && minute < to;
      }
      return minute >= from
          ? day(at.getDayOfWeek())
          : minute < to && day(at.getDayOfWeek().minus(1));
    }

    private boolean day(DayOfWeek day) {
      int length = Math.floorMod(last.getValue() - first.getValue(), 7);
      return Math.floorMod(day.getValue() - first.getValue(), 7) <= length;
    }
  }

  public Calendar {
    entries = List.copyOf(entries);
  }

  /// The same at all times.
  public static Calendar always(long bytesPerSecond) {
    return new Calendar(List.of(), bytesPerSecond, ZoneId.of("UTC"));
  }

  /// @param lines entries, as in `mon-fri 20:00-06:00 1 GB`: days, hours or both, and a size a
  ///   second
  /// @throws IllegalArgumentException when a line is none
  public static Calendar parse(List<String> lines, long otherwise, ZoneId zone) {
    List<Entry> entries = new ArrayList<>();
    for (String line : lines) {
      Matcher m = ENTRY.matcher(line.strip().toLowerCase(Locale.ROOT));
      if (!m.matches() || (m.group(1) == null && m.group(3) == null)) {
        throw new IllegalArgumentException(
            "not an entry of a calendar, as in \"mon-fri 20:00-06:00 1 GB\": " + line);
      }
      DayOfWeek first = m.group(1) == null ? DayOfWeek.MONDAY : day(m.group(1), line);
      DayOfWeek last =
          m.group(1) == null
              ? DayOfWeek.SUNDAY
              : m.group(2) == null ? first : day(m.group(2), line);
      int from = m.group(3) == null ? 0 : minute(m.group(3), line);
      int to = m.group(4) == null ? DAY : minute(m.group(4), line);
      // As written: a size's unit has capitals.
      String size = line.strip().substring(m.start(5));
      entries.add(new Entry(first, last, from, to, ByteSize.parse(size).bytes()));
    }
    return new Calendar(entries, otherwise, zone);
  }

  private static DayOfWeek day(String word, String line) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (day.name().toLowerCase(Locale.ROOT).startsWith(word)) {
        return day;
      }
    }
    throw new IllegalArgumentException(word + " is not a day of the week: " + line);
  }

  private static int minute(String time, String line) {
    if (time.equals("24:00")) {
      return DAY;
    }
    try {
      LocalTime at = LocalTime.parse(time);
      return at.getHour() * 60 + at.getMinute();
    } catch (java.time.DateTimeException e) {
      throw new IllegalArgumentException(time + " is not a time of day: " + line, e);
    }
  }

  /// Bytes a second at `now`; 0 for any number.
  public long at(Instant now) {
    ZonedDateTime here = now.atZone(zone);
    return entries.stream()
        .filter(e -> e.covers(here))
        .findFirst()
        .map(Entry::bytes)
        .orElse(otherwise);
  }
}
