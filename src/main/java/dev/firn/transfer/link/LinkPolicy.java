package dev.firn.transfer.link;

import java.util.Map;
import java.util.TreeMap;

/// What an operator allows a link.
///
/// @param blocked whether the two sites cannot talk; files then go by way of a third
/// @param start transfers at a time to begin with
/// @param most transfers at a time that adapting never goes beyond
/// @param bytesPerSecond 0 for no limit
/// @param filesPerSecond 0 for no limit
/// @param shares weights of activities; one that is not named has weight 1
public record LinkPolicy(
    boolean blocked,
    int start,
    int most,
    long bytesPerSecond,
    double filesPerSecond,
    Map<String, Integer> shares,
    LinkCalendar calendar) {
  public LinkPolicy {
    shares = Map.copyOf(shares);
    if (start < 1 || most < start) {
      throw new IllegalArgumentException(
          "a link runs at least one transfer at a time, and at most no fewer than at first");
    }
    if (bytesPerSecond < 0 || filesPerSecond < 0) {
      throw new IllegalArgumentException("a rate is not negative");
    }
    if (shares.values().stream().anyMatch(w -> w < 1)) {
      throw new IllegalArgumentException("a share is at least 1");
    }
  }

  /// A fixed number of transfers at a time and nothing else.
  public static LinkPolicy fixed(int transfers) {
    return new LinkPolicy(false, transfers, transfers, 0, 0, Map.of(), LinkCalendar.NONE);
  }

  /// `start` transfers at a time, up to `most` as long as that helps.
  public static LinkPolicy adaptive(int start, int most) {
    return new LinkPolicy(false, start, most, 0, 0, Map.of(), LinkCalendar.NONE);
  }

  public int weight(String activity) {
    return shares.getOrDefault(activity, 1);
  }

  /// Shares as written: `raw=5, recall=2`.
  ///
  /// @throws IllegalArgumentException with what is wrong
  public static Map<String, Integer> parseShares(String text) {
    Map<String, Integer> shares = new TreeMap<>();
    for (String part : text.split(",")) {
      if (part.isBlank()) {
        continue;
      }
      String[] sides = part.split("=", -1);
      try {
        if (sides.length != 2
            || shares.put(sides[0].strip(), Integer.valueOf(sides[1].strip())) != null) {
          throw new IllegalArgumentException("shares are written raw=5, recall=2: " + text);
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("a share is a whole number: " + part.strip(), e);
      }
    }
    return shares;
  }
}
