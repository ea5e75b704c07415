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
      assertThat(catalog.summary().live()).isEqualTo(catalog.total(FileQuery.EVERYTHING));
      for (String keys : List.of("year,level", "site", "owner,group")) {
        assertThat(catalog.groups(FileQuery.EVERYTHING, Grouping.parse(keys)))
            .as(keys)
            .containsExactlyInAnyOrderElementsOf(
                catalog.groups(FileQuery.parse("size >= 0"), Grouping.parse(keys)));
      }
      CatalogFile file =
          catalog.query(FileQuery.parse("verified at nersc"), null, 1).files().getFirst();
      assertThat(catalog.history(file.id(), 0, 100)).isNotEmpty();
      assertThat(new Datasets(database, catalog).find("gcd")).isPresent();
      assertThat(catalog.removed(file.name(), new SiteName("madison"), "me")).isEqualTo(1);
      NewFile other =
          new NewFile(
              LogicalName.parse("/data/after"), 7, CatalogContract.sums(7), FileMetadata.NONE);
      assertThat(catalog.register(other, new SiteName("madison"), other.name(), "me", "after"))
          .isInstanceOf(RegisterOutcome.Registered.class);
      while (catalog.foldSummaries() > 0) {}
      assertThat(catalog.groups(FileQuery.EVERYTHING, Grouping.parse("site")))
          .containsExactlyInAnyOrderElementsOf(
              catalog.groups(FileQuery.parse("size >= 0"), Grouping.parse("site")));
    }
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
      assertThat(catalog.summary().live()).isEqualTo(catalog.total(FileQuery.EVERYTHING));
      assertThat(catalog.summary().live().files()).isEqualTo(100);
      for (String keys : new String[] {"year,level", "site", "owner,group"}) {
        assertThat(catalog.groups(FileQuery.EVERYTHING, Grouping.parse(keys)))
            .containsExactlyInAnyOrderElementsOf(
                catalog.groups(FileQuery.parse("size >= 0"), Grouping.parse(keys)));
      }
      NewFile again = new NewFile(file.name(), file.size(), file.checksums(), file.metadata());
      assertThat(catalog.register(again, new SiteName("madison"), file.name(), "me", "again"))
          .isEqualTo(new RegisterOutcome.AlreadyThere(file, false));
      assertThat(catalog.removed(file.name(), new SiteName("madison"), "me")).isEqualTo(1);
      while (catalog.foldSummaries() > 0) {}
      assertThat(catalog.groups(FileQuery.EVERYTHING, Grouping.parse("site")))
          .containsExactlyInAnyOrderElementsOf(
              catalog.groups(FileQuery.parse("size >= 0"), Grouping.parse("site")));
    }
  }
}
