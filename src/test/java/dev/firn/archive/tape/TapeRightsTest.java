package dev.firn.archive.tape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.door.Door;
import dev.firn.door.TestTokens;
import dev.firn.door.admission.Admission;
import dev.firn.http.Json;
import dev.firn.token.ServedRoutes;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Who may undo what was ordered of a tape.
class TapeRightsTest {
  private static final String STAGE = "/api/v1/tape/stage";
  private static final String PATHS = "{\"paths\": [\"/data/raw/a\"]}";
  private TestTokens tokens;
  private ServedRoutes served;

  @BeforeEach
  void start() throws Exception {
    tokens = new TestTokens();
    Door.Access access = tokens.ownAccess();
    Clock clock = Clock.systemUTC();
    TapeLibrary.Make make =
        new TapeLibrary.Make(1, 1_000_000, Duration.ZERO, Duration.ZERO, 1, Duration.ofHours(1));
    LibraryDesk desk = new LibraryDesk(new TapeLibrary(make, clock), clock, UUID::randomUUID);
    served =
        ServedRoutes.of(
            access.authenticator(),
            access.policy(),
            (router, authenticator, policy) ->
                new TapeRoutes(
                        "here",
                        () -> URI.create("https://door.example"),
                        desk,
                        access,
                        new Admission(8, List.of(), clock))
                    .addTo(router));
  }

  @AfterEach
  void stop() throws Exception {
    served.close();
  }

  private HttpResponse<String> ask(String method, String path, String scopes, String body)
      throws Exception {
    return served.send(
        served
            .to(path)
            .header("Authorization", "Bearer " + tokens.token(scopes))
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  private String order() throws Exception {
    HttpResponse<String> made =
        ask("POST", STAGE, "storage.stage:/data", "{\"files\": [{\"path\": \"/data/raw/a\"}]}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    return Json.mapper().readTree(made.body()).path("requestId").asString();
  }

  @Test
  void aRequestIsUndoneByATokenThatMayStageItsFiles() throws Exception {
    String id = order();
    for (String narrow :
        List.of("openid", "storage.read:/", "storage.poll:/", "storage.stage:/data/rawer")) {
      assertThat(ask("POST", STAGE + "/" + id + "/cancel", narrow, PATHS).statusCode())
          .as("cancel with %s", narrow)
          .isEqualTo(403);
      assertThat(ask("POST", "/api/v1/tape/release/" + id, narrow, PATHS).statusCode())
          .isEqualTo(403);
      assertThat(ask("DELETE", STAGE + "/" + id, narrow, "").statusCode()).isEqualTo(403);
    }
    for (String enough : List.of("storage.stage:/data/raw", "firn.archive.operate")) {
      String other = order();
      assertThat(ask("POST", STAGE + "/" + other + "/cancel", enough, PATHS).statusCode())
          .isEqualTo(200);
      assertThat(ask("POST", "/api/v1/tape/release/" + other, enough, PATHS).statusCode())
          .isEqualTo(200);
      assertThat(ask("DELETE", STAGE + "/" + other, enough, "").statusCode()).isEqualTo(200);
    }
  }
}
