package dev.firn.archive.tape;

import dev.firn.database.Database;
import dev.firn.http.RemoteException;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that files at nearline sites are on disk before somebody reads them, and lets go of
/// them afterwards. What was ordered is kept in the database (`V110__recall.sql`), so that a hub
/// that starts again asks after its orders instead of ordering twice.
public final class Staging {
  private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
  private static final int BATCH = 200;

  private final Database database;
  private final TapeClient client;
  private final Duration pause;

  /// @param pause between two questions after one order
  public Staging(Database database, TapeClient client, Duration pause) {
    this.database = database;
    this.client = client;
    this.pause = pause;
  }

  /// Where a file is on its way to disk.
  ///
  /// @param ready whether it can be read now
  /// @param trouble why it will not come; null when nothing is wrong
  public record Fate(boolean ready, @Nullable String trouble) {
    static final Fate READY = new Fate(true, null);
    static final Fate WAITING = new Fate(false, null);
  }

  /// @param stuck whether it was ordered so long ago that the order is taken to be lost
  private record Row(
      String request,
      boolean online,
      @Nullable String trouble,
      boolean due,
      boolean old,
      boolean stuck) {}

  /// Orders what has not been ordered, all at once, and asks after the rest.
  ///
  /// @throws IOException when the site does not answer: nothing is known then
  public Map<LogicalName, Fate> prepare(Site site, Collection<LogicalName> names)
      throws IOException {
    Map<LogicalName, Fate> fates = new LinkedHashMap<>();
    if (!site.nearline()) {
      names.forEach(name -> fates.put(name, Fate.READY));
      return fates;
    }
    Map<LogicalName, Row> rows = rows(site, names);
    List<LogicalName> fresh = new ArrayList<>();
    Map<String, List<LogicalName>> due = new LinkedHashMap<>();
    for (LogicalName name : names) {
      Row row = rows.get(name);
      if (row == null || (row.trouble != null && row.old) || (!row.online && row.stuck)) {
        fresh.add(name);
      } else if (row.due && !row.online && row.trouble == null) {
        due.computeIfAbsent(row.request, r -> new ArrayList<>()).add(name);
      }
    }
    for (int i = 0; i < fresh.size(); i += BATCH) {
      order(site, fresh.subList(i, Math.min(fresh.size(), i + BATCH)));
    }
    for (Map.Entry<String, List<LogicalName>> asked : due.entrySet()) {
      ask(site, asked.getKey(), asked.getValue());
    }
    Map<LogicalName, Row> now = rows(site, names);
    for (LogicalName name : names) {
      Row row = now.get(name);
      fates.put(name, row == null ? Fate.WAITING : new Fate(row.online, row.trouble));
    }
    return fates;
  }

  private void order(Site site, List<LogicalName> names) throws IOException {
    String request = client.stage(site, names);
    LOG.info("{}: {} files ordered from tape, request {}", site.name(), names.size(), request);
    database.inTransaction(c -> {
      try (PreparedStatement insert =
          c.prepareStatement(
              "INSERT INTO staging(site, name, request) VALUES (?, ?, ?)"
                  + " ON CONFLICT (site, name) DO UPDATE SET request = excluded.request,"
                  + " online = false, trouble = NULL, asked = now(), looked = now()")) {
        for (LogicalName name : names) {
          insert.setString(1, site.name().value());
          insert.setString(2, name.toString());
          insert.setString(3, request);
          insert.addBatch();
        }
        return insert.executeBatch();
      }
    });
  }

  private void ask(Site site, String request, List<LogicalName> names) throws IOException {
    var fares = client.poll(site, request, names);
    if (fares.isEmpty()) {
      LOG.info("{} has forgotten request {}: ordered again", site.name(), request);
      forget(site, names);
      return;
    }
    database.inTransaction(c -> {
      try (PreparedStatement update =
          c.prepareStatement(
              "UPDATE staging SET online = ?, trouble = ?, looked = now()"
                  + " WHERE site = ? AND name = ? AND request = ?")) {
        for (LogicalName name : names) {
          TapeClient.Fare fare = fares.get().get(name);
          update.setBoolean(1, fare != null && fare.online());
          update.setString(
              2, fare == null ? site.name() + " does not say how it fares" : fare.error());
          update.setString(3, site.name().value());
          update.setString(4, name.toString());
          update.setString(5, request);
          update.addBatch();
        }
        return update.executeBatch();
      }
    });
  }

  /// Lets go of files that were read or are not wanted any more. That the site does not hear of it
  /// costs it some disk and nothing else.
  public void done(Site site, Collection<LogicalName> names) {
    if (!site.nearline()) {
      return;
    }
    Map<String, List<LogicalName>> byRequest = new LinkedHashMap<>();
    rows(site, names)
        .forEach((name, row) ->
            byRequest.computeIfAbsent(row.request, r -> new ArrayList<>()).add(name));
    byRequest.forEach((request, some) -> {
      try {
        client.release(site, request, some);
      } catch (RemoteException e) {
        LOG.info("{} was not told to release {} files: {}", site.name(), some.size(), e.detail());
      } catch (IOException e) {
        LOG.info("{} was not told to release {} files: {}", site.name(), some.size(), e.toString());
      }
    });
    forget(site, names);
  }

  /// A file was said to be on disk and could not be read: it is ordered again next time.
  public void forget(Site site, Collection<LogicalName> names) {
    database.inTransaction(c -> {
      try (PreparedStatement delete =
          c.prepareStatement("DELETE FROM staging WHERE site = ? AND name = ANY(?)")) {
        delete.setString(1, site.name().value());
        delete.setArray(
            2, c.createArrayOf("text", names.stream().map(LogicalName::toString).toArray()));
        return delete.executeUpdate();
      }
    });
  }

  private Map<LogicalName, Row> rows(Site site, Collection<LogicalName> names) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT name, request, online, trouble,"
                  + " looked <= now() - ? * interval '1 millisecond',"
                  + " asked < now() - interval '10 minutes', asked < now() - interval '2 days'"
                  + " FROM staging WHERE site = ? AND name = ANY(?)")) {
        select.setLong(1, pause.toMillis());
        select.setString(2, site.name().value());
        select.setArray(
            3, c.createArrayOf("text", names.stream().map(LogicalName::toString).toArray()));
        Map<LogicalName, Row> rows = new LinkedHashMap<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            rows.put(
                LogicalName.parse(row.getString(1)),
                new Row(
                    row.getString(2),
                    row.getBoolean(3),
                    row.getString(4),
                    row.getBoolean(5),
                    row.getBoolean(6),
                    row.getBoolean(7)));
          }
        }
        return rows;
      }
    });
  }
}
