package dev.firn.console.ingest;

import dev.firn.catalog.area.AreaProgress;
import dev.firn.database.HistoryRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What comes in, as the pages show it. Every list is bounded.
public interface IngestView {
  /// The latest first.
  List<Inbox> inboxes();

  Optional<Inbox> inbox(UUID id);

  /// What happened to an inbox, newest first.
  List<HistoryRecord> history(UUID id);

  /// What lies in an open inbox, the first of it.
  List<Uploaded> uploaded(Inbox inbox);

  List<Pass> passes();

  List<Box> boxes();

  List<Job> jobs();

  AreaProgress area();

  /// @param directory where its owner writes
  /// @param size bytes, as was estimated
  /// @param archive empty for none
  /// @param reason why publishing was given up the last time; empty when it was not
  /// @param files that were published; null before
  record Inbox(
      UUID id,
      String owner,
      String path,
      String directory,
      long size,
      String archive,
      String state,
      String reason,
      Instant created,
      Instant expires,
      @Nullable Long files,
      @Nullable Long bytes) {}

  /// A file in an inbox.
  record Uploaded(String name, long size) {}

  /// An indexer's pass over a tree. `total` and `totalBytes` are null until the tree was counted.
  record Pass(
      String site,
      String root,
      String who,
      String state,
      Instant started,
      Instant updated,
      long seen,
      @Nullable Long total,
      long seenBytes,
      @Nullable Long totalBytes,
      long created,
      long unclassified,
      long damaged,
      long conflicts) {}

  /// A drop box.
  ///
  /// @param oldest since when the file that waits longest has been as it is; null for none
  /// @param failure empty when all is well
  /// @param why some files that wait, with the reason
  /// @param counts of files by state: taken, purged, kept, refused, changed
  record Box(
      String name,
      String directory,
      boolean notified,
      @Nullable Instant looked,
      int waiting,
      @Nullable Instant oldest,
      String failure,
      Map<String, String> why,
      Map<String, Long> counts) {}

  /// A directory that is taken in by order.
  record Job(
      String directory,
      String who,
      String state,
      long taken,
      long already,
      long quarantined,
      long conflicts,
      long bytes,
      String reason) {}
}
