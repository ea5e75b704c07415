package dev.firn.catalog.run;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The tables of runs in `V80__runs_and_indexing.sql`.
final class RunStore {
  private RunStore() {}

  /// Keeps a list; false when this very text was kept under this name before.
  static boolean keep(Connection c, GoodRunList list, String digest, String rank, String who)
      throws SQLException {
    Optional<Integer> id = insert(c, list, digest, rank, who);
    if (id.isEmpty()) {
      return false;
    }
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO run_verdict(run, list, good_in_ice, good_ice_top, livetime, active_strings,"
                + " active_doms, active_in_ice, directory, comment)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
      for (GoodRunList.Row row : list.rows()) {
        insert.setInt(1, row.run());
        insert.setInt(2, id.get());
        insert.setBoolean(3, row.goodInIce());
        insert.setObject(4, row.goodIceTop(), Types.BOOLEAN);
        insert.setObject(5, row.livetime(), Types.DOUBLE);
        insert.setObject(6, row.activeStrings(), Types.INTEGER);
        insert.setObject(7, row.activeDoms(), Types.INTEGER);
        insert.setObject(8, row.activeInIce(), Types.INTEGER);
        insert.setString(9, row.directory());
        insert.setString(10, row.comment());
        insert.addBatch();
      }
      insert.executeBatch();
    }
    return true;
  }

  private static Optional<Integer> insert(
      Connection c, GoodRunList list, String digest, String rank, String who) throws SQLException {
    try (PreparedStatement insert =
        c.prepareStatement(
            "INSERT INTO good_run_list(name, digest, season, rank, runs, who)"
                + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id")) {
      insert.setString(1, list.name());
      insert.setString(2, digest);
      insert.setObject(3, list.season(), Types.SMALLINT);
      insert.setString(4, rank);
      insert.setInt(5, list.rows().size());
      insert.setString(6, who);
      try (ResultSet row = insert.executeQuery()) {
        return row.next() ? Optional.of(row.getInt(1)) : Optional.empty();
      }
    }
  }

  /// Keeps what is said of parts, in place of what was said of them before.
  static void keep(Connection c, List<RunPart> parts) throws SQLException {
    try (PreparedStatement part =
            c.prepareStatement(
                "INSERT INTO run_part(run, subrun, part, first_event, last_event, starts, ends,"
                    + " livetime) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                    + " ON CONFLICT (run, subrun, part) DO UPDATE SET"
                    + " first_event = excluded.first_event, last_event = excluded.last_event,"
                    + " starts = excluded.starts, ends = excluded.ends,"
                    + " livetime = excluded.livetime");
        PreparedStatement forget =
            c.prepareStatement("DELETE FROM run_gap WHERE run = ? AND subrun = ? AND part = ?");
        PreparedStatement gap =
            c.prepareStatement(
                "INSERT INTO run_gap(run, subrun, part, position, seconds, before, after)"
                    + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
      for (RunPart p : parts) {
        name(part, p);
        part.setObject(4, p.firstEvent(), Types.BIGINT);
        part.setObject(5, p.lastEvent(), Types.BIGINT);
        part.setTimestamp(6, timestamp(p.starts()));
        part.setTimestamp(7, timestamp(p.ends()));
        part.setObject(8, p.livetime(), Types.DOUBLE);
        part.addBatch();
        name(forget, p);
        forget.addBatch();
        for (int i = 0; i < p.gaps().size(); i++) {
          name(gap, p);
          gap.setInt(4, i);
          gap.setDouble(5, p.gaps().get(i).seconds());
          gap.setLong(6, p.gaps().get(i).before());
          gap.setLong(7, p.gaps().get(i).after());
          gap.addBatch();
        }
      }
      part.executeBatch();
      forget.executeBatch();
      gap.executeBatch();
    }
  }

  private static void name(PreparedStatement statement, RunPart part) throws SQLException {
    statement.setInt(1, part.run());
    statement.setInt(2, part.subrun());
    statement.setInt(3, part.part());
  }

  private static @Nullable Timestamp timestamp(@Nullable Instant time) {
    return time == null ? null : Timestamp.from(time);
  }

  /// What the newest list that names a run says of it.
  static Optional<Verdict> verdict(Connection c, int run) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT "
                + Verdict.COLUMNS
                + " FROM run_verdict v JOIN good_run_list l ON l.id = v.list WHERE v.run = ?"
                + " ORDER BY l.rank DESC, l.id DESC LIMIT 1")) {
      select.setInt(1, run);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(Verdict.of(row)) : Optional.empty();
      }
    }
  }

  /// The verdicts on all runs of a season above `after`, in their order.
  static List<Verdict> season(Connection c, int season, int after, int limit) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT DISTINCT ON (v.run) "
                + Verdict.COLUMNS
                + " FROM good_run_list l JOIN run_verdict v ON v.list = l.id"
                + " WHERE l.season = ? AND v.run > ? ORDER BY v.run, l.rank DESC, l.id DESC"
                + " LIMIT ?")) {
      select.setInt(1, season);
      select.setInt(2, after);
      select.setInt(3, limit);
      List<Verdict> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(Verdict.of(row));
        }
      }
      return found;
    }
  }

  /// What gaps files say of a run, part by part.
  static List<RunPart> parts(Connection c, int run) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT p.subrun, p.part, p.first_event, p.last_event, p.starts, p.ends, p.livetime,"
                + " g.seconds, g.before, g.after FROM run_part p"
                + " LEFT JOIN run_gap g USING (run, subrun, part) WHERE p.run = ?"
                + " ORDER BY p.subrun, p.part, g.position")) {
      select.setInt(1, run);
      List<RunPart> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          add(found, run, row);
        }
      }
      return found;
    }
  }

  private static void add(List<RunPart> found, int run, ResultSet row) throws SQLException {
    List<GapsFile.Gap> gaps = new ArrayList<>();
    int subrun = row.getInt(1);
    int part = row.getInt(2);
    if (!found.isEmpty() && found.getLast().subrun() == subrun && found.getLast().part() == part) {
      gaps.addAll(found.removeLast().gaps());
    }
    double seconds = row.getDouble(8);
    if (!row.wasNull()) {
      gaps.add(new GapsFile.Gap(seconds, row.getLong(9), row.getLong(10)));
    }
    found.add(
        new RunPart(
            run,
            subrun,
            part,
            row.getObject(3, Long.class),
            row.getObject(4, Long.class),
            instant(row.getTimestamp(5)),
            instant(row.getTimestamp(6)),
            row.getObject(7, Double.class),
            gaps));
  }

  private static @Nullable Instant instant(@Nullable Timestamp time) {
    return time == null ? null : time.toInstant();
  }
}
