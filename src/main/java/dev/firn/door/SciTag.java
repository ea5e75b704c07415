package dev.firn.door;

import java.util.Optional;

/// What a transfer is for, as `SciTag` says it (SciTags, HTTP-TPC): an experiment and an activity
/// of the registry. Both are 0 where the header holds no such number: that fails no transfer.
public record SciTag(int experiment, int activity) {
  private static final SciTag UNKNOWN = new SciTag(0, 0);
  private static final int LEAST = 65;
  private static final int MOST = 65_535;
  private static final int ACTIVITIES = 64;

  static SciTag parse(String text) {
    String digits = text.strip();
    if (!digits.matches("\\d{1,5}")) {
      return UNKNOWN;
    }
    int flow = Integer.parseInt(digits);
    return flow < LEAST || flow > MOST ? UNKNOWN : new SciTag(flow / ACTIVITIES, flow % ACTIVITIES);
  }

  static Optional<SciTag> of(Optional<String> header) {
    return header.map(SciTag::parse);
  }

  /// The number as it stands in the header.
  public int flow() {
    return experiment * ACTIVITIES + activity;
  }
}
