package dev.firn.publication;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// DataCite's REST interface for DOIs (JSON:API, `PUT` and `GET /dois/{doi}`).
///
/// A DOI is a draft until it is published; then it can be hidden from searches, never removed. A
/// `PUT` makes a DOI or changes it, so saying the same twice changes nothing.
public final class DoiRegistry {
  private static final String TYPE = "application/vnd.api+json";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LONGEST_ANSWER = 4 * 1024 * 1024;

  private final HttpFetcher client;
  private final URI base;
  private final Supplier<String> authorization;

  /// What a DOI is made.
  enum Turn {
    DRAFT(""),
    PUBLISH("publish"),
    HIDE("hide");

    private final String event;

    Turn(String event) {
      this.event = event;
    }
  }

  /// How a request ended: `done` with the state that the DOI has now, `failed` with the registry's
  /// reason, or `unknown`.
  record Outcome(String word, String state, String why) {
    boolean done() {
      return word.equals("done");
    }
  }

  /// @param base `https://api.datacite.org`
  /// @param authorization the value of the header, asked for each time
  public DoiRegistry(HttpFetcher client, URI base, Supplier<String> authorization) {
    this.client = client;
    this.base = base;
    this.authorization = authorization;
  }

  /// What is sent.
  static ObjectNode body(String doi, ObjectNode attributes, Turn turn) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ObjectNode data = root.putObject("data").put("id", doi).put("type", "dois");
    ObjectNode said = attributes.deepCopy().put("doi", doi);
    if (!turn.event.isEmpty()) {
      said.put("event", turn.event);
    }
    data.set("attributes", said);
    return root;
  }

  Outcome put(String doi, ObjectNode attributes, Turn turn) {
    Request request =
        request("PUT", doi)
            .withHeader("Content-Type", TYPE)
            .withBody(BodySource.bytes(Json.bytes(body(doi, attributes, turn))));
    Outcome outcome = send(request);
    return outcome.word().equals("unknown") ? look(doi, attributes, turn, outcome) : outcome;
  }

  private Request request(String method, String doi) {
    String path = "/dois/" + URLEncoder.encode(doi, StandardCharsets.UTF_8).replace("%2F", "/");
    return Request.of(method, URI.create(base + path))
        .withHeader("Accept", TYPE)
        .withHeader("Authorization", authorization.get())
        .withTotalTimeout(PATIENCE);
  }

  private Outcome send(Request request) {
    try (Response response = client.send(request)) {
      int status = response.status();
      String text = response.bodyText(LONGEST_ANSWER);
      if (status / 100 == 2) {
        return new Outcome("done", state(text), "");
      }
      boolean later = status / 100 == 5 || status == 408 || status == 429;
      return new Outcome(later ? "unknown" : "failed", "none", status + reason(text));
    } catch (IOException | JacksonException e) {
      return new Outcome("unknown", "none", String.valueOf(e.getMessage()));
    }
  }

  private static String state(String answer) {
    return Json.mapper().readTree(answer).at("/data/attributes/state").asString("none");
  }

  private static String reason(String answer) {
    try {
      StringBuilder words = new StringBuilder();
      for (JsonNode error : Json.mapper().readTree(answer).path("errors")) {
        words.append(words.isEmpty() ? ": " : "; ");
        words.append(error.path("source").asString("").strip());
        words.append(words.charAt(words.length() - 1) == ' ' ? "" : " ");
        words.append(error.path("title").asString(""));
      }
      return words.toString();
    } catch (JacksonException e) {
      return "";
    }
  }

  /// Whether what was sent came through after all.
  private Outcome look(String doi, ObjectNode attributes, Turn turn, Outcome before) {
    try (Response response = client.send(request("GET", doi))) {
      String text = response.bodyText(LONGEST_ANSWER);
      if (response.status() / 100 != 2) {
        return before;
      }
      JsonNode there = Json.mapper().readTree(text).at("/data/attributes");
      boolean same =
          there.path("url").equals(attributes.path("url"))
              && there.path("version").equals(attributes.path("version"))
              && there.at("/titles/0/title").equals(attributes.at("/titles/0/title"));
      String state = there.path("state").asString("none").toLowerCase(Locale.ROOT);
      boolean reached =
          switch (turn) {
            case DRAFT -> true;
            case PUBLISH -> state.equals("findable");
            case HIDE -> state.equals("registered");
          };
      return same && reached ? new Outcome("done", state, "") : before;
    } catch (IOException | JacksonException e) {
      return before;
    }
  }
}
