package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The history of many registrations: an entry for each file and copy, or one for a whole load,
/// which its files name by number.
final class BulkHistory {
  static int nextLoad(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT nextval('load_number')")) {
      row.next();
      return row.getInt(1);
    }
  }

  void write(
      Connection connection,
      @Nullable RegisterOutcome[] outcomes,
      List<BulkStore.Request> requests,
      @Nullable Integer load)
      throws SQLException {
    List<HistoryEntry> entries = new ArrayList<>();
    long files = 0;
    long copies = 0;
    long first = Long.MAX_VALUE;
    long last = 0;
    for (int i = 0; i < outcomes.length; i++) {
      if (!(outcomes[i] instanceof Registered(CatalogFile file))) {
        continue;
      }
      files++;
      copies += file.replicas().size();
      first = Math.min(first, file.id());
      last = Math.max(last, file.id());
      if (load == null) {
        each(entries, file, requests.get(i).cause());
      }
    }
    if (load != null && files > 0) {
      ObjectNode detail = JsonNodeFactory.instance.objectNode();
      detail.put("first", first).put("last", last).put("files", files).put("copies", copies);
      Cause cause = requests.getFirst().cause();
      entries.add(
          new HistoryEntry(
              Catalog.LOAD, load.toString(), cause.who(), cause.why(), null, "live", detail));
    }
    if (!entries.isEmpty()) {
      History.record(connection, entries);
    }
  }

  private static void each(List<HistoryEntry> entries, CatalogFile file, Cause cause) {
    ObjectNode detail = JsonNodeFactory.instance.objectNode();
    detail.put("name", file.name().toString());
    detail.put("size", file.size());
    entries.add(Changes.fileEntry(file.id(), null, "live", cause, detail));
    for (Replica copy : file.replicas()) {
      ReplicaChange change = ReplicaChange.to(file.id(), copy.site(), copy.state()).at(copy.path());
      entries.add(
          ReplicaStore.entry(
              copy.bundle() == null ? change : change.inBundle(copy.bundle()),
              null,
              cause.who(),
              cause.why()));
    }
  }
}
