package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// No query of the product scans a big table: their plans on 100,000 files are looked at.
@Tag("slow")
class QueryPlanTest {
  private static final Pattern SCAN = Pattern.compile("Seq Scan on (file|replica|history)\\b");
  private static TestDatabase test;

  @BeforeAll
  static void fill() throws SQLException {
    test = TestDatabase.create();
    String names = "'/data/exp/IceCube/' || 2010 + d / 100 || '/filtered/level2/' || d % 100";
    for (String sql :
        List.of(
            "INSERT INTO site(name) VALUES ('madison'), ('nersc'), ('desy')",
            "INSERT INTO level(name) VALUES ('L1'), ('L2'), ('GCD')",
            "INSERT INTO dir(parent_id, path) SELECT 1, "
                + names
                + " FROM generate_series(0, 999) d",
            """
            INSERT INTO file(size, checksum_key, dir_id, run, season, level, first_event, last_event,
              name, sha512, metadata)
            SELECT i, hashtextextended(i::text, 0), 2 + i / 100, 100000 + i / 75, 2010 + i / 10000,
              1 + i % 3, i * 10, i * 10 + 9, 'Level2_' || i, decode(repeat(md5(i::text), 4), 'hex'),
              jsonb_build_object('n', i % 1000, 'k', i)
            FROM generate_series(0, 99999) i
            """,
            """
            INSERT INTO replica(file_id, site, state, bundle)
            SELECT id, s, CASE WHEN id % 1000 = s THEN 4 ELSE 2 END,
              CASE WHEN s = 3 THEN md5((id / 500)::text)::uuid END
            FROM file, generate_series(1, 3) s
            """,
            """
            INSERT INTO history(subject_kind, subject_id, who, why)
            SELECT 'file', id::text, 'me', 'fill' FROM file
            """,
            "ANALYZE")) {
      test.database()
          .inTransaction(c -> {
            try (Statement statement = c.createStatement()) {
              return statement.execute(sql);
            }
          });
    }
  }

  @AfterAll
  static void close() {
    test.close();
  }

  private static String explainPage(Sql sql) {
    return explain(sql, true);
  }

  private static String explainTotal(Sql sql) {
    return explain(sql, false);
  }

  /// With the settings that the product makes for the statement.
  private static String explain(Sql sql, boolean page) {
    return test.database()
        .read(c -> {
          if (page) {
            QueryStore.keepOrder(c);
          }
          try (PreparedStatement ask = new Sql().add("EXPLAIN ").add(sql).prepare(c)) {
            return text(ask);
          }
        });
  }

  private static String text(PreparedStatement explain) throws SQLException {
    StringBuilder text = new StringBuilder();
    try (ResultSet row = explain.executeQuery()) {
      while (row.next()) {
        text.append(row.getString(1)).append('\n');
      }
    }
    return text.toString();
  }

  private static void assertNoScan(String what, String plan) {
    assertThat(SCAN.matcher(plan).find()).as(what + "\n" + plan).isFalse();
  }

  @Test
  void comparingADirectoryWithItsRecordScansNoBigTable() {
    String path = "/data/exp/IceCube/2013/filtered/level2/7";
    String plan =
        test.database()
            .inTransaction(c -> {
              try (Statement statement = c.createStatement()) {
                statement.execute(
                    "CREATE TEMPORARY TABLE listed(path text COLLATE \"C\" NOT NULL,"
                        + " size bigint NOT NULL, sha512 bytea) ON COMMIT DROP");
              }
              try (PreparedStatement ask =
                  c.prepareStatement("EXPLAIN " + Consistency.DIFFERENCES)) {
                ask.setString(1, "madison");
                ask.setString(2, path);
                ask.setString(3, path + "/");
                ask.setString(4, path + "0");
                ask.setInt(5, path.length() + 2);
                return text(ask);
              }
            });
    assertNoScan("a directory", plan);
    String placed =
        test.database()
            .read(c -> {
              try (PreparedStatement ask = c.prepareStatement("EXPLAIN " + Consistency.PLACED)) {
                ask.setString(1, path);
                ask.setString(2, "madison");
                return text(ask);
              }
            });
    assertNoScan("a path", placed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "run = 100500",
        "run = 100500 and level = L2",
        "run between 100100 and 100400 and level = L2 and meta.n = 5",
        "run between 100100 and 100900 and level = L2",
        "run between 100100 and 100104 and level = L2 and meta.n = 5",
        "run = 100500 and meta.n = 5",
        "run in (100001, 100700)",
        "season = 2013 and level = GCD",
        "season between 2012 and 2015",
        "name = /data/exp/IceCube/2013/filtered/level2/7/Level2_30701",
        "name ~ /data/exp/IceCube/2013/filtered/level2/7/*",
        "name ~ /data/exp/IceCube/2013/**",
        "name ~ /data/exp/**/level2/** and not verified at desy",
        "name ~ **/level2/9*/*",
        "meta.n = 5",
        "meta.n = 5 and season = 2012",
        "contains event 100500:375005",
        "in bundle c4ca4238-a0b9-2382-0dcc-509a6f75849b",
        "bad at desy",
        "bad at desy and season = 2011",
        "not at nersc",
        "verified at desy and size > 1 MB",
        "run = 100500 or run = 100700",
        "run = 100500 and subrun = 0 and part > 3",
        "duplicates",
        "derived from /data/exp/IceCube/2013/filtered/level2/7/Level2_30701",
        "created > 2026-01-01 and size > 1 GB",
        "start > 2013-01-01 and end < 2014-01-01",
        "livetime > 1 h",
        "owner = i3filter and group = offline",
        "type = real and events > 5",
        "copies < 2",
        "meta.n > 5",
        "season = 2012 and (level = L2 or level = GCD) and not at nersc",
        "sha512 = 00"
      })
  void noPageOfAQueryScansABigTable(String text) {
    String hex = "0".repeat(128);
    FileQuery query = FileQuery.parse(text.replace("sha512 = 00", "sha512 = " + hex));
    QueryPlan plan = QueryPlan.of(query.condition());
    assertNoScan(text + " first", explainPage(QueryStore.page(plan, PageToken.START, 1_000)));
    PageToken middle =
        switch (plan.order()) {
          case RUN -> new PageToken("100500", "", 50_000);
          case SEASON -> new PageToken("2013", "2", 50_000);
          case NAME -> new PageToken("/data/exp/IceCube/2013/filtered/level2/7", "Level2_5", 7);
          case SET, MEMBERS, WALK -> new PageToken("", "", 50_000);
        };
    assertNoScan(text + " middle", explainPage(QueryStore.page(plan, middle, 1_000)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run = 100500 and level = L2",
        "run between 100100 and 100110",
        "name ~ /data/exp/IceCube/2013/filtered/level2/7/*",
        "meta.k = 5",
        "contains event 100500:375005",
        "in bundle c4ca4238-a0b9-2382-0dcc-509a6f75849b",
        "bad at desy"
      })
  void totalsOfNarrowQueriesUseAnIndex(String text) {
    assertNoScan(text, explainTotal(QueryStore.total(FileQuery.parse(text).condition())));
  }

  @Test
  void everyFixedStatementUsesAnIndex() throws Exception {
    String columns = "SELECT " + FileRows.COLUMNS + FileRows.FROM;
    for (String sql :
        List.of(
            columns + "WHERE f.dir_id = 5 AND f.name = 'x' AND f.state = 1",
            columns + "WHERE f.id = 77",
            columns + "WHERE f.uuid = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'",
            columns + "WHERE f.checksum_key = 5 AND f.sha512 = '\\x00' ORDER BY f.id LIMIT 10",
            ListingStore.FILES
                .replaceFirst("\\?", "5")
                .replaceFirst("\\?", "''")
                .replace("?", "100"),
            ListingStore.DIRECTORIES.replace("?", "1"),
            "SELECT id FROM file WHERE id > 50 AND state = 1 ORDER BY id LIMIT 100",
            "SELECT file_id FROM replica WHERE file_id = ANY('{1,2,3}')",
            "SELECT * FROM history WHERE subject_kind = ANY('{file,replica}') AND subject_id = '5'"
                + " AND id < 99999999 ORDER BY id DESC LIMIT 10",
            "SELECT * FROM history WHERE id < 99999999 ORDER BY id DESC LIMIT 10",
            "SELECT * FROM history WHERE (tx, id) > ('5', 5)"
                + " AND tx < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY tx, id LIMIT 10",
            "SELECT id, path FROM dir WHERE path = '/data' UNION ALL"
                + " SELECT id, path FROM dir WHERE path >= '/data/' AND path < '/data0'"
                + " ORDER BY path",
            "UPDATE replica SET state = 2 WHERE bundle = 'c4ca4238-a0b9-2382-0dcc-509a6f75849b'"
                + " AND site = 3 AND state <> 5")) {
      try (Connection connection =
              DriverManager.getConnection(
                  test.address().jdbcUrl(), test.address().user(), test.address().password());
          PreparedStatement ask = connection.prepareStatement("EXPLAIN " + sql)) {
        assertNoScan(sql, text(ask));
      }
    }
  }
}
