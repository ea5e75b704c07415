package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.RuleEstimates;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class TransferRoutesTest {
  private static final String ISSUER = "https://hub.example";

  @TempDir Path keys;
  private TestDatabase test;
  private Catalog catalog;
  private Transfers transfers;
  private HttpServer server;
  private HttpFetcher http;
  private TokenSigner signer;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    Sites sites =
        new Sites(
            List.of(
                Site.firn("madison", URI.create("https://madison.example")),
                Site.firn("nersc", URI.create("https://nersc.example"))));
    transfers = new Transfers(test.database(), catalog, sites);
    Rules rules = new Rules(test.database(), catalog, sites);
    signer = TokenSigner.open(keys, ISSUER, Clock.systemUTC(), UUID::randomUUID);
    List<TrustedIssuer> issuers =
        List.of(TrustedIssuer.of(ISSUER, LogicalName.ROOT, signer.keys()).asOwn());
    Router router = new Router();
    Explanations explanations = new Explanations(transfers, catalog, TransferConfig.DEFAULT);
    Authenticator authenticator =
        new Authenticator(issuers, Set.of(ISSUER), Revocations.NONE, Clock.systemUTC());
    AccessPolicy policy = AccessPolicy.of(issuers, List.of());
    new TransferRoutes(transfers, explanations, authenticator, policy).addTo(router);
    new RuleRoutes(
            rules,
            new RuleEstimates(test.database(), catalog, sites, rules),
            new Quotas(test.database()),
            explanations,
            new RuleRoutes.Guard(authenticator, policy))
        .addTo(router);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    http = HttpClients.create(HttpClients.Config.trusting());
  }

  @AfterEach
  void stop() throws Exception {
    http.close();
    server.close();
    test.close();
  }

  private record Answer(int status, JsonNode body) {}

  private Answer ask(String scope, String method, String path, Object body) throws IOException {
    var request =
        HttpFetcher.Request.of(
            method, URI.create("http://localhost:" + server.plainPort() + "/api/v1/" + path));
    if (!scope.isEmpty()) {
      request =
          request.withBearer(
              signer.sign(
                  new TokenRequest("someone", ISSUER, List.of(scope), Duration.ofMinutes(5))));
    }
    if (body != null) {
      request = request.withBody(BodySource.bytes(Json.bytes(body)));
    }
    try (var response = http.send(request)) {
      String text = response.bodyText(1_000_000);
      return new Answer(
          response.status(),
          text.isBlank() ? Json.mapper().nullNode() : Json.mapper().readTree(text));
    }
  }

  private static Map<String, Object> rule(boolean dryRun) {
    Map<String, Object> rule = new LinkedHashMap<>();
    rule.put("pattern", "/data/exp/**");
    rule.put("site", "nersc");
    rule.put("dry_run", dryRun);
    return rule;
  }

  @Test
  void rulesAreShownToAnyTokenAndChangedByAdministrators() throws IOException {
    assertThat(ask("", "GET", "rules", null).status()).isEqualTo(401);
    assertThat(ask("storage.read:/data", "POST", "rules", rule(false)).status()).isEqualTo(403);
    byte[] bytes = new byte[42];
    catalog.register(
        new NewFile(LogicalName.parse("/data/exp/f"), 42, World.sums(bytes), FileMetadata.NONE),
        new SiteName("madison"),
        LogicalName.parse("/data/exp/f"),
        "test",
        "taken in");
    Answer dry = ask("firn.admin", "POST", "rules", rule(true));
    assertThat(dry.body().path("files").asLong()).isEqualTo(1);
    assertThat(dry.body().path("bytes").asLong()).isEqualTo(42);
    assertThat(ask("firn.admin", "GET", "rules", null).body().path("rules")).isEmpty();
    Answer first = ask("firn.admin", "POST", "rules", rule(false));
    assertThat(first.status()).isEqualTo(201);
    Answer second = ask("firn.admin", "POST", "rules", rule(false));
    assertThat(second.status()).isEqualTo(200);
    assertThat(second.body().path("id")).isEqualTo(first.body().path("id"));
    Answer shown = ask("storage.read:/data", "GET", "rules", null);
    assertThat(shown.body().path("rules").size()).isEqualTo(1);
    String id = first.body().path("id").asString();
    assertThat(ask("storage.read:/data", "DELETE", "rules/" + id, null).status()).isEqualTo(403);
    assertThat(ask("firn.admin", "DELETE", "rules/" + id, null).status()).isEqualTo(204);
    assertThat(ask("firn.admin", "DELETE", "rules/" + id, null).status()).isEqualTo(404);
  }

  @Test
  void aWrongRuleSaysWhatIsWrong() throws IOException {
    Map<String, Object> elsewhere = rule(false);
    elsewhere.put("site", "atlantis");
    Answer unknown = ask("firn.admin", "POST", "rules", elsewhere);
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(unknown.body().path("detail").asString()).contains("atlantis");
    Map<String, Object> relative = rule(false);
    relative.put("pattern", "data/**");
    assertThat(ask("firn.admin", "POST", "rules", relative).body().path("code").asString())
        .isEqualTo("bad-rule");
  }

  @Test
  void aQuotaAtASiteThatIsNoneIsRefused() throws IOException {
    Answer wrong =
        ask(
            "firn.admin",
            "PUT",
            "quotas",
            Map.of("account", "me", "site", "nersk", "bytes", "20 TB"));
    assertThat(wrong.status()).isEqualTo(400);
    assertThat(wrong.body().path("detail").asString()).contains("no site is called nersk");
    assertThat(
            ask(
                    "firn.admin",
                    "PUT",
                    "quotas",
                    Map.of("account", "me", "site", "nersc", "bytes", "20 TB"))
                .status())
        .isEqualTo(200);
  }

  @Test
  void aTransferIsExplainedToThoseWhoMayReadItAndUnknownToOthers() throws IOException {
    TransferRequest request = TransferStoreTest.request(UUID.randomUUID());
    long id = transfers.queue(request, "archive", "bundle closed");
    String explain = "transfers/" + id + "/explain";
    Answer told = ask("storage.read:/data/archive", "GET", explain, null);
    assertThat(told.status()).isEqualTo(200);
    assertThat(told.body().path("sentence").asString())
        .contains("is the next on the link madison to nersc");
    assertThat(ask("storage.read:/data/arch", "GET", explain, null).status()).isEqualTo(404);
    assertThat(
            ask("storage.read:/data/arch", "GET", "transfers", null)
                .body()
                .path("transfers")
                .size())
        .isZero();
    assertThat(
            ask("firn.admin", "GET", "transfers?state=queued", null)
                .body()
                .path("transfers")
                .size())
        .isEqualTo(1);
    assertThat(ask("firn.admin", "GET", "transfers?state=lost", null).status()).isEqualTo(400);
    assertThat(ask("storage.read:/data", "POST", "transfers/" + id + "/cancel", null).status())
        .isEqualTo(403);
    assertThat(
            ask("firn.admin", "POST", "transfers/" + id + "/cancel", Map.of())
                .body()
                .path("state")
                .asString())
        .isEqualTo("cancelled");
    assertThat(ask("firn.admin", "POST", "transfers/" + id + "/cancel", null).status())
        .isEqualTo(409);
  }

  @Test
  void sitesAreShownToAnyToken() throws IOException {
    JsonNode sites = ask("storage.read:/data", "GET", "sites", null).body().path("sites");
    assertThat(sites.size()).isEqualTo(2);
    assertThat(sites.get(0).path("name").asString()).isEqualTo("madison");
  }
}
