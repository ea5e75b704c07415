package dev.firn.transfer.link;

import dev.firn.model.ByteSize;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// When a link may move how much: `mon-fri 08:00-18:00 200 MB/s; sun closed`.
///
/// All times are UTC; a window may go over midnight. The first window that holds counts; outside of
/// all windows the link's own limits do.
///
/// @param text as written; empty for no calendar
public record LinkCalendar(String text, List<Window> windows) {
  public static final LinkCalendar NONE = new LinkCalendar("", List.of());

  /// @param bytesPerSecond 0 when the link is closed
  public record Window(
      Set<DayOfWeek> days, LocalTime from, LocalTime until, long bytesPerSecond, String text) {
    /// A window over midnight belongs to the day on which it begins.
    boolean holds(ZonedDateTime now) {
      LocalTime time = now.toLocalTime();
      DayOfWeek today = now.getDayOfWeek();
      if (from.equals(until)) {
        return days.contains(today);
      }
      if (from.isBefore(until)) {
        return days.contains(today) && !time.isBefore(from) && time.isBefore(until);
      }
      return (days.contains(today) && !time.isBefore(from))
          || (days.contains(today.minus(1)) && time.isBefore(until));
    }

    public boolean closed() {
      return bytesPerSecond == 0;
    }
  }

  /// @throws IllegalArgumentException with what is wrong
  public static LinkCalendar parse(String text) {
    List<Window> windows = new ArrayList<>();
    for (String part : text.split(";")) {
      if (!part.isBlank()) {
        windows.add(window(part.strip()));
      }
    }
    return windows.isEmpty() ? NONE : new LinkCalendar(text.strip(), List.copyOf(windows));
  }

  private static Window window(String text) {
    List<String> words = new ArrayList<>(Arrays.asList(text.split("\\s+")));
    Set<DayOfWeek> days = EnumSet.allOf(DayOfWeek.class);
    if (Character.isLetter(words.getFirst().charAt(0)) && !words.getFirst().equals("closed")) {
      days = days(words.removeFirst());
    }
    LocalTime from = LocalTime.MIDNIGHT;
    LocalTime until = LocalTime.MIDNIGHT;
    if (!words.isEmpty() && words.getFirst().contains(":")) {
      String[] ends = words.removeFirst().split("-", -1);
      if (ends.length != 2) {
        throw new IllegalArgumentException("a time of day is written 08:00-18:00: " + text);
      }
      from = time(ends[0], text);
      until = time(ends[1], text);
    }
    String amount = String.join(" ", words);
    if (amount.equals("closed")) {
      return new Window(days, from, until, 0, text);
    }
    if (!amount.endsWith("/s")) {
      throw new IllegalArgumentException("a window ends with 'closed' or with a rate: " + text);
    }
    long rate = ByteSize.parse(amount.substring(0, amount.length() - 2)).bytes();
    if (rate == 0) {
      throw new IllegalArgumentException("write 'closed', not a rate of nothing: " + text);
    }
    return new Window(days, from, until, rate, text);
  }

  private static LocalTime time(String text, String all) {
    try {
      return text.equals("24:00") ? LocalTime.MIDNIGHT : LocalTime.parse(text);
    } catch (java.time.format.DateTimeParseException e) {
      throw new IllegalArgumentException("not a time of day: " + text + " in " + all, e);
    }
  }

  private static Set<DayOfWeek> days(String text) {
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (String part : text.split(",")) {
      String[] ends = part.split("-", -1);
      if (ends.length > 2) {
        throw new IllegalArgumentException("days are written mon-fri, or mon,wed: " + part);
      }
      DayOfWeek day = day(ends[0]);
      DayOfWeek last = day(ends[ends.length - 1]);
      days.add(day);
      while (day != last) {
        day = day.plus(1);
        days.add(day);
      }
    }
    return days;
  }

  private static DayOfWeek day(String text) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (day.name().substring(0, 3).equals(text.toUpperCase(Locale.ROOT))) {
        return day;
      }
    }
    throw new IllegalArgumentException("a day is mon, tue, wed, thu, fri, sat or sun: " + text);
  }

  public Optional<Window> at(Instant now) {
    ZonedDateTime utc = now.atZone(ZoneOffset.UTC);
    return windows.stream().filter(w -> w.holds(utc)).findFirst();
  }
}
