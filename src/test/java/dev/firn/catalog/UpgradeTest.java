package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.Database;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A database of the version before (V4), with data in it, is brought forward.
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

  @Test
  void aDatabaseOfTheVersionBeforeIsBroughtForwardWithItsData() throws Exception {
    execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
    Flyway.configure(UpgradeTest.class.getClassLoader())
        .dataSource(test.address().jdbcUrl(), test.address().user(), test.address().password())
        .locations("classpath:db/migration")
        .target("4")
        .load()
        .migrate();
    byte[] fixture =
        Objects.requireNonNull(UpgradeTest.class.getResourceAsStream("v4-fixture.sql"))
            .readAllBytes();
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
