package dev.firn.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What a check of a run's events found, in lines to be read; the document has all of it.
final class EventFindings {
  private static final int RANGES = 12;

  private EventFindings() {}

  static List<String> lines(JsonNode found) {
    List<String> lines = new ArrayList<>();
    for (JsonNode twice : found.path("duplicates")) {
      List<String> names = twice.path("names").valueStream().map(JsonNode::asString).toList();
      lines.add(
          "event %d is there %d times: %s"
              .formatted(
                  twice.path("event").asLong(),
                  twice.path("times").asLong(),
                  String.join(", ", names)));
    }
    Map<String, List<String>> missing = new LinkedHashMap<>();
    for (JsonNode gap : found.path("gaps")) {
      long first = gap.path("first_missing").asLong();
      long last = gap.path("last_missing").asLong();
      missing
          .computeIfAbsent(gap.path("file").asString(), file -> new ArrayList<>())
          .add(first == last ? "" + first : first + "-" + last);
    }
    missing.forEach((file, ranges) -> lines.add(file + ": without events " + some(ranges)));
    for (JsonNode different : found.path("different")) {
      lines.add(different.path("file").asString() + ": " + different.path("why").asString());
    }
    for (JsonNode without : found.path("without_livetime")) {
      lines.add(without.path("file").asString() + ": the catalog has no livetime");
    }
    return lines;
  }

  private static String some(List<String> ranges) {
    String first = String.join(", ", ranges.subList(0, Math.min(RANGES, ranges.size())));
    return ranges.size() <= RANGES
        ? first
        : first + " and " + (ranges.size() - RANGES) + " more ranges (--json)";
  }
}
