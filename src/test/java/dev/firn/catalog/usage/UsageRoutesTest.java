package dev.firn.catalog.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.report.CatalogReports;
import dev.firn.catalog.report.Report;
import dev.firn.catalog.report.Reports;
import dev.firn.cli.UsageCommands;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.ServedRoutes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// Usage and quotas over HTTP and by the command: set, exceeded, told, taken away.
class UsageRoutesTest {
  private static final SiteName MADISON = new SiteName("madison");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-27");

  private final Hands time = new Hands(Instant.parse("2026-11-27T12:00:00Z"));
  private TestDatabase test;
  private Accounting accounting;
  private ServedRoutes server;

  @BeforeEach
  void start() throws IOException {
    test = TestDatabase.create();
    accounting = new Accounting(test.database());
    server = ServedRoutes.open(this::addTo);
    register("/data/a", 600, FileMetadata.NONE.withSeason(2017).withLevel("L2"), "ana", "cascades");
    register("/data/b", 500, FileMetadata.NONE.withSeason(2018).withLevel("L2"), "bo", "cascades");
  }

  private void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new UsageRoutes(accounting, authenticator, policy, time).addTo(router);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    test.close();
  }

  private void register(String name, long size, FileMetadata metadata, String owner, String group) {
    LogicalName path = LogicalName.parse(name);
    Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, "%0128x".formatted(size));
    new Catalog(test.database())
        .register(
            new NewFile(path, size, Checksums.of(sha512), metadata.withOwner(owner, group)),
            MADISON,
            path,
            "me",
            "test");
  }

  private JsonNode get(String path) throws Exception {
    return Json.mapper().readTree(server.send("GET", path, "").body());
  }

  private int put(String body) throws Exception {
    return server.send("PUT", "/api/v1/usage/quotas", body).statusCode();
  }

  private String firn(int expected, String... words) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(UsageCommands.class);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(out));
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--url", server.url()));
    assertThat(line.execute(all.toArray(String[]::new))).as(out.toString()).isEqualTo(expected);
    return out.toString();
  }

  private List<String> quotas() throws Exception {
    List<String> found = new ArrayList<>();
    for (JsonNode q : get("/api/v1/usage/quotas").path("quotas")) {
      found.add(
          "%s %s: %d of %d%s"
              .formatted(
                  q.path("kind").asString(),
                  q.path("name").asString(),
                  q.path("used_bytes").asLong(),
                  q.path("bytes").asLong(),
                  q.path("exceeded").asBoolean() ? ", over" : ""));
    }
    return found;
  }

  @Test
  void aQuotaIsOfWhateverAccountingKnows() throws Exception {
    assertThat(put("{\"kind\":\"group\",\"name\":\"cascades\",\"bytes\":\"1 kB\"}")).isEqualTo(200);
    assertThat(put("{\"kind\":\"owner\",\"name\":\"ana\",\"bytes\":\"1 kB\"}")).isEqualTo(200);
    assertThat(put("{\"kind\":\"year\",\"name\":\"2018\",\"bytes\":\"500\"}")).isEqualTo(200);
    assertThat(put("{\"kind\":\"level\",\"name\":\"L2\",\"bytes\":\"2000\"}")).isEqualTo(200);
    assertThat(put("{\"kind\":\"site\",\"name\":\"madison\",\"bytes\":\"1099\"}")).isEqualTo(200);
    assertThat(put("{\"kind\":\"owner\",\"name\":\"nobody\",\"bytes\":\"5\"}")).isEqualTo(200);
    assertThat(quotas())
        .containsExactly(
            "group cascades: 1100 of 1000, over",
            "site madison: 1100 of 1099, over",
            "level L2: 1100 of 2000",
            "owner ana: 600 of 1000",
            "owner nobody: 0 of 5",
            "year 2018: 500 of 500");
  }

  @Test
  void whatIsOverItsQuotaIsReportedAndTheCommandSaysSo() throws Exception {
    assertThat(firn(0, "set", "group", "cascades", "1 kB")).contains("may have 1 kB");
    assertThat(firn(1, "quotas")).contains("cascades", "1.10 kB", "1.00 kB", "over");
    Reports reports = new Reports(test.database(), CatalogReports.of(test.database()), time);
    Report report = reports.take("quotas", "");
    assertThat(report.found()).isEqualTo(1);
    assertThat(report.bytes()).isEqualTo(100);
    assertThat(reports.lines("quotas", "", 0, 10).getFirst().line().path("proposal").asString())
        .contains("firn usage set group cascades SIZE");
    assertThat(firn(0, "set", "group", "cascades", "2 kB")).contains("may have 2 kB");
    assertThat(firn(0, "quotas")).doesNotContain("over");
    assertThat(reports.take("quotas", "").found()).isZero();
    assertThat(firn(0, "rm", "group", "cascades")).contains("has no quota");
    assertThat(firn(1, "rm", "group", "cascades")).contains("has no quota");
    List<HistoryRecord> history = test.database().read(c -> History.latest(c, 0, 10));
    assertThat(history)
        .filteredOn(h -> h.entry().subjectKind().equals(Accounting.QUOTA))
        .extracting(h -> h.entry().subjectId() + " " + h.entry().from() + " " + h.entry().to())
        .containsExactly(
            "group/cascades 2000 null", "group/cascades 1000 2000", "group/cascades null 1000");
  }

  @Test
  void usageIsShownNowAndDayAfterDay() throws Exception {
    accounting.writeDown(TODAY.minusDays(1));
    register("/data/c", 400, FileMetadata.NONE, "ana", "tracks");
    accounting.writeDown(TODAY);
    JsonNode usage = get("/api/v1/usage?by=owner&since=2026-11-26");
    assertThat(usage.path("now").toString())
        .isEqualTo(
            "[{\"value\":\"ana\",\"files\":2,\"bytes\":1000},"
                + "{\"value\":\"bo\",\"files\":1,\"bytes\":500}]");
    List<String> days = new ArrayList<>();
    usage
        .path("days")
        .forEach(d ->
            days.add(
                d.path("day").asString()
                    + " "
                    + d.path("value").asString()
                    + " "
                    + d.path("bytes").asLong()));
    assertThat(days)
        .containsExactly(
            "2026-11-26 ana 600", "2026-11-26 bo 500", "2026-11-27 ana 1000", "2026-11-27 bo 500");
    assertThat(get("/api/v1/usage?by=year&since=2026-11-27").path("days")).hasSize(3);
    assertThat(firn(0, "show", "--by", "group", "--since", "2026-11-26"))
        .contains("GROUP", "now", "2026-11-26", "tracks", "400 B");
  }

  @Test
  void whatIsWrongIsSaidAndNobodyElseIsAnswered() throws Exception {
    assertThat(put("{\"kind\":\"moon\",\"name\":\"x\",\"bytes\":\"1\"}")).isEqualTo(400);
    assertThat(put("{\"kind\":\"owner\",\"bytes\":\"1\"}")).isEqualTo(400);
    assertThat(put("{\"kind\":\"owner\",\"name\":\"ana\",\"bytes\":\"-1\"}")).isEqualTo(400);
    assertThat(put("{\"kind\":\"owner\",\"name\":\"\",\"bytes\":\"1\"}")).isEqualTo(400);
    assertThat(server.send("GET", "/api/v1/usage?by=moon", "").statusCode()).isEqualTo(400);
    assertThat(server.send("GET", "/api/v1/usage?since=today", "").statusCode()).isEqualTo(400);
    server.close();
    server = ServedRoutes.shut(this::addTo);
    assertThat(put("{\"kind\":\"owner\",\"name\":\"ana\",\"bytes\":\"1\"}")).isEqualTo(401);
    assertThat(server.send("GET", "/api/v1/usage", "").statusCode()).isEqualTo(401);
    assertThat(server.send("GET", "/api/v1/usage/quotas", "").statusCode()).isEqualTo(401);
    assertThat(accounting.quotas()).isEmpty();
  }
}
