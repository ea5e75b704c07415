package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.DatabaseAddress;
import dev.firn.server.CatalogSteps.Round;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What a database says of one round of changes, as a text that is the same for the same changes of
/// any other round: rows of every table that they touch, and all of their history.
final class CatalogState {
  /// Each has the round's word as its parameters; a row is one column.
  private static final List<String> ROWS =
      List.of(
          """
          SELECT concat_ws(' ', 'file', d.path || '/' || f.name, 'state', f.state, f.size,
            left(encode(f.sha512, 'hex'), 8), f.adler32, 'run', f.run - ?, f.subrun, f.part, 'season',
            f.season, l.name, o.name, f.metadata, 'loaded', f.load IS NOT NULL)
          FROM mine f JOIN dir d ON d.id = f.dir_id LEFT JOIN level l ON l.id = f.level
          LEFT JOIN owner o ON o.id = f.owner
          """,
          """
          SELECT concat_ws(' ', 'copy of', f.name, left(encode(f.sha512, 'hex'), 8), 'at', s.name,
            r.state, r.path, r.verified, v.name)
          FROM mine f JOIN replica r ON r.file_id = f.id JOIN site s ON s.id = r.site
          LEFT JOIN verification v ON v.id = r.verified_how WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', f.name, 'made from', p.name) FROM mine f
          JOIN provenance v ON v.child = f.id JOIN file p ON p.id = v.parent WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', f.name, 'awaits', w.directory, w.name) FROM mine f
          JOIN provenance_awaited w ON w.child = f.id WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', 'dataset', t.name, t.kind, replace(t.query, ?::text, 'RUN'),
            length(t.digest), t.files, t.bytes,
            ARRAY(SELECT f.name FROM dataset_file m JOIN file f ON f.id = m.file_id
                  WHERE m.dataset_id = t.id ORDER BY 1),
            ARRAY(SELECT p.name FROM dataset_part c JOIN dataset p ON p.id = c.part
                  WHERE c.container = t.id ORDER BY 1))
          FROM dataset t WHERE t.name LIKE (SELECT word FROM round) || '%'
          """,
          """
          SELECT concat_ws(' ', 'list', l.name, l.runs, ARRAY(SELECT v.livetime FROM run_verdict v
            WHERE v.list = l.id)) FROM good_run_list l
          WHERE ? > 0 AND l.name LIKE '%' || (SELECT word FROM round) || '%'
          """,
          """
          SELECT concat_ws(' ', 'part', p.subrun, p.part, p.first_event, p.last_event, p.livetime)
          FROM run_part p WHERE p.run = ?
          """,
          """
          SELECT concat_ws(' ', 'inbox', i.final, i.state, i.files, i.bytes, i.reason) FROM box i
          WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', 'to be archived', f.name, a.site, a.state, q.query, q.who, q.cancelled)
          FROM mine f JOIN archive_request_file a ON a.file_id = f.id
          JOIN archive_request q ON q.id = a.request WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', 'location of', f.name, left(encode(f.sha512, 'hex'), 8), l.site, l.path,
            l.mirror, l.flags) FROM mine f JOIN filecatalog_location l ON l.file_id = f.id WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', 'record of', f.name, f.size, f.uuid IS NOT NULL, o.written)
          FROM mine f JOIN filecatalog_record o ON o.file_id = f.id WHERE ? > 0
          """,
          """
          SELECT concat_ws(' ', 'collection', t.name, ARRAY(SELECT count(m.file_id)
            FROM filecatalog_snapshot s LEFT JOIN filecatalog_snapshot_file m ON m.snapshot = s.uuid
            WHERE s.collection = t.uuid GROUP BY s.uuid))
          FROM filecatalog_collection t WHERE ? > 0 AND t.name = (SELECT word FROM round)
          """,
          """
          SELECT concat_ws(' ', 'history', h.subject_kind, coalesce(s.name, 'round'), h.who, h.why,
            h.from_state, '->', h.to_state, h.detail - 'first' - 'last' - 'digest')
          FROM history h JOIN (
            SELECT kind, id::text, name || ' ' || left(encode(sha512, 'hex'), 8) FROM mine
              CROSS JOIN (VALUES ('file'), ('replica')) k(kind)
            UNION ALL SELECT DISTINCT 'load', load::text, NULL FROM mine
            UNION ALL SELECT 'inbox', id::text, NULL FROM box
            UNION ALL SELECT DISTINCT 'archive-request', request::text, NULL
              FROM archive_request_file WHERE file_id IN (SELECT id FROM mine)
            UNION ALL SELECT 'dataset', name, name FROM dataset
              WHERE name LIKE (SELECT word FROM round) || '%'
            UNION ALL SELECT 'good-runs', name, name FROM good_run_list
              WHERE name LIKE '%' || (SELECT word FROM round) || '%'
          ) s(kind, id, name) ON s.kind = h.subject_kind AND s.id = h.subject_id WHERE ? > 0
          """);

  private static final String MINE =
      """
      WITH round(word) AS (SELECT ?::text),
      box AS (SELECT * FROM inbox WHERE final LIKE '%/' || (SELECT word FROM round)),
      mine AS (SELECT * FROM file WHERE dir_id IN (
        SELECT d.id FROM dir d, round WHERE d.path LIKE '/data/%/' || word || '%'
        UNION ALL SELECT d.id FROM dir d, box
          WHERE d.path LIKE '/data/inbox/%' || box.id || '%'))
      """;

  private final DatabaseAddress address;

  CatalogState(DatabaseAddress address) {
    this.address = address;
  }

  String of(Round round) {
    try (Connection connection =
        DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password())) {
      List<String> rows = new ArrayList<>();
      for (String sql : ROWS) {
        rows.addAll(rows(connection, MINE + sql, round));
      }
      String box =
          String.join("", rows(connection, MINE + "SELECT id FROM box WHERE ? > 0", round));
      String text = String.join("\n", rows).replace(round.word(), "ROUND");
      return box.isEmpty() ? text : text.replace(box, "INBOX");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> rows(Connection connection, String sql, Round round)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, round.word());
      select.setInt(2, round.run());
      List<String> rows = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          rows.add(row.getString(1));
        }
      }
      rows.sort(null);
      return rows;
    }
  }

  /// What holds whatever happened: no live file without a copy, no copy of nothing, kept totals as
  /// counted, and the copies at the hub below `/data/ana` and `/data/inbox` those that lie there.
  void requireWhole(Path area) throws Exception {
    try (Connection connection =
        DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password())) {
      assertThat(
              list(
                  connection,
                  "SELECT d.path || '/' || f.name FROM file f JOIN dir d ON d.id = f.dir_id"
                      + " WHERE f.state = 1"
                      + " AND NOT EXISTS (SELECT FROM replica r WHERE r.file_id = f.id)"))
          .isEmpty();
      assertThat(
              list(
                  connection,
                  "SELECT concat_ws(' ', site, state, season, level, sum(files), sum(bytes)) FROM ("
                      + "SELECT site, state, season, level, files, bytes FROM volume UNION ALL"
                      + " SELECT site, state, season, level, files, bytes FROM volume_delta) kept"
                      + " GROUP BY site, state, season, level HAVING sum(files) <> 0"))
          .isEqualTo(
              list(
                  connection,
                  "SELECT concat_ws(' ', site, state, season, level, sum(1), sum(size)) FROM ("
                      + "SELECT 0 AS site, state, coalesce(season, 0) AS season, level, size"
                      + " FROM file UNION ALL SELECT r.site, r.state, coalesce(f.season, 0),"
                      + " f.level, f.size FROM replica r JOIN file f ON f.id = r.file_id) counted"
                      + " GROUP BY site, state, season, level"));
      assertThat(
              list(
                  connection,
                  "SELECT coalesce(r.path, d.path || '/' || f.name) FROM replica r"
                      + " JOIN file f ON f.id = r.file_id JOIN dir d ON d.id = f.dir_id"
                      + " JOIN site s ON s.id = r.site WHERE s.name = 'madison'"
                      + " AND (d.path LIKE '/data/ana/%' OR d.path LIKE '/data/inbox/%')"))
          .isEqualTo(lying(area));
    }
  }

  private static Set<String> list(Connection connection, String sql) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql);
        ResultSet row = select.executeQuery()) {
      Set<String> all = new TreeSet<>();
      while (row.next()) {
        assertThat(all.add(row.getString(1))).isTrue();
      }
      return all;
    }
  }

  private static Set<String> lying(Path area) throws Exception {
    Set<String> all = new TreeSet<>();
    for (String top : List.of("ana", "inbox")) {
      try (Stream<Path> files = Files.walk(area.resolve(top))) {
        files.filter(Files::isRegularFile).forEach(f -> all.add("/data/" + area.relativize(f)));
      }
    }
    return all;
  }
}
