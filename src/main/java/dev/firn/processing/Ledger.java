package dev.firn.processing;

import dev.firn.database.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;

/// Reads the ledger of campaigns: totals, what is missing, and the proof of what was made of what.
final class Ledger {
  private static final int PAGE = 5_000;

  private final Database database;

  Ledger(Database database) {
    this.database = database;
  }

  Status status(Campaign campaign) {
    return database.read(c -> status(c, campaign));
  }

  private static Status status(Connection c, Campaign asked) throws SQLException {
    Campaign campaign = CampaignStore.find(c, asked.name()).orElse(asked);
    Map<String, CampaignStore.Sum> sums = CampaignStore.sums(c, campaign.id());
    CampaignStore.InputSum inputs = CampaignStore.inputs(c, campaign.id());
    long quarantined = events(sums, "quarantined");
    Map<String, Long> units = new TreeMap<>();
    sums.forEach((state, sum) -> units.put(state, sum.units()));
    return new Status(
        campaign,
        campaign.expected(),
        events(sums, "done"),
        events(sums, "leased"),
        inputs.excludedEvents() + quarantined,
        events(sums, "ready"),
        quarantined,
        folded(c, campaign.id()),
        inputs.files(),
        inputs.excludedFiles(),
        reasons(c, campaign.id()),
        units,
        CampaignStore.lacks(c, campaign.id()).stream()
            .map(l -> new Status.Lack(l.run(), l.what()))
            .toList());
  }

  private static long events(Map<String, CampaignStore.Sum> sums, String state) {
    CampaignStore.Sum sum = sums.get(state);
    return sum == null ? 0 : sum.events();
  }

  private static long folded(Connection c, int campaign) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT coalesce(sum(events), 0)::bigint FROM campaign_unit"
                + " WHERE campaign = ? AND state = 'done' AND folded")) {
      select.setInt(1, campaign);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// Events that are excluded, by why: of the plan, and of quarantine by the kind of failure.
  private static Map<String, Long> reasons(Connection c, int campaign) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT excluded, sum(events)::bigint FROM campaign_input WHERE campaign = ?"
                + " AND excluded IS NOT NULL GROUP BY 1 UNION ALL"
                + " SELECT 'quarantined: ' || class, sum(events)::bigint FROM campaign_unit"
                + " WHERE campaign = ? AND state = 'quarantined' GROUP BY 1 LIMIT 10000")) {
      select.setInt(1, campaign);
      select.setInt(2, campaign);
      Map<String, Long> reasons = new TreeMap<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          reasons.merge(row.getString(1), row.getLong(2), Long::sum);
        }
      }
      return reasons;
    }
  }

  /// Events that are not done, unit by unit, each with why: those in quarantine first, on which
  /// somebody has to look, and those nobody has taken yet last.
  ///
  /// @param excluded whether also files that the plan keeps out
  Status.Gaps missing(Campaign campaign, boolean excluded, int most) {
    return database.read(c -> {
      List<Status.Gap> gaps = gaps(c, campaign.id(), excluded, most);
      Map<String, CampaignStore.Sum> sums = CampaignStore.sums(c, campaign.id());
      long all = excluded ? CampaignStore.inputs(c, campaign.id()).excludedFiles() : 0;
      for (String state : List.of("quarantined", "leased", "ready")) {
        CampaignStore.Sum sum = sums.get(state);
        all += sum == null ? 0 : sum.units();
      }
      return new Status.Gaps(gaps, Math.max(0, all - gaps.size()));
    });
  }

  private static List<Status.Gap> gaps(Connection c, int campaign, boolean excluded, int most)
      throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            """
            SELECT coalesce(d.path || '/' || f.name, 'file ' || g.file_id), g.first, g.events,
              g.state, g.worker, g.class, g.reason
            FROM (
              SELECT file_id, first, events, state, worker, class, reason, seq AS place,
                CASE state WHEN 'quarantined' THEN 0 WHEN 'leased' THEN 2 ELSE 3 END AS rank
              FROM campaign_unit
              WHERE campaign = ? AND state IN ('ready', 'leased', 'quarantined')
              UNION ALL
              SELECT file_id, 0, events, 'excluded', NULL, NULL, excluded, run, 1
              FROM campaign_input WHERE campaign = ? AND excluded IS NOT NULL AND ?
              ORDER BY rank, place, first, file_id LIMIT ?
            ) g LEFT JOIN file f ON f.id = g.file_id LEFT JOIN dir d ON d.id = f.dir_id
            ORDER BY g.rank, g.place, g.first, g.file_id
            """)) {
      select.setInt(1, campaign);
      select.setInt(2, campaign);
      select.setBoolean(3, excluded);
      select.setInt(4, most);
      List<Status.Gap> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(gap(row));
        }
      }
      return found;
    }
  }

  private static Status.Gap gap(ResultSet row) throws SQLException {
    String state = row.getString(4);
    String reason = row.getString(7);
    String why =
        switch (state) {
          case "excluded" -> reason;
          case "leased" -> reason == null ? "at work" : row.getString(6) + ": " + reason;
          default -> reason == null ? "nobody has taken it yet" : row.getString(6) + ": " + reason;
        };
    return new Status.Gap(
        row.getString(1),
        row.getLong(2),
        row.getLong(3),
        state,
        state.equals("leased") ? String.valueOf(row.getString(5)) : "",
        why);
  }

  /// Workers of a campaign, the one heard of last first.
  List<Status.Hand> hands(Campaign campaign, int most) {
    return database.read(c -> {
      try (PreparedStatement select =
          c.prepareStatement(
              """
              SELECT l.worker, coalesce(max(w.done), 0), coalesce(max(w.failed), 0),
                (SELECT count(*) FROM campaign_unit u WHERE u.campaign = l.campaign
                  AND u.state = 'leased' AND u.worker = l.worker), max(l.heard) AS heard
              FROM campaign_lease l LEFT JOIN campaign_worker w
                ON w.campaign = l.campaign AND w.name = l.worker
              WHERE l.campaign = ? GROUP BY l.campaign, l.worker ORDER BY heard DESC LIMIT ?
              """)) {
        select.setInt(1, campaign.id());
        select.setInt(2, most);
        List<Status.Hand> found = new ArrayList<>();
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            OffsetDateTime heard = row.getObject(5, OffsetDateTime.class);
            found.add(
                new Status.Hand(
                    row.getString(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4),
                    heard.toInstant()));
          }
        }
        return found;
      }
    });
  }

  /// Takes lines of a proof.
  @FunctionalInterface
  interface Lines<X extends Exception> {
    void line(Map<String, Object> line) throws X;
  }

  /// What each committed unit was made of, with checksums and versions: one line a unit.
  <X extends Exception> void proof(Campaign campaign, Lines<X> to) throws X {
    UUID after = new UUID(0, 0);
    while (true) {
      UUID from = after;
      List<Map<String, Object>> page = database.read(c -> proof(c, campaign, from));
      for (Map<String, Object> line : page) {
        to.line(line);
        after = (UUID) Objects.requireNonNull(line.get("unit"));
      }
      if (page.size() < PAGE) {
        return;
      }
    }
  }

  private static List<Map<String, Object>> proof(Connection c, Campaign campaign, UUID after)
      throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            """
            SELECT u.id, id.path || '/' || i.name AS input, encode(i.sha512, 'hex') AS input_sha512,
              u.first, u.events, gd.path || '/' || g.name AS gcd,
              encode(g.sha512, 'hex') AS gcd_sha512, od.path || '/' || o.name AS output,
              encode(u.sha512, 'hex') AS output_sha512, encode(u.names, 'hex') AS names_sha256,
              u.worker, u.attempt, u.folded, u.changed
            FROM campaign_unit u
              JOIN campaign_input n ON n.campaign = u.campaign AND n.file_id = u.file_id
              JOIN file i ON i.id = u.file_id JOIN dir id ON id.id = i.dir_id
              JOIN file g ON g.id = n.gcd_file JOIN dir gd ON gd.id = g.dir_id
              JOIN file o ON o.id = u.output JOIN dir od ON od.id = o.dir_id
            WHERE u.campaign = ? AND u.state = 'done' AND u.id > ? ORDER BY u.id LIMIT ?
            """)) {
      select.setInt(1, campaign.id());
      select.setObject(2, after);
      select.setInt(3, PAGE);
      List<Map<String, Object>> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          Map<String, Object> line = new LinkedHashMap<>();
          line.put("unit", row.getObject("id", UUID.class));
          for (String text : List.of("input", "input_sha512")) {
            line.put(text, row.getString(text));
          }
          line.put("first", row.getLong("first"));
          line.put("events", row.getLong("events"));
          for (String text :
              List.of("gcd", "gcd_sha512", "output", "output_sha512", "names_sha256", "worker")) {
            line.put(text, row.getString(text));
          }
          line.put("attempt", row.getInt("attempt"));
          line.put("folded", row.getBoolean("folded"));
          OffsetDateTime changed = row.getObject("changed", OffsetDateTime.class);
          line.put("committed", changed.toInstant().toString());
          line.put("command", campaign.command());
          found.add(line);
        }
      }
      return found;
    }
  }

  /// Lets what is in quarantine be tried again.
  static int release(Connection c, int campaign) throws SQLException {
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE campaign_unit SET state = 'ready', failed = 0, lost = 0, hindered = 0,"
                + " not_before = now(), changed = now() WHERE campaign = ?"
                + " AND state = 'quarantined'")) {
      update.setInt(1, campaign);
      return update.executeUpdate();
    }
  }

  /// A committed unit whose result is no row yet.
  record Committed(UUID unit, long seq, long file, long first, long events, long output) {}

  static List<Committed> unfolded(Connection c, int campaign) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT id, seq, file_id, first, events, output FROM campaign_unit"
                + " WHERE campaign = ? AND state = 'done' AND NOT folded ORDER BY seq, first")) {
      select.setInt(1, campaign);
      return committed(select);
    }
  }

  /// Those from a place on whose results nobody compared with what went in.
  static List<Committed> uncompared(Connection c, int campaign, long place, int most)
      throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT id, seq, file_id, first, events, output FROM campaign_unit"
                + " WHERE campaign = ? AND state = 'done' AND NOT folded AND seq >= ?"
                + " AND NOT compared ORDER BY seq, first LIMIT ?")) {
      select.setInt(1, campaign);
      select.setLong(2, place);
      select.setInt(3, most);
      return committed(select);
    }
  }

  private static List<Committed> committed(PreparedStatement select) throws SQLException {
    List<Committed> found = new ArrayList<>();
    try (ResultSet row = select.executeQuery()) {
      while (row.next()) {
        found.add(
            new Committed(
                row.getObject(1, UUID.class),
                row.getLong(2),
                row.getLong(3),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6)));
      }
    }
    return found;
  }

  static void compared(Connection c, int campaign, List<Committed> units) throws SQLException {
    mark(c, "compared", campaign, units);
  }

  static void folded(Connection c, int campaign, List<Committed> units) throws SQLException {
    mark(c, "folded", campaign, units);
  }

  private static void mark(Connection c, String what, int campaign, List<Committed> units)
      throws SQLException {
    try (PreparedStatement update =
        c.prepareStatement(
            "UPDATE campaign_unit SET "
                + what
                + " = true WHERE campaign = ? AND state = 'done' AND id = ANY(?)")) {
      update.setInt(1, campaign);
      update.setArray(2, c.createArrayOf("uuid", units.stream().map(Committed::unit).toArray()));
      update.executeUpdate();
    }
  }

  /// Ends the attempt that made a wrong result as one that failed, so that its unit is tried again,
  /// halved or given up, and what it left is swept.
  static void reject(Connection c, Committed unit, Comparison.Rejected why) throws SQLException {
    for (LeaseStore.Row row : LeaseStore.lock(c, List.of(unit.unit()))) {
      if (row.state().equals("done") && Long.valueOf(unit.output()).equals(row.output())) {
        Settling.Next next = Settling.after(why.fault(), row.counts());
        LeaseStore.settle(c, row, why.fault(), next, why.why());
        LeaseStore.count(c, row.campaign(), Objects.requireNonNull(row.worker()), -1, 1);
        LeaseStore.sweepAgain(c, unit.output());
      }
    }
  }

  /// Whether nothing of a campaign waits or is at work.
  static boolean settled(Connection c, int campaign) throws SQLException {
    try (PreparedStatement select =
        c.prepareStatement(
            "SELECT NOT EXISTS (SELECT FROM campaign_unit WHERE campaign = ?"
                + " AND state IN ('ready', 'leased'))")) {
      select.setInt(1, campaign);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
