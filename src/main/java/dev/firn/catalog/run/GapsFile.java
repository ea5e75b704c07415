package dev.firn.catalog.run;

import dev.firn.i3.I3Time;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a `_gaps.txt` says of one file of a run.
///
/// Written by many years of scripts: the last event may be called a second first one, and before
/// 2011 the first event carries the run number in front.
///
/// @param livetime seconds; empty when it is missing or, being negative, corrupted, and then
///   nothing else is believed
public record GapsFile(
    @Nullable Integer run,
    Optional<Mark> first,
    Optional<Mark> last,
    Optional<Double> livetime,
    List<Gap> gaps) {
  private static final int MOST_GAPS = 10_000;

  public GapsFile {
    gaps = List.copyOf(gaps);
  }

  /// An event and when it was.
  public record Mark(long event, Instant time) {}

  /// A stretch without data between two events.
  public record Gap(double seconds, long before, long after) {}

  /// @throws RunFormatException when no line of it is one of a gaps file, or one cannot be read
  public static GapsFile parse(String text) throws RunFormatException {
    Reading reading = new Reading();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      int colon = line.indexOf(':');
      if (colon > 0) {
        try {
          reading.take(
              line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip());
        } catch (IllegalArgumentException | DateTimeException e) {
          throw new RunFormatException(number, "not of a gaps file: " + e.getMessage());
        }
      }
    }
    if (!reading.something) {
      throw new RunFormatException(Math.max(1, number), "nothing of a gaps file up to here");
    }
    return reading.result();
  }

  private static final class Reading {
    private boolean something;
    private @Nullable Integer run;
    private @Nullable Mark first;
    private @Nullable Mark last;
    private @Nullable Double livetime;
    private final List<Gap> gaps = new ArrayList<>();

    void take(String key, String value) {
      switch (key) {
        case "run" -> run = Integer.valueOf(value);
        case "first event of file" -> mark(value);
        case "last event of file" -> last = read(value.split("\\s+"), 0);
        case "file livetime" -> livetime = finite(value);
        case "gap detected" -> gap(value.split("\\s+"));
        default -> {
          return; // a line of a script we do not know
        }
      }
      something = true;
    }

    private void mark(String value) {
      String[] fields = value.split("\\s+");
      boolean runInFront = fields.length == 4;
      if (runInFront && run == null) {
        run = Integer.valueOf(fields[0]);
      }
      Mark mark = read(fields, runInFront ? 1 : 0);
      if (first == null) {
        first = mark;
      } else {
        last = mark;
      }
    }

    private static Mark read(String[] fields, int at) {
      if (fields.length < at + 3) {
        throw new IllegalArgumentException("an event is a number, a year and a time");
      }
      int year = Integer.parseInt(fields[at + 1]);
      long ticks = Long.parseLong(fields[at + 2]);
      if (year < 1990 || year > 2100 || ticks < 0 || ticks > 400L * 86_400 * 10_000_000_000L) {
        throw new IllegalArgumentException("year " + year + " and time " + ticks);
      }
      return new Mark(
          Long.parseLong(fields[at]), new I3Time(year, ticks).toInstant().orElseThrow());
    }

    private void gap(String[] fields) {
      if (fields.length < 4) {
        throw new IllegalArgumentException("a gap is seconds, an event, its time, an event");
      }
      if (gaps.size() < MOST_GAPS) {
        gaps.add(new Gap(finite(fields[0]), Long.parseLong(fields[1]), Long.parseLong(fields[3])));
      }
    }

    private static double finite(String text) {
      double value = Double.parseDouble(text);
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException(text + " seconds");
      }
      return value;
    }

    GapsFile result() {
      if (livetime != null && livetime < 0) {
        return new GapsFile(run, Optional.empty(), Optional.empty(), Optional.empty(), List.of());
      }
      return new GapsFile(
          run,
          Optional.ofNullable(first),
          Optional.ofNullable(last),
          Optional.ofNullable(livetime),
          gaps);
    }
  }
}
