package dev.firn.staging;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// What shards are made by.
///
/// @param dataset name of the pass
/// @param where an SQL condition on `events`; empty for all
/// @param format `graphnet` or `webdataset`
/// @param shards of the training split; the others have as many as their share asks for, at least 1
/// @param splits names and shares, which add up to 1
public record StagePlan(
    String name,
    String dataset,
    String to,
    String where,
    String format,
    int shards,
    long seed,
    Map<String, Double> splits) {
  private static final Pattern WORD = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");
  private static final int MOST_SHARDS = 10_000;

  /// 80, 10 and 10 percent.
  public static final Map<String, Double> STANDARD = standard();

  private static Map<String, Double> standard() {
    Map<String, Double> splits = new LinkedHashMap<>();
    splits.put("train", 0.8);
    splits.put("val", 0.1);
    splits.put("test", 0.1);
    return splits;
  }

  /// @throws StagingException `bad-plan`
  public StagePlan {
    splits = new LinkedHashMap<>(splits.isEmpty() ? STANDARD : splits);
    require(WORD.matcher(name).matches(), "a stage's name has lower-case letters and digits");
    require(WORD.matcher(to).matches(), "a place's name has lower-case letters and digits");
    require(List.of("graphnet", "webdataset").contains(format), "formats: graphnet, webdataset");
    require(shards >= 1 && shards <= MOST_SHARDS, "1 to " + MOST_SHARDS + " shards");
    double sum = 0;
    for (Map.Entry<String, Double> split : splits.entrySet()) {
      require(WORD.matcher(split.getKey()).matches() && split.getValue() > 0, "bad split");
      sum += split.getValue();
    }
    require(Math.abs(sum - 1) < 1e-9, "the splits' shares do not add up to 1");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new StagingException("bad-plan", otherwise);
    }
  }

  /// One shard: the events of a split whose key lies in `[from, to)`, and of those one part.
  ///
  /// @param from first eight hexadecimal digits
  record Shard(String split, String from, String to, int number, int of) {}

  /// All shards, split by split.
  List<Shard> all() {
    List<Shard> all = new ArrayList<>();
    double largest = splits.values().stream().mapToDouble(Double::doubleValue).max().orElse(1);
    double at = 0;
    for (Map.Entry<String, Double> split : splits.entrySet()) {
      int count = (int) Math.max(1, Math.round(shards * split.getValue() / largest));
      double end = at + split.getValue();
      for (int i = 0; i < count; i++) {
        all.add(new Shard(split.getKey(), bound(at), bound(end), i, count));
      }
      at = end;
    }
    return all;
  }

  /// Beyond the last share lies a text that is greater than any digits.
  private static String bound(double share) {
    long value = Math.round(share * 0x1p32);
    return value > 0xffff_ffffL ? "g" : "%08x".formatted(value);
  }
}
