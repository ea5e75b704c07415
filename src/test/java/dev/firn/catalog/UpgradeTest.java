package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.dataset.Datasets;
import dev.firn.database.Database;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.FixtureDump;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Databases of earlier versions, with data in them, are brought forward. From V179 on what a hub
/// held after a whole demo is kept of versions ([FixtureDump]).
class UpgradeTest {
  private TestDatabase test;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
  }

  @AfterEach
  void close() {
    test.close();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                test.address().jdbcUrl(), test.address().user(), test.address().password());
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /// Makes the tables of a version, empty.
  private void migrate(String version) throws SQLException {
    execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    Flyway.configure(UpgradeTest.class.getClassLoader())
        .dataSource(test.address().jdbcUrl(), test.address().user(), test.address().password())
        .locations("classpath:db/migration")
        .target(version)
        .load()
        .migrate();
  }

  private static InputStream fixture(String name) {
    return Objects.requireNonNull(UpgradeTest.class.getResourceAsStream(name));
  }

  /// A fixture of every kind of row that a hub has after a demo: no migration may lose one, and
  /// what is made of them must still add up.
  @ParameterizedTest
  @ValueSource(strings = "v179-fixture.gz")
  void whatAHubHeldAfterADemoIsBroughtForward(String name) throws Exception {
    migrate(FixtureDump.version(fixture(name)));
    Map<String, Long> rows;
    try (Connection connection =
        DriverManager.getConnection(
            test.address().jdbcUrl(), test.address().user(), test.address().password())) {
      rows = FixtureDump.load(fixture(name), connection);
    }
    assertThat(rows)
        .hasSizeGreaterThan(50)
        .containsKeys("account", "campaign", "dataset", "inbox", "login", "notice", "stage");

    try (Database database = Database.open(test::address, DatabaseConfig.DEFAULT)) {
      rows.forEach((table, count) ->
          assertThat(count(database, table)).as(table).isGreaterThanOrEqualTo(count));
      Catalog catalog = new Catalog(database);
      assertThat(catalog.summary().live()).isEqualTo(catalog.queries().total(FileQuery.EVERYTHING));
      for (String keys : List.of("year,level", "site", "owner,group")) {
        assertThat(catalog.queries().groups(FileQuery.EVERYTHING, Grouping.parse(keys)))
            .as(keys)
            .containsExactlyInAnyOrderElementsOf(
                catalog.queries().groups(FileQuery.parse("size >= 0"), Grouping.parse(keys)));
      }
      CatalogFile file =
          catalog.queries().page(FileQuery.parse("verified at nersc"), null, 1).files().getFirst();
      assertThat(catalog.history(file.id(), 0, 100)).isNotEmpty();
      assertThat(new Datasets(database, catalog).find("gcd")).isPresent();
      assertThat(catalog.removed(file.name(), new SiteName("madison"), "me")).isEqualTo(1);
      NewFile other =
          new NewFile(
              LogicalName.parse("/data/after"), 7, CatalogContract.sums(7), FileMetadata.NONE);
      assertThat(catalog.register(other, new SiteName("madison"), other.name(), "me", "after"))
          .isInstanceOf(RegisterOutcome.Registered.class);
      while (catalog.foldSummaries() > 0) {}
      assertThat(catalog.queries().groups(FileQuery.EVERYTHING, Grouping.parse("site")))
          .containsExactlyInAnyOrderElementsOf(
              catalog.queries().groups(FileQuery.parse("size >= 0"), Grouping.parse("site")));
    }
  }

  /// What was imported from the old File Catalog by earlier versions: its documents' times were
  /// kept and not read, and its bundles were none of ours.
  @Test
  void whatWasImportedBeforeGetsItsTimesAndItsBundles() throws Exception {
    migrate("191");
    execute(
        """
        INSERT INTO site(name) VALUES ('nersc');
        INSERT INTO dir(parent_id, path) VALUES (1, '/data');
        INSERT INTO file(id, size, checksum_key, dir_id, name, sha512, metadata, livetime)
        SELECT nextval('file_id'), 5, n, (SELECT max(id) FROM dir), 'f' || n,
          decode(lpad(to_hex(n), 128, '0'), 'hex'), m::jsonb, own
        FROM (VALUES
          (1, '{"run": {"start_datetime": "2018-01-01T00:00:00",
                        "end_datetime": "2018-01-01 01:00:00.5+01:00"},
                "offline_processing_metadata": {"livetime": 73.53}}', NULL::float8),
          (2, '{"run": {"start_datetime": "2018-01-02T00:00:00Z", "end_datetime": "2018-01-01T00:00:00Z"},
                "offline_processing_metadata": {"livetime": 5}}', NULL),
          (3, '{"run": {"start_datetime": "yesterday", "end_datetime": "2018-01-01T00:00"},
                "offline_processing_metadata": {"livetime": -1}}', NULL),
          (4, '{"run": {"start_datetime": "2018-13-45T00:00:00Z"},
                "offline_processing_metadata": {"livetime": 1e400}}', NULL),
          (5, '{"run": {"start_datetime": "2018-01-01T00:00:00Z"}}', 9)
        ) AS t(n, m, own);
        INSERT INTO filecatalog_record(file_id, modified) SELECT id, now() FROM file;
        INSERT INTO bundle(uuid, site, request_path, name, state, created, file_count, member_bytes,
          origin, manifest) VALUES ('1b4e28ba-2fa1-11d2-883f-0016d3cca427', 'nersc', '/',
          '/data/archive/b1.zip', 'unread', now(), 2, 10, 'imported', 1);
        INSERT INTO bundle_member(bundle, ordinal, file_id, file_uuid, path, size, sha512, record)
        SELECT '1b4e28ba-2fa1-11d2-883f-0016d3cca427', id, id, gen_random_uuid(), name, 5,
          encode(sha512, 'hex'), '' FROM file WHERE name IN ('f1', 'f2');
        INSERT INTO replica(file_id, site, state, path)
        SELECT id, 1, 2, '/home/' || (CASE name WHEN 'f1' THEN 'b1' ELSE 'b2' END) || '.zip:/data/' || name
        FROM file;
        """);
    try (Database database = Database.open(test::address, DatabaseConfig.DEFAULT)) {
      Catalog catalog = new Catalog(database);
      assertThat(timesOf(catalog, "/data/f1"))
          .isEqualTo("2018-01-01T00:00:00Z 2018-01-01T00:00:00.500Z 73.53");
      assertThat(timesOf(catalog, "/data/f2")).as("turned around").isEqualTo("null null 5.0");
      assertThat(timesOf(catalog, "/data/f3")).isEqualTo("null 2018-01-01T00:00:00Z null");
      assertThat(timesOf(catalog, "/data/f4")).isEqualTo("null null null");
      assertThat(timesOf(catalog, "/data/f5")).as("known already").isEqualTo("null null 9.0");
      assertThat(
              catalog
                  .queries()
                  .page(FileQuery.parse("in bundle 1b4e28ba-2fa1-11d2-883f-0016d3cca427"), null, 9)
                  .files())
          .as("the copy that was said to be in the bundle of this name")
          .extracting(f -> f.name().toString())
          .containsExactly("/data/f1");
      CatalogFile member = catalog.find(LogicalName.parse("/data/f1")).orElseThrow();
      assertThat(member.replicas().getFirst().path()).isEqualTo(LogicalName.parse("/f1"));
      assertThat(catalog.history(member.id(), 0, 5))
          .extracting(h -> h.entry().why())
          .containsExactly("a member of a bundle that was taken over");
      assertThat(catalog.queries().groups(FileQuery.EVERYTHING, Grouping.parse("site")))
          .containsExactlyInAnyOrderElementsOf(
              catalog.queries().groups(FileQuery.parse("size >= 0"), Grouping.parse("site")));
    }
  }

  private static String timesOf(Catalog catalog, String name) {
    FileMetadata metadata = catalog.find(LogicalName.parse(name)).orElseThrow().metadata();
    return metadata.starts() + " " + metadata.ends() + " " + metadata.livetime();
  }

  private static long count(Database database, String table) {
    return database.read(c -> {
      try (Statement statement = c.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  @Test
  void aDatabaseOfTheVersionBeforeIsBroughtForwardWithItsData() throws Exception {
    migrate("4");
    byte[] fixture = fixture("v4-fixture.sql").readAllBytes();
    execute(new String(fixture, StandardCharsets.UTF_8));

    try (Database database = Database.open(test::address, DatabaseConfig.DEFAULT)) {
      Catalog catalog = new Catalog(database);
      CatalogFile file =
          catalog.find(LogicalName.parse("/data/exp/2017/file7.i3.zst")).orElseThrow();
      assertThat(file.metadata().run()).isEqualTo(130487);
      assertThat(file.metadata().owner()).isNull();
      assertThat(file.replicas()).hasSize(2);
      assertThat(catalog.history(file.id(), 0, 10)).hasSize(1);
      assertThat(catalog.summary().live()).isEqualTo(catalog.queries().total(FileQuery.EVERYTHING));
      assertThat(catalog.summary().live().files()).isEqualTo(100);
      for (String keys : new String[] {"year,level", "site", "owner,group"}) {
        assertThat(catalog.queries().groups(FileQuery.EVERYTHING, Grouping.parse(keys)))
            .containsExactlyInAnyOrderElementsOf(
                catalog.queries().groups(FileQuery.parse("size >= 0"), Grouping.parse(keys)));
      }
      NewFile again = new NewFile(file.name(), file.size(), file.checksums(), file.metadata());
      assertThat(catalog.register(again, new SiteName("madison"), file.name(), "me", "again"))
          .isEqualTo(new RegisterOutcome.AlreadyThere(file, false));
      assertThat(catalog.removed(file.name(), new SiteName("madison"), "me")).isEqualTo(1);
      while (catalog.foldSummaries() > 0) {}
      assertThat(catalog.queries().groups(FileQuery.EVERYTHING, Grouping.parse("site")))
          .containsExactlyInAnyOrderElementsOf(
              catalog.queries().groups(FileQuery.parse("size >= 0"), Grouping.parse("site")));
    }
  }
}
