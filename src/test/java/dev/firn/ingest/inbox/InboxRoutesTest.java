package dev.firn.ingest.inbox;

import static dev.firn.token.Mint.OTHER;
import static dev.firn.token.Mint.SHARED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.database.TestDatabase;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Mint;
import dev.firn.token.Revocations;
import dev.firn.token.ServedRoutes;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whose an inbox is, by the tokens that ask for it.
class InboxRoutesTest {
  private static final String INBOXES = "/api/v1/inboxes";
  @TempDir Path directory;
  private TestDatabase test;
  private StorageArea area;
  private ServedRoutes served;

  /// An archive that is asked for nothing.
  private static final class NoArchive implements InboxArchive {
    @Override
    public Optional<String> refusal(LogicalName directory, SiteName site) {
      return Optional.empty();
    }

    @Override
    public void request(Connection connection, LogicalName directory, SiteName site, String who) {
      throw new IllegalStateException("nothing was to be archived");
    }
  }

  @BeforeEach
  void open() throws Exception {
    test = TestDatabase.create();
    area = TestAreas.open(directory.resolve("area"));
    Inboxes inboxes =
        new Inboxes(
            test.database(),
            new Catalog(test.database()),
            new Inboxes.Place(area, new SiteName("madison")),
            new NoArchive(),
            Clock.fixed(Mint.NOW, ZoneOffset.UTC));
    TrustedIssuer other =
        TrustedIssuer.of(
            OTHER.issuer, LogicalName.parse("/data/other"), KeySource.of(OTHER.jwks()));
    List<TrustedIssuer> issuers = List.of(SHARED.trusted().asOwn(), other);
    served =
        ServedRoutes.of(
            new Authenticator(issuers, Set.of(Mint.SITE), Revocations.NONE, () -> Mint.NOW),
            AccessPolicy.of(issuers, List.of()),
            (router, authenticator, policy) ->
                new InboxRoutes(inboxes, (subject, below, life) -> "a token", authenticator, policy)
                    .addTo(router));
  }

  @AfterEach
  void close() throws Exception {
    served.close();
    area.close();
    test.close();
  }

  private HttpResponse<String> ask(String method, String path, String token, String body)
      throws Exception {
    return served.send(
        served
            .to(path)
            .header("Authorization", "Bearer " + token)
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  @Test
  void anInboxIsForTokensThatMayCreateItsGoal() throws Exception {
    String owner = SHARED.token("storage.create:/data/ana");
    HttpResponse<String> opened =
        ask("POST", INBOXES, owner, "{\"path\": \"/data/ana/v2\", \"size\": 9, \"days\": 1}");
    assertThat(opened.statusCode()).as(opened.body()).isEqualTo(201);
    String one = INBOXES + "/" + Json.mapper().readTree(opened.body()).path("id").asString();
    List<String> others =
        List.of(
            SHARED.token("openid"),
            SHARED.token("storage.read:/data/ana"),
            SHARED.token("storage.create:/data/ana/v1"),
            SHARED.token("storage.create:/data/inbox storage.modify:/data/inbox"),
            OTHER.token("storage.create:/"));
    for (String narrow : others) {
      assertThat(ask("GET", INBOXES, narrow, "").body()).doesNotContain("ana");
      assertThat(ask("GET", one, narrow, "").statusCode()).isEqualTo(404);
      for (String end : List.of("/token", "/publish")) {
        assertThat(ask("POST", one + end, narrow, "").statusCode()).as(end).isEqualTo(404);
      }
      assertThat(ask("DELETE", one, narrow, "").statusCode()).isEqualTo(404);
    }
    assertThat(ask("GET", INBOXES, owner, "").body()).contains("/data/ana/v2");
    assertThat(ask("POST", one + "/token", owner, "").body()).contains("a token");
    assertThat(ask("DELETE", one, owner, "").statusCode()).isEqualTo(200);
  }
}
