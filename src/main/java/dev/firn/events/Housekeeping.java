package dev.firn.events;

import dev.firn.columnar.iceberg.Orphans;
import dev.firn.columnar.iceberg.PendingTable;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.storage.StoredObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Removes what no table needs any more.
final class Housekeeping {
  private static final Duration KEPT = Duration.ofDays(7);
  private static final int NAMED = 1_000;

  private final Passes passes;

  Housekeeping(Passes passes) {
    this.passes = passes;
  }

  /// Forgets snapshots older than a week that no branch or tag stands at, then finds the files no
  /// table needs.
  ///
  /// @param age files younger than this many seconds may belong to a batch under way
  /// @param delete whether to remove them, and not only to name them
  Map<String, Object> collect(long age, boolean delete, String who) throws IOException {
    if (age < 0) {
      throw new EventsException("bad-parameter", "an age is not negative");
    }
    if (delete) {
      expire(who);
    }
    List<StoredObject> orphans = new Orphans(passes.tables()).find(Instant.now().minusSeconds(age));
    List<String> names = new ArrayList<>();
    long bytes = 0;
    for (StoredObject orphan : orphans) {
      if (delete) {
        passes.remove(orphan.name(), who);
      }
      bytes += orphan.size();
      if (names.size() < NAMED) {
        names.add(orphan.name().toString());
      }
    }
    return Map.of("orphans", orphans.size(), "bytes", bytes, "deleted", delete, "names", names);
  }

  private void expire(String who) throws IOException {
    long before = Instant.now().minus(KEPT).toEpochMilli();
    for (Pass pass : passes.list()) {
      passes
          .tables()
          .commit(
              draft -> {
                for (TableName name : List.of(pass.eventsTable(), pass.pulsesTable())) {
                  PendingTable table = draft.table(name);
                  table.expire(before);
                }
              },
              (connection, written) -> passes.register(connection, written, pass.name(), who));
    }
  }
}
