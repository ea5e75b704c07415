package dev.firn.ingest.index;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/// How far a pass is, as its indexer says. All but the first three are counts of files, or bytes.
///
/// @param root the directory, on the indexer's machine
/// @param state `running`, `stopped` or `done`
/// @param total of the tree, once it was counted
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record IndexReport(
    @Nullable String site,
    @Nullable String root,
    @Nullable String state,
    long seen,
    long seenBytes,
    @Nullable Long total,
    @Nullable Long totalBytes,
    long known,
    long read,
    long readBytes,
    long created,
    long same,
    long conflicts,
    long damaged,
    long unclassified,
    long passed) {
  public static IndexReport of(
      IndexPlan plan, String state, IndexCounts counts, @Nullable IndexCounts total) {
    return new IndexReport(
        plan.site().value(),
        plan.root().toString(),
        state,
        counts.files(IndexCounts.Kind.SEEN),
        counts.bytes(IndexCounts.Kind.SEEN),
        total == null ? null : total.files(IndexCounts.Kind.SEEN),
        total == null ? null : total.bytes(IndexCounts.Kind.SEEN),
        counts.files(IndexCounts.Kind.KNOWN),
        counts.files(IndexCounts.Kind.READ),
        counts.bytes(IndexCounts.Kind.READ),
        counts.files(IndexCounts.Kind.CREATED),
        counts.files(IndexCounts.Kind.SAME),
        counts.files(IndexCounts.Kind.CONFLICT),
        counts.files(IndexCounts.Kind.DAMAGED),
        counts.files(IndexCounts.Kind.UNCLASSIFIED),
        counts.files(IndexCounts.Kind.PASSED));
  }

  boolean hasState() {
    return state != null
        && switch (state) {
          case "running", "stopped", "done" -> true;
          default -> false;
        };
  }
}
