package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.cli.CatalogCommands;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.ServedRoutes;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/// One file over HTTP: the same twice is one, and a conflict says field by field what differs.
class SingleRegistrationTest {
  private static final String NAME = "/data/exp/IceCube/2017/f.i3.zst";

  @TempDir Path temporary;
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
    new LoadRoutes(catalog, authenticator, policy).addTo(router);
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    test.close();
  }

  private HttpResponse<String> post(String body) throws Exception {
    return server.send("POST", "/api/v1/files?why=by+hand", body);
  }

  private static JsonNode json(HttpResponse<String> answer) {
    return Json.mapper().readTree(answer.body());
  }

  private static String document(int size, String metadata, String more) {
    return """
    {"name":"%s","size":%d,"checksums":{"sha512":"%0128x"},"metadata":{%s},\
    "replicas":[{"site":"madison"}%s],"parents":["/data/exp/gcd.i3.zst"]}
    """
        .formatted(NAME, size, size, metadata, more);
  }

  private static String summary(HttpResponse<String> answer) {
    JsonNode body = json(answer);
    return answer.statusCode()
        + " "
        + body.path("outcome").asString()
        + " "
        + body.path("added").asBoolean();
  }

  @Test
  void theSameRegistrationTwiceIsOne() throws Exception {
    String document = document(5, "\"run\":130484,\"level\":\"L2\"", "");
    HttpResponse<String> first = post(document);
    assertThat(summary(first)).isEqualTo("201 created true");
    String location = first.headers().firstValue("Location").orElseThrow();
    assertThat(json(server.send(server.to(location).GET()))).isEqualTo(json(first).path("file"));
    HttpResponse<String> second = post(document);
    assertThat(summary(second)).isEqualTo("200 same false");
    assertThat(json(second).path("file")).isEqualTo(json(first).path("file"));
    CatalogFile file = catalog.find(LogicalName.parse(NAME)).orElseThrow();
    assertThat(catalog.history(file.id(), 0, 10))
        .as("one of the file and one of its copy")
        .hasSize(2)
        .allSatisfy(h -> assertThat(h.entry().why()).isEqualTo("by hand"));
    assertThat(test.database().read(c -> catalog.parents(c, List.of(file.id()))).get(file.id()))
        .containsExactly(LogicalName.parse("/data/exp/gcd.i3.zst"));
  }

  @Test
  void whatIsNewOfAKnownFileIsAdded() throws Exception {
    post(document(5, "\"run\":130484", ""));
    HttpResponse<String> more =
        post(document(5, "\"level\":\"L2\"", ",{\"site\":\"desy\",\"path\":\"/pnfs/f\"}"));
    assertThat(summary(more)).isEqualTo("200 same true");
    CatalogFile file = catalog.find(LogicalName.parse(NAME)).orElseThrow();
    assertThat(file.metadata())
        .isEqualTo(FileMetadata.NONE.withRun(130484, null, null).withLevel("L2"));
    assertThat(file.replicas()).hasSize(2);
  }

  @Test
  void aConflictSaysFieldByFieldWhatIsRecordedAndWhatWasAsked() throws Exception {
    post(document(5, "\"run\":130484,\"level\":\"L2\"", ""));
    CatalogFile before = catalog.find(LogicalName.parse(NAME)).orElseThrow();
    HttpResponse<String> answer = post(document(6, "\"run\":130485,\"level\":\"L2\"", ""));
    assertThat(answer.statusCode()).isEqualTo(409);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    JsonNode problem = json(answer);
    assertThat(problem.path("code").asString()).isEqualTo("conflict");
    assertThat(problem.path("uuid").asString()).isEqualTo(before.uuid().toString());
    List<String> differs = new ArrayList<>();
    problem
        .path("differs")
        .forEach(d ->
            differs.add(
                d.path("field").asString()
                    + ": "
                    + d.path("known").asString()
                    + ", "
                    + d.path("offered").asString()));
    assertThat(differs)
        .containsExactly(
            "size: 5, 6", "sha512: %0128x, %0128x".formatted(5, 6), "run: 130484, 130485");
    assertThat(catalog.find(LogicalName.parse(NAME))).contains(before);
  }

  @Test
  void whatIsNoRegistrationIsRefusedAndNothingStored() throws Exception {
    assertThat(post("{")).satisfies(r -> assertThat(r.statusCode()).isEqualTo(400));
    assertThat(post("{\"name\":\"" + NAME + "\"}"))
        .satisfies(r -> assertThat(r.statusCode()).isEqualTo(400))
        .satisfies(r -> assertThat(r.body()).contains("invalid-line", "'size'"));
    assertThat(post(document(5, "\"run\":-1", "")))
        .satisfies(r -> assertThat(r.statusCode()).isEqualTo(400))
        .satisfies(r -> assertThat(r.body()).contains("invalid-metadata", "run -1 is negative"));
    assertThat(
            post(document(5, "\"extra\":{\"k\":\"" + "x".repeat(1 << 20) + "\"}", "")).statusCode())
        .isEqualTo(413);
    assertThat(catalog.find(LogicalName.parse(NAME))).isEmpty();
    server.close();
    server = ServedRoutes.shut(this::addTo);
    assertThat(post(document(5, "", "")).statusCode()).isEqualTo(401);
    assertThat(catalog.find(LogicalName.parse(NAME))).isEmpty();
  }

  private String firn(int expected, String... words) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new CatalogCommands.FileGroup());
    line.setOut(new PrintWriter(out));
    line.setErr(new PrintWriter(out));
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--url", server.url()));
    assertThat(line.execute(all.toArray(String[]::new))).as(out.toString()).isEqualTo(expected);
    return out.toString();
  }

  @Test
  void theCommandTellsWhatBecameOfIt() throws Exception {
    String file = temporary.resolve("one.json").toString();
    Files.writeString(Path.of(file), document(5, "\"run\":130484", ""));
    assertThat(firn(0, "register", file)).startsWith("created " + NAME);
    assertThat(firn(0, "register", file)).startsWith("same " + NAME);
    Files.writeString(Path.of(file), document(5, "\"level\":\"L2\"", ""));
    assertThat(firn(0, "register", file)).startsWith("completed " + NAME);
    Files.writeString(Path.of(file), document(5, "\"run\":7", ""));
    assertThat(firn(1, "register", file)).contains("conflict: " + NAME, "run", "130484", "7");
    assertThat(firn(1, "register", "--json", file)).contains("\"offered\":\"7\"");
  }
}
