package dev.firn.catalog;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What is known of a file besides its bytes; what is not known is null.
///
/// @param season the detector's season, named by the year it began in
/// @param run the detector's run number
/// @param level the processing level: `PFRaw`, `L2`, `GCD`
/// @param dataType `real` or `simulation`
/// @param eventCount how many events the file holds
/// @param firstEvent the lowest event number
/// @param lastEvent the highest event number
/// @param starts when what the file holds began
/// @param ends when it ended
/// @param livetime for how many seconds of that the detector took data
/// @param owner whose it is: a person or a service
/// @param group the working group it belongs to
/// @param extra everything else, a JSON object
public record FileMetadata(
    @Nullable Integer season,
    @Nullable Integer run,
    @Nullable Integer subrun,
    @Nullable Integer part,
    @Nullable String level,
    @Nullable String dataType,
    @Nullable Long eventCount,
    @Nullable Long firstEvent,
    @Nullable Long lastEvent,
    @Nullable Instant starts,
    @Nullable Instant ends,
    @Nullable Double livetime,
    @Nullable String owner,
    @Nullable String group,
    @Nullable JsonNode extra) {
  public static final FileMetadata NONE =
      new FileMetadata(null, null, null, null, null, null, null, null, null, null);

  /// The level of a file whose name nobody could read.
  public static final String UNCLASSIFIED = "unclassified";

  private static final int LONGEST_WORD = 64;
  private static final Instant EARLIEST = Instant.parse("1900-01-01T00:00:00Z");
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");
  private static final double LONGEST_LIVETIME = 1e9;

  /// @throws CatalogException `invalid-metadata`, saying which value and why
  public FileMetadata {
    starts = starts == null ? null : starts.truncatedTo(ChronoUnit.MICROS);
    ends = ends == null ? null : ends.truncatedTo(ChronoUnit.MICROS);
    if (season != null && (season < 1 || season > Short.MAX_VALUE)) {
      throw invalid("season " + season + " is not a year");
    }
    requireNotNegative("run", run);
    requireNotNegative("subrun", subrun);
    requireNotNegative("part", part);
    requireNotNegative("event count", eventCount);
    requireNotNegative("first event", firstEvent);
    requireNotNegative("last event", lastEvent);
    requireWord("level", level);
    requireWord("data type", dataType);
    requireWord("owner", owner);
    requireWord("group", group);
    requireTimes(starts, ends);
    if (livetime != null && !isLivetime(livetime)) {
      throw invalid("livetime " + livetime + " is not a number of seconds");
    }
    if (extra != null) {
      JsonCheck.requireStorable(extra);
    }
  }

  /// Without times, owner and group.
  public FileMetadata(
      @Nullable Integer season,
      @Nullable Integer run,
      @Nullable Integer subrun,
      @Nullable Integer part,
      @Nullable String level,
      @Nullable String dataType,
      @Nullable Long eventCount,
      @Nullable Long firstEvent,
      @Nullable Long lastEvent,
      @Nullable JsonNode extra) {
    this(
        season,
        run,
        subrun,
        part,
        level,
        dataType,
        eventCount,
        firstEvent,
        lastEvent,
        null,
        null,
        null,
        null,
        null,
        extra);
  }

  private Builder builder() {
    return new Builder(this);
  }

  public FileMetadata withSeason(int value) {
    return builder().season(value).build();
  }

  /// With the detector's numbering of a file.
  public FileMetadata withRun(int run, @Nullable Integer subrun, @Nullable Integer part) {
    return builder().run(run, subrun, part).build();
  }

  public FileMetadata withLevel(String value) {
    return builder().level(value).build();
  }

  public FileMetadata withDataType(String value) {
    return builder().dataType(value).build();
  }

  public FileMetadata withEvents(long count, @Nullable Long first, @Nullable Long last) {
    return builder().events(count, first, last).build();
  }

  /// With the lowest and highest event, however many there are.
  public FileMetadata withEventRange(long first, long last) {
    return builder().events(eventCount, first, last).build();
  }

  /// @param livetime in seconds
  public FileMetadata withTimes(
      @Nullable Instant starts, @Nullable Instant ends, @Nullable Double livetime) {
    return builder().times(starts, ends, livetime).build();
  }

  /// As [#withTimes], without what cannot be: both times when either is none of this experiment or
  /// they contradict each other, a livetime that is no number of seconds.
  public FileMetadata withCredibleTimes(
      @Nullable Instant starts, @Nullable Instant ends, @Nullable Double livetime) {
    Double seconds = livetime != null && isLivetime(livetime) ? livetime : null;
    try {
      return withTimes(starts, ends, seconds);
    } catch (CatalogException e) {
      return withTimes(null, null, seconds);
    }
  }

  private static boolean isLivetime(double seconds) {
    return seconds >= 0 && seconds < LONGEST_LIVETIME;
  }

  public FileMetadata withOwner(@Nullable String owner, @Nullable String group) {
    return builder().owner(owner, group).build();
  }

  public FileMetadata withExtra(@Nullable JsonNode value) {
    return builder().extra(value).build();
  }

  /// Holds what is being put together, value by value.
  static final class Builder {
    private @Nullable Integer season;
    private @Nullable Integer run;
    private @Nullable Integer subrun;
    private @Nullable Integer part;
    private @Nullable String level;
    private @Nullable String dataType;
    private @Nullable Long eventCount;
    private @Nullable Long firstEvent;
    private @Nullable Long lastEvent;
    private @Nullable Instant starts;
    private @Nullable Instant ends;
    private @Nullable Double livetime;
    private @Nullable String owner;
    private @Nullable String group;
    private @Nullable JsonNode extra;

    Builder(FileMetadata from) {
      season = from.season;
      run = from.run;
      subrun = from.subrun;
      part = from.part;
      level = from.level;
      dataType = from.dataType;
      eventCount = from.eventCount;
      firstEvent = from.firstEvent;
      lastEvent = from.lastEvent;
      starts = from.starts;
      ends = from.ends;
      livetime = from.livetime;
      owner = from.owner;
      group = from.group;
      extra = from.extra;
    }

    Builder season(@Nullable Integer value) {
      season = value;
      return this;
    }

    Builder run(@Nullable Integer aRun, @Nullable Integer aSubrun, @Nullable Integer aPart) {
      run = aRun;
      subrun = aSubrun;
      part = aPart;
      return this;
    }

    Builder level(@Nullable String value) {
      level = value;
      return this;
    }

    Builder dataType(@Nullable String value) {
      dataType = value;
      return this;
    }

    Builder events(@Nullable Long count, @Nullable Long first, @Nullable Long last) {
      eventCount = count;
      firstEvent = first;
      lastEvent = last;
      return this;
    }

    Builder times(@Nullable Instant from, @Nullable Instant to, @Nullable Double seconds) {
      starts = from;
      ends = to;
      livetime = seconds;
      return this;
    }

    Builder owner(@Nullable String anOwner, @Nullable String aGroup) {
      owner = anOwner;
      group = aGroup;
      return this;
    }

    Builder extra(@Nullable JsonNode value) {
      extra = value;
      return this;
    }

    FileMetadata build() {
      return new FileMetadata(
          season,
          run,
          subrun,
          part,
          level,
          dataType,
          eventCount,
          firstEvent,
          lastEvent,
          starts,
          ends,
          livetime,
          owner,
          group,
          extra);
    }
  }

  /// The database keeps microseconds and no more.
  private static void requireTimes(@Nullable Instant starts, @Nullable Instant ends) {
    for (Instant time : new Instant[] {starts, ends}) {
      if (time != null && (time.isBefore(EARLIEST) || time.isAfter(LATEST))) {
        throw invalid(time + " is no time of this experiment");
      }
    }
    if (starts != null && ends != null && ends.isBefore(starts)) {
      throw invalid("it ends, " + ends + ", before it starts, " + starts);
    }
  }

  private static void requireNotNegative(String what, @Nullable Number value) {
    if (value != null && value.longValue() < 0) {
      throw invalid(what + " " + value + " is negative");
    }
  }

  private static void requireWord(String what, @Nullable String value) {
    if (value != null && !isWord(value)) {
      throw invalid(
          what + " is not a word of letters, digits and '._+@-' of at most 64 characters");
    }
  }

  private static boolean isWord(String value) {
    for (int i = 0; i < value.length(); i++) { // words are looked at by the million
      char c = value.charAt(i);
      boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!plain && (i == 0 || "._+@-".indexOf(c) < 0)) {
        return false;
      }
    }
    return !value.isEmpty() && value.length() <= LONGEST_WORD;
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-metadata", message);
  }
}
