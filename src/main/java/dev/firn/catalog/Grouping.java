package dev.firn.catalog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// By what files are counted together: `year,level`.
public record Grouping(List<Key> keys) {
  /// One thing to group by. `year` is the season, which is named by the year it began in.
  public enum Key {
    YEAR("season", "f.season", null),
    SEASON("season", "f.season", null),
    RUN(null, "f.run", null),
    LEVEL("level", "f.level", "level"),
    TYPE("data_type", "f.data_type", "data_type"),
    OWNER("owner", "f.owner", "owner"),
    GROUP("working_group", "f.working_group", "working_group"),
    SITE(null, "r.site", "site");

    /// The column of the kept totals that has it; null when they do not know it. Copies are kept of
    /// all versions of files, live or not, and are no answer for those of live ones.
    final @Nullable String kept;

    final String column;

    /// The table of its words; null when it is a number.
    final @Nullable String words;

    Key(@Nullable String kept, String column, @Nullable String words) {
      this.kept = kept;
      this.column = column;
      this.words = words;
    }

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Grouping {
    keys = List.copyOf(keys);
  }

  /// A group's total; `values` are in the order of the keys, null for what is not known.
  public record Group(List<@Nullable String> values, FileTotal total) {
    public Group {
      values = new ArrayList<>(values);
    }
  }

  /// @throws CatalogException `bad-parameter`
  public static Grouping parse(String text) {
    List<Key> keys = new ArrayList<>();
    for (String name : text.split(",")) {
      Key key =
          Arrays.stream(Key.values())
              .filter(k -> k.label().equalsIgnoreCase(name.strip()))
              .findFirst()
              .orElseThrow(() ->
                  new CatalogException(
                      "bad-parameter",
                      "files are grouped by year, season, run, level, type, owner, group and site,"
                          + " not by '"
                          + QueryValues.shortened(name)
                          + "'"));
      if (keys.contains(key)) {
        throw new CatalogException("bad-parameter", "grouped twice by " + key.label());
      }
      keys.add(key);
    }
    return new Grouping(keys);
  }

  boolean bySite() {
    return keys.contains(Key.SITE);
  }
}
