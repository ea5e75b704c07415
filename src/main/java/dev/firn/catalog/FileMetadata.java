package dev.firn.catalog;

import java.util.regex.Pattern;
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
    @Nullable JsonNode extra) {
  public static final FileMetadata NONE =
      new FileMetadata(null, null, null, null, null, null, null, null, null, null);

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,63}");

  /// @throws CatalogException `invalid-metadata`, saying which value and why
  public FileMetadata {
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
    if (extra != null) {
      JsonCheck.requireStorable(extra);
    }
  }

  public FileMetadata withSeason(int value) {
    return new FileMetadata(
        value, run, subrun, part, level, dataType, eventCount, firstEvent, lastEvent, extra);
  }

  /// With the detector's numbering of a file.
  public FileMetadata withRun(int run, @Nullable Integer subrun, @Nullable Integer part) {
    return new FileMetadata(
        season, run, subrun, part, level, dataType, eventCount, firstEvent, lastEvent, extra);
  }

  public FileMetadata withLevel(String value) {
    return new FileMetadata(
        season, run, subrun, part, value, dataType, eventCount, firstEvent, lastEvent, extra);
  }

  public FileMetadata withDataType(String value) {
    return new FileMetadata(
        season, run, subrun, part, level, value, eventCount, firstEvent, lastEvent, extra);
  }

  public FileMetadata withEvents(long count, @Nullable Long first, @Nullable Long last) {
    return new FileMetadata(season, run, subrun, part, level, dataType, count, first, last, extra);
  }

  public FileMetadata withExtra(JsonNode value) {
    return new FileMetadata(
        season, run, subrun, part, level, dataType, eventCount, firstEvent, lastEvent, value);
  }

  private static void requireNotNegative(String what, @Nullable Number value) {
    if (value != null && value.longValue() < 0) {
      throw invalid(what + " " + value + " is negative");
    }
  }

  private static void requireWord(String what, @Nullable String value) {
    if (value != null && !WORD.matcher(value).matches()) {
      throw invalid(what + " is not a word of letters, digits and '._+-' of at most 64 characters");
    }
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-metadata", message);
  }
}
