package dev.firn.ingest;

/// How many source files ended how; `bytes` counts what was taken.
public record IngestSummary(
    long taken, long already, long quarantined, long conflicts, long skipped, long bytes) {
  public static final IngestSummary NONE = new IngestSummary(0, 0, 0, 0, 0, 0);

  IngestSummary plus(IngestOutcome outcome) {
    return switch (outcome) {
      case IngestOutcome.Taken t ->
          new IngestSummary(taken + 1, already, quarantined, conflicts, skipped, bytes + t.size());
      case IngestOutcome.AlreadyThere _ ->
          new IngestSummary(taken, already + 1, quarantined, conflicts, skipped, bytes);
      case IngestOutcome.Quarantined _ ->
          new IngestSummary(taken, already, quarantined + 1, conflicts, skipped, bytes);
      case IngestOutcome.Conflict _ ->
          new IngestSummary(taken, already, quarantined, conflicts + 1, skipped, bytes);
      case IngestOutcome.Skipped _ ->
          new IngestSummary(taken, already, quarantined, conflicts, skipped + 1, bytes);
    };
  }
}
