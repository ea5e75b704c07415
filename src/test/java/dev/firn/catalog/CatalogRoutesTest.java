package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.cli.CatalogCommands;
import dev.firn.cli.FindCommand;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.ServedRoutes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// The routes over a real server, also as the commands see them.
class CatalogRoutesTest {
  private static final SiteName MADISON = new SiteName("madison");
  private TestDatabase test;
  private Catalog catalog;
  private ServedRoutes server;

  @BeforeEach
  void start() throws IOException {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    server = ServedRoutes.open(this::addTo);
  }

  private void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new CatalogRoutes(catalog, test.database(), authenticator, policy).addTo(router);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    test.close();
  }

  private CatalogFile register(String name, int content, FileMetadata metadata) {
    NewFile file = CatalogContract.offer(name, content, metadata);
    return ((RegisterOutcome.Registered) catalog.register(file, MADISON, file.name(), "me", "test"))
        .file();
  }

  private HttpResponse<String> get(String path) throws Exception {
    return server.send(server.to(path));
  }

  private static String q(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Test
  void aFileIsShownByUuidAndName() throws Exception {
    CatalogFile file = register("/data/a b", 1, FileMetadata.NONE.withRun(7, 0, 1).withLevel("L2"));
    JsonNode byUuid = Json.mapper().readTree(get("/api/v1/files/" + file.uuid()).body());
    assertThat(Json.mapper().readTree(get("/api/v1/file?name=" + q("/data/a b")).body()))
        .isEqualTo(byUuid);
    assertThat(byUuid.path("name").asString()).isEqualTo("/data/a b");
    assertThat(byUuid.path("metadata").path("run").asInt()).isEqualTo(7);
    assertThat(byUuid.path("replicas").get(0).path("state").asString()).isEqualTo("available");
    assertThat(byUuid.path("checksums").path("sha512").asString()).hasSize(128);
  }

  @Test
  void pagesAndStreamShowTheSameFiles() throws Exception {
    for (int i = 0; i < 25; i++) {
      register("/data/f" + i, i, FileMetadata.NONE.withRun(i % 3, null, null));
    }
    StringBuilder names = new StringBuilder();
    String after = "";
    do {
      JsonNode page =
          Json.mapper().readTree(get("/api/v1/files?limit=4&q=" + q("run > 0") + after).body());
      page.path("files").forEach(f -> names.append(f.path("name").asString()).append('\n'));
      after = page.has("next") ? "&after=" + page.path("next").asString() : null;
    } while (after != null);
    HttpResponse<String> stream = get("/api/v1/find?q=" + q("run > 0"));
    assertThat(stream.headers().firstValue("Content-Type")).contains("application/x-ndjson");
    StringBuilder streamed = new StringBuilder();
    stream
        .body()
        .lines()
        .forEach(
            l -> streamed.append(Json.mapper().readTree(l).path("name").asString()).append('\n'));
    assertThat(streamed).hasToString(names.toString());
    assertThat(names.toString().lines()).hasSize(16);
  }

  @Test
  void whatIsWrongIsAProblemThatSaysWhere() throws Exception {
    assertThat(get("/api/v1/find?q=" + q("rum = 5")))
        .satisfies(r -> assertThat(r.statusCode()).isEqualTo(400))
        .satisfies(r -> assertThat(r.body()).contains("bad-query", "at character 1"));
    assertThat(get("/api/v1/files?after=x").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/files?limit=x").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/files/5").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/file").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/file?name=" + q("/a/../b")).statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/file?name=" + q("/data/nothing")))
        .satisfies(r -> assertThat(r.statusCode()).isEqualTo(404))
        .satisfies(r -> assertThat(r.body()).contains("not-found"));
    assertThat(get("/api/v1/files/123e4567-e89b-12d3-a456-426614174000").statusCode())
        .isEqualTo(404);
    assertThat(get("/api/v1/list?name=/data&after=%00").statusCode()).isEqualTo(400);
    assertThat(get("/api/v1/files?q=" + q("run = 1") + "&after=%00").statusCode()).isEqualTo(400);
  }

  @Test
  void withoutATokenNothingIsShown() throws Exception {
    register("/data/a", 1, FileMetadata.NONE);
    server.close();
    server = ServedRoutes.shut(this::addTo);
    for (String path :
        List.of(
            "/api/v1/files",
            "/api/v1/find",
            "/api/v1/find?count=1",
            "/api/v1/file?name=/data/a",
            "/api/v1/list?name=/data",
            "/api/v1/summary",
            "/api/v1/history")) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(401);
    }
  }

  @Test
  void summaryAndHistoryTellWhatHappened() throws Exception {
    CatalogFile file = register("/data/a", 1, FileMetadata.NONE.withSeason(2017).withLevel("L2"));
    JsonNode summary = Json.mapper().readTree(get("/api/v1/summary").body());
    assertThat(summary.path("files").asInt()).isEqualTo(1);
    assertThat(summary.path("copies").get(0).path("site").asString()).isEqualTo("madison");
    assertThat(summary.path("levels").get(0).path("level").asString()).isEqualTo("L2");
    JsonNode history = Json.mapper().readTree(get("/api/v1/history?file=" + file.uuid()).body());
    assertThat(history.path("history")).hasSize(2);
    JsonNode latest = Json.mapper().readTree(get("/api/v1/history?limit=1").body());
    assertThat(latest.path("history")).hasSize(1);
    assertThat(latest.path("before").asLong()).isPositive();
  }

  private String firn(int expected, Object command, String... words) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(out));
    String[] all = Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--url";
    all[words.length + 1] = server.url();
    assertThat(line.execute(all)).as(out.toString()).isEqualTo(expected);
    return out.toString();
  }

  @Test
  void commandsFindListShowAndTellHistory() {
    register("/data/exp/Level2_\u202e\u001f".replace("\u001f", ""), 1, FileMetadata.NONE);
    register("/data/exp/b", 2, FileMetadata.NONE.withRun(130484, 0, 0).withLevel("L2"));
    assertThat(firn(0, new FindCommand(), "run", "=", "130484"))
        .contains("/data/exp/b", "madison", "L2", "1.00 kB");
    assertThat(firn(0, new FindCommand(), "name ~ /data/**")).contains("\\u202e");
    assertThat(firn(0, new FindCommand(), "--names", "level = L2"))
        .isEqualToNormalizingNewlines("/data/exp/b\n");
    assertThat(firn(0, new FindCommand(), "--count")).startsWith("2");
    assertThat(firn(0, new FindCommand(), "--sum", "size")).contains("2003 bytes");
    assertThat(firn(0, new FindCommand(), "--json", "level = L2")).contains("\"uuid\"");
    assertThat(firn(0, new FindCommand(), "--explain", "level = L2"))
        .contains("no index bears this query");
    assertThat(firn(1, new FindCommand(), "run = 5")).isEmpty();
    assertThat(firn(2, new FindCommand(), "run = 5 bad"))
        .contains("at character 9", "  run = 5 bad\n          ^");
    assertThat(firn(0, new CatalogCommands.FileGroup(), "ls", "/data")).contains("/data/exp/");
    assertThat(firn(0, new CatalogCommands.FileGroup(), "ls", "/data/exp")).contains("b");
    assertThat(firn(0, new CatalogCommands.FileGroup(), "show", "/data/exp/b"))
        .contains("sha512", "never", "madison");
    assertThat(firn(0, new CatalogCommands.FileGroup(), "history", "/data/exp/b"))
        .contains("- > live", "- > available");
    assertThat(catalog.find(LogicalName.parse("/data/exp/b"))).isPresent();
  }

  @Test
  void filesAreHandedOutAsATable(@TempDir Path folder) throws Exception {
    CatalogFile parent = register("/data/gcd", 1, FileMetadata.NONE.withSeason(2017));
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 2_100; i++) { // three pages
      CatalogFile file =
          register(
              "/data/exp/%04d".formatted(i), 10 + i, FileMetadata.NONE.withRun(130_000 + i, 0, 7));
      names.add(file.name().toString());
      if (i == 5) {
        test.database()
            .inTransaction(c -> {
              catalog.derivedFrom(c, file.id(), List.of(parent.id()));
              return true;
            });
      }
    }
    Path table = folder.resolve("files.parquet");
    StringWriter err = new StringWriter();
    CommandLine command = new CommandLine(new FindCommand());
    command.setErr(new PrintWriter(err));
    int status =
        command.execute(
            "--url",
            server.url(),
            "--format",
            "parquet",
            "-o",
            table.toString(),
            "name ~ /data/exp/*");
    assertThat(status).as(err.toString()).isZero();
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement ask = duck.createStatement()) {
      String rows = " FROM read_parquet('" + table + "')";
      ResultSet all =
          ask.executeQuery("SELECT name, run, part, season, live" + rows + " ORDER BY run");
      for (int i = 0; i < names.size(); i++) {
        assertThat(all.next()).isTrue();
        assertThat(all.getString(1)).isEqualTo(names.get(i));
        assertThat(all.getInt(2)).isEqualTo(130_000 + i);
        assertThat(all.getInt(3)).isEqualTo(7);
        assertThat(all.getObject(4)).isNull();
        assertThat(all.getBoolean(5)).isTrue();
      }
      assertThat(all.next()).isFalse();
      ResultSet one =
          ask.executeQuery(
              "SELECT name, parents, sites, replicas" + rows + " WHERE parents IS NOT NULL");
      assertThat(one.next()).isTrue();
      assertThat(one.getString(1)).isEqualTo(names.get(5));
      assertThat(one.getString(2)).isEqualTo("[\"/data/gcd\"]");
      assertThat(one.getString(3)).isEqualTo("madison");
      assertThat(one.getString(4)).contains("\"state\":\"available\"");
      assertThat(one.next()).isFalse();
    }
    assertThat(get("/api/v1/find?format=csv&q=run+%3D+130003").body().lines())
        .hasSize(2)
        .anyMatch(line -> line.startsWith("/data/exp/0003,"));
    assertThat(get("/api/v1/find?format=tsv").statusCode()).isEqualTo(400);
  }
}
