package dev.firn.catalog.filecatalog;

import static dev.firn.catalog.filecatalog.ServedFileCatalog.at;
import static dev.firn.catalog.filecatalog.ServedFileCatalog.document;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Sql;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// What the indexer asks for each file is looked up and not looked for, however many there are.
class FileCatalogPlansTest {
  private static final String PATH = "/data/exp/d50/f7501.i3";
  private static final List<String> INDEXER =
      List.of(
          "{\"logical_name\": \"%1$s\", \"query\": {\"locations.path\": \"%1$s\"}}",
          "{\"query\": {\"locations\": {\"$elemMatch\":"
              + " {\"site\": \"WIPAC\", \"path\": \"%1$s\"}}}}",
          "{\"query\": {\"locations.path\": \"%1$s\"}}",
          "{\"logical_name\": \"%1$s\"}");

  /// What the archive's picker and locator ask for a path that was requested.
  private static final List<String> ARCHIVE =
      List.of(
          "{\"query\": {\"locations.site\": {\"$eq\": \"WIPAC\"},"
              + " \"locations.path\": {\"$regex\": \"^/data/exp/d50\"}}}",
          "{\"query\": {\"locations.archive\": {\"$eq\": null},"
              + " \"locations.site\": {\"$eq\": \"WIPAC\"},"
              + " \"locations.path\": {\"$regex\": \"^/data/exp/d50/f7\"}}}",
          "{\"query\": {\"logical_name\": {\"$regex\": \"^/data/exp/d50\"}}}");

  private ServedFileCatalog fc;

  @BeforeEach
  void start() throws Exception {
    fc = new ServedFileCatalog();
  }

  @AfterEach
  void stop() throws Exception {
    fc.close();
  }

  /// 20,000 files in 134 directories, each with a location and a copy.
  private void fill() {
    fc.test
        .database()
        .inTransaction(c -> {
          try (Statement fill = c.createStatement()) {
            for (String sql :
                List.of(
                    "INSERT INTO site(name) VALUES ('wipac') ON CONFLICT DO NOTHING",
                    "INSERT INTO dir(parent_id, path) SELECT 1, '/data/exp/d' || i"
                        + " FROM generate_series(0, 133) i",
                    "INSERT INTO file(size, checksum_key, dir_id, name, sha512)"
                        + " SELECT i, i, d.id, 'f' || i || '.i3',"
                        + " decode(lpad(to_hex(i), 128, '0'), 'hex') FROM generate_series(1, 20000) i"
                        + " JOIN dir d ON d.path = '/data/exp/d' || i / 150",
                    "INSERT INTO replica(file_id, site, state) SELECT f.id, s.id, 2 FROM file f, site s",
                    "INSERT INTO filecatalog_location(file_id, mirror, site, path)"
                        + " SELECT f.id, 'wipac', 'WIPAC', d.path || '/' || f.name"
                        + " FROM file f JOIN dir d ON d.id = f.dir_id",
                    "ANALYZE")) {
              fill.execute(sql);
            }
          }
          return true;
        });
  }

  private String plan(JsonNode given) {
    return fc.test
        .database()
        .read(c -> {
          Sql explain =
              new Sql()
                  .add("EXPLAIN (ANALYZE, TIMING OFF) SELECT f.id FROM file f")
                  .add(" WHERE f.state IN (1, 2) AND ")
                  .add(Arguments.condition(given))
                  .add(" ORDER BY f.id OFFSET 0 LIMIT 10000");
          StringBuilder plan = new StringBuilder();
          try (PreparedStatement statement = explain.prepare(c);
              ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              plan.append(row.getString(1)).append('\n');
            }
          }
          return plan.toString();
        });
  }

  @Test
  void theIndexersQueriesAreLookedUp() throws Exception {
    fill();
    for (String query : INDEXER) {
      String plan = plan(Json.mapper().readTree(query.formatted(PATH)));
      assertThat(plan).as(query).doesNotContain("Seq Scan on file");
      assertThat(plan).as(query).doesNotContain("Seq Scan on replica");
      assertThat(plan).as(query).doesNotContainPattern("Rows Removed by Filter: \\d{4,}");
      assertThat(plan.lines().findFirst().orElse("")).as(plan).contains("actual rows=1");
    }
  }

  @Test
  void whatTheArchiveAsksReadsNoOtherDirectories() throws Exception {
    fill();
    for (String query : ARCHIVE) {
      String plan = plan(Json.mapper().readTree(query));
      assertThat(plan).as(query).doesNotContain("Seq Scan on file");
      assertThat(plan).as(query).doesNotContain("Seq Scan on replica");
      assertThat(plan).as(query).doesNotContainPattern("Rows Removed by Filter: \\d{4,}");
      assertThat(plan.lines().findFirst().orElse("")).as(plan).contains("actual rows=150");
    }
  }

  @Test
  void aPathIsFoundWhereverItStands() throws Exception {
    fc.create(document("/data/a", 1, at("WIPAC", "/mnt/a") + "," + at("NERSC", "b.zip:/a"), ""));
    String[][] own = {{"/data/own", "/data/own"}, {"/data/else", "/mnt/else"}};
    for (int i = 0; i < own.length; i++) {
      Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(10 + i));
      fc.catalog.register(
          new NewFile(LogicalName.parse(own[i][0]), 7, Checksums.of(sha512), FileMetadata.NONE),
          new SiteName("madison"),
          LogicalName.parse(own[i][1]),
          "me",
          "test");
    }
    String[][] found = {
      {"/mnt/a", "/data/a"},
      {"b.zip:/a", "/data/a"},
      {"/data/own", "/data/own"},
      {"/mnt/else", "/data/else"}
    };
    for (String[] one : found) {
      String path = "\"path\": \"" + one[0] + "\"";
      assertThat(fc.names("{\"locations." + path.substring(1) + "}")).containsExactly(one[1]);
      assertThat(fc.names("{\"locations\": {\"$elemMatch\": {" + path + "}}}"))
          .containsExactly(one[1]);
    }
    // The names of these two are no longer paths of theirs.
    assertThat(fc.names("{\"locations.path\": {\"$in\": [\"/data/a\", \"/data/else\"]}}"))
        .isEmpty();
    assertThat(fc.names("{\"locations.path\": {\"$ne\": \"/mnt/a\"}}")).hasSize(2);
  }

  @Test
  void whatAPatternBeginsWithIsFoundWithWhatMayBeMissing() throws Exception {
    fc.create(document("/data/x\uD83D\uDE00/a", 1, at("WIPAC", "/mnt/x\uD83D\uDE00/a"), ""));
    for (String end : List.of("", "\uD83D\uDE00", "\uD83D\uDE00*", "\uD83D\uDE01*", "y?", "[^y]")) {
      assertThat(fc.names("{\"logical_name\": {\"$regex\": \"^/data/x" + end + "\"}}"))
          .as(end)
          .hasSize(1);
      assertThat(fc.names("{\"locations.path\": {\"$regex\": \"^/mnt/x" + end + "\"}}"))
          .as(end)
          .hasSize(1);
    }
  }
}
