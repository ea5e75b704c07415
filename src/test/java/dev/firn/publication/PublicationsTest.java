package dev.firn.publication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.run.Runs;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What may be published, and until when it is withheld.
class PublicationsTest extends PublicationFixture {
  @Test
  void whatIsUnverifiedTwiceOrMissingIsRefusedUntilDeclared() throws IOException {
    register("a", 7, 0, 1, 4, 6);
    register("a", 8, 3);
    freeze("set/a", "a");
    assertThat(publications.check("set/a"))
        .extracting(Finding::kind, Finding::count)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("unverified", 5L),
            org.assertj.core.groups.Tuple.tuple("gaps", 3L));
    assertThat(publications.check("set/a").get(1).examples())
        .containsExactly("run 7 L2: part 2 to 3", "run 7 L2: part 5", "run 8 L2: part 1 to 2");
    Description plain = description("t", "");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .isInstanceOf(PublicationException.class)
        .hasMessageContaining("5 unverified")
        .hasMessageContaining("part 5");
    verify("a");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .hasMessageNotContainingAny("unverified")
        .hasMessageContaining("3 gaps");
    Description declared = description("t", ",\"declared\":{\"gaps\":\"detector was off\"}");
    assertThat(publications.publish("a1", "set/a", declared, ME).files()).isEqualTo(5);
    assertThat(publications.publish("a1", "set/a", declared, ME).slug()).isEqualTo("a1");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .hasMessageContaining("does not change");
  }

  @Test
  void theFirstAndTheLastPartThatTheCatalogKnowsOfAreMissed() throws IOException {
    register("b", 9, 1, 2);
    register("others", 9, 0, 3, 4);
    verify("b");
    freeze("set/b", "b");
    assertThat(publications.check("set/b"))
        .singleElement()
        .extracting(Finding::kind, Finding::examples)
        .containsExactly("gaps", List.of("run 9 L2: part 0", "run 9 L2: part 3 to 4"));
  }

  /// Where no part 0 is known of, numbering began at 1; where none below 3 is, some are missing.
  @Test
  void numberingMayBeginAtOneAndNotLater() throws IOException {
    register("one", 9, 1, 2);
    register("three", 10, 3);
    verify("one");
    verify("three");
    freeze("set/one", "one");
    freeze("set/three", "three");
    assertThat(publications.check("set/one")).isEmpty();
    assertThat(publications.check("set/three").getFirst().examples())
        .containsExactly("run 10 L2: part 1 to 2");
  }

  @Test
  void theFirstAndTheLastGoodRunOfASeasonAreMissed() throws IOException {
    new Runs(test.database())
        .keep(
            "IC86_2017_GoodRunInfo.txt",
            """
            RunNum Good_i3 Good_it LiveTime(s)
            129020 1 1 100
            129021 1 1 100
            129022 0 0 100
            129023 1 1 100
            """
                .getBytes(StandardCharsets.UTF_8),
            "me");
    register("c", 129_021, 0);
    verify("c");
    catalog.queries().<RuntimeException>stream(
        FileQuery.parse("name ~ /data/c/**"),
        file ->
            test.database()
                .inTransaction(c -> {
                  catalog.describe(c, file.id(), file.metadata().withSeason(2017), ME);
                  return true;
                }));
    freeze("set/c", "c");
    assertThat(publications.check("set/c"))
        .singleElement()
        .extracting(Finding::kind, Finding::count, Finding::examples)
        .containsExactly(
            "gaps", 2L, List.of("run 129020 L2: all of it", "run 129023 L2: all of it"));
  }

  @Test
  void aNameReplacedAfterTheSnapshotIsFound() throws IOException {
    ready("r");
    CatalogFile file = catalog.find(LogicalName.parse("/data/r/run1/part1")).orElseThrow();
    test.database()
        .inTransaction(c -> {
          catalog.supersede(c, file.id(), ME);
          return null;
        });
    assertThat(publications.check("set/r")).extracting(Finding::kind).containsExactly("replaced");
  }

  @Test
  void anEmbargoOpensByItsDateAlone() throws IOException {
    ready("e");
    LogicalName file = LogicalName.parse("/data/e/run1/part1");
    assertThat(publications.isOpen(file)).isFalse();
    Publication held =
        publications.publish("e1", "set/e", description("t", ",\"embargo\":\"2027-01-01\""), ME);
    assertThat(held.access(clock.instant())).isEqualTo(Publication.Access.EMBARGOED);
    assertThat(publications.isOpen(file)).isFalse();
    clock.set(Instant.parse("2026-12-31T23:59:59Z"));
    assertThat(publications.isOpen(file)).isFalse();
    clock.set(Instant.parse("2027-01-01T00:00:00Z"));
    assertThat(publications.isOpen(file)).isTrue();
    assertThat(publications.isOpen(LogicalName.parse("/data/e/run1"))).isFalse();
    assertThat(publications.isOpen(LogicalName.parse("/data/e/run1/part"))).isFalse();
    // Its opening is a change that harvesters see.
    Instant opened = Instant.parse("2027-01-01T00:00:00Z");
    assertThat(publications.changed(opened, opened.plusSeconds(1), null, 10).page()).hasSize(1);
    publications.withdraw("e1", "wrong calibration", ME);
    assertThat(publications.isOpen(file)).isFalse();
  }

  @Test
  void versionsFormOneChain() throws IOException {
    ready("v");
    publications.publish("v1", "set/v", description("t", ""), ME);
    publications.publish("v2", "set/v", description("t", ",\"supersedes\":\"v1\""), ME);
    assertThat(publications.load("v1").successor()).isEqualTo("v2");
    Description another = description("t", ",\"supersedes\":\"v1\"");
    assertThatThrownBy(() -> publications.publish("v3", "set/v", another, ME))
        .hasMessageContaining("already replaced by v2");
  }

  @Test
  void aDescriptionThatLacksSomethingSaysWhat() {
    for (String wrong :
        List.of(
            "\"licence\":\"MIT\"",
            "\"embargo\":\"tomorrow\"",
            "\"version\":\"2\"",
            "\"doi\":\"nonsense\"",
            "\"declared\":{\"weather\":\"bad\"}",
            "\"colour\":\"blue\"",
            "\"related\":[{\"relation\":\"Loves\",\"identifier\":\"https://a.example\"}]",
            "\"collected\":{\"from\":\"2020-01-02\",\"to\":\"2020-01-01\"}",
            "\"creators\":[{\"name\":\"x\",\"identifier\":\"javascript:alert(1)\"}]")) {
      assertThatThrownBy(() -> description("t", "," + wrong))
          .as(wrong)
          .isInstanceOf(PublicationException.class);
    }
  }

  /// A record is dated by when it is written: nobody who asked before then is told that he has all.
  @Test
  void aRecordThatWaitedIsDatedWhenItIsWritten() throws Exception {
    ready("w");
    publications.publish("w1", "set/w", description("t", ""), ME);
    Description next = description("t", ",\"supersedes\":\"w1\"");
    Instant waited = clock.instant().plusSeconds(60);
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (Runnable change :
          List.<Runnable>of(
              () -> publications.publish("w2", "set/w", next, ME),
              () -> publications.withdraw("w1", "wrong", ME))) {
        Future<?> done =
            test.database()
                .inTransaction(c -> {
                  try (Statement hold = c.createStatement()) {
                    hold.execute("SELECT FROM publication WHERE slug = 'w1' FOR UPDATE");
                    hold.execute("SELECT pg_advisory_xact_lock(hashtext('firn datestamps'))");
                    Future<?> begun = other.submit(change);
                    while (waiting(c) == 0) {
                      Thread.onSpinWait();
                    }
                    clock.turn(Duration.ofSeconds(60));
                    return begun;
                  }
                });
        done.get(30, TimeUnit.SECONDS);
        assertThat(publications.load("w1").changed()).isEqualTo(waited);
        waited = waited.plusSeconds(60);
      }
      assertThat(publications.load("w2").published()).isEqualTo(waited.minusSeconds(120));
    }
  }

  private static int waiting(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void twoThatSupersedeOneAtOnceAreAConflict() throws Exception {
    ready("s");
    publications.publish("s1", "set/s", description("t", ""), ME);
    Description next = description("t", ",\"supersedes\":\"s1\"");
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      List<Future<String>> done = new ArrayList<>();
      test.database()
          .inTransaction(c -> {
            try (Statement hold = c.createStatement()) {
              hold.execute("SELECT FROM publication WHERE slug = 's1' FOR UPDATE");
              hold.execute("SELECT pg_advisory_xact_lock(hashtext('firn datestamps'))");
              for (String slug : List.of("s2", "s3")) {
                done.add(both.submit(() -> outcome(slug, next)));
              }
              while (waiting(c) < 2) {
                Thread.onSpinWait();
              }
              return true;
            }
          });
      assertThat(List.of(done.get(0).get(), done.get(1).get()))
          .containsExactlyInAnyOrder("published", "conflict");
    }
  }

  private String outcome(String slug, Description next) {
    try {
      publications.publish(slug, "set/s", next, ME);
      return "published";
    } catch (PublicationException e) {
      return e.code();
    }
  }

  @Test
  void aDoiIsOfOnePublicationAlone() throws IOException {
    ready("d");
    publications.publish("d1", "set/d", description("t", ",\"doi\":\"10.5072/firn.A\""), ME);
    Description same = description("t", ",\"doi\":\"10.5072/FIRN.a\"");
    assertThatThrownBy(() -> publications.publish("d2", "set/d", same, ME))
        .isInstanceOfSatisfying(
            PublicationException.class, e -> assertThat(e.code()).isEqualTo("conflict"))
        .hasMessageContaining("d1");
  }
}
