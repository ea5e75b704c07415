package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.util.regex.Pattern;

/// A question for files, as people write it:
///
/// ```
/// run = 130484 and level = L2 and season between 2016 and 2018 and size > 1 GB
///   and name ~ /data/exp/**/level2/** and at nersc and not verified at desy
/// ```
///
/// Terms: `FIELD = != < <= > >= VALUE`, `FIELD between A and B`, `FIELD in (A, B)` for the fields
/// run, subrun, part, season, events, size (with units), created (a date), copies, level, type;
/// `name = NAME`, `name ~ PATTERN` (`*` and `?` within a segment, `**` any number of segments);
/// `sha512 = HEX`; `meta.KEY.KEY = VALUE`; `at SITE`, `bad at SITE` (or another state), `verified`,
/// `verified at SITE`; `in bundle UUID`; `contains event RUN:EVENT`. They are combined with `and`,
/// `or`, `not` and parentheses; what holds blanks or operators is quoted. What is not known of a
/// file equals nothing, and `not` turns that around. The empty query asks for all files.
public final class FileQuery {
  public static final FileQuery EVERYTHING = parse("");

  /// What needs no quotes.
  private static final Pattern PLAIN = Pattern.compile("[^\\s\"'=<>!~(),]*");

  private final String text;
  private final Condition condition;

  private FileQuery(String text, Condition condition) {
    this.text = text;
    this.condition = condition;
  }

  /// @throws QueryException when it is not understood; it says what and at which character
  public static FileQuery parse(String text) {
    return new FileQuery(text, QueryParser.parse(text));
  }

  /// The words that ask for all files below a directory, whatever it is called. Signs of a pattern
  /// in its name stay signs.
  public static String below(LogicalName directory) {
    String pattern = directory + "/**";
    return "name ~ "
        + (PLAIN.matcher(pattern).matches() ? pattern : "'" + pattern.replace("'", "''") + "'");
  }

  /// @throws CatalogException `bad-dataset` when no dataset can be called so
  public static void requireDatasetName(String name) {
    try {
      DatasetNames.required(name);
    } catch (IllegalArgumentException e) {
      throw new CatalogException("bad-dataset", String.valueOf(e.getMessage()));
    }
  }

  Condition condition() {
    return condition;
  }

  /// As it was written.
  @Override
  public String toString() {
    return text;
  }
}
