package dev.firn.alerts;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Notices over HTTP: `GET` and `POST /api/v1/notices`, `GET` and `POST /api/v1/notices/{event}`,
/// `POST .../retraction`, `POST .../replay`, `GET .../{revision}/voevent`; see
/// `docs/formats/notices.md`. Administrators only.
public final class NoticeRoutes {
  private static final int PAGE = 200;

  private final Notices notices;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public NoticeRoutes(Notices notices, Authenticator authenticator, AccessPolicy policy) {
    this.notices = notices;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  private interface Action {
    void answer(Exchange exchange, Router.Parameters path, Caller caller) throws IOException;
  }

  public void addTo(Router router) {
    String all = "/api/v1/notices";
    add(router, "GET", all, (exchange, path, caller) -> list(exchange));
    add(router, "POST", all, (exchange, path, caller) -> consider(exchange, caller));
    add(
        router,
        "GET",
        all + "/{event}",
        (exchange, path, caller) -> respond(exchange, notices.load(path.load("event"))));
    add(
        router,
        "POST",
        all + "/{event}",
        (exchange, path, caller) -> {
          Candidate candidate = Json.read(exchange, Candidate.class);
          Notice made = notices.update(path.load("event"), candidate, caller.who());
          Json.respond(exchange, 201, view(made));
        });
    add(router, "POST", all + "/{event}/retraction", this::retract);
    add(
        router,
        "POST",
        all + "/{event}/replay",
        (exchange, path, caller) ->
            respond(exchange, notices.replay(path.load("event"), caller.who())));
    add(router, "GET", all + "/{event}/{revision}/voevent", this::voevent);
  }

  private void add(Router router, String method, String template, Action action) {
    router.add(
        method,
        template,
        (exchange, path) -> {
          Caller caller = policy.requireAdmin(authenticator, exchange);
          try {
            action.answer(exchange, path, caller);
          } catch (AlertException e) {
            throw problem(e);
          }
        });
  }

  private static HttpProblem problem(AlertException e) {
    int status =
        switch (e.code()) {
          case "not-found" -> 404;
          case "conflict", "retracted" -> 409;
          default -> 400;
        };
    return new HttpProblem(status, e.code(), String.valueOf(e.getMessage()));
  }

  private void list(Exchange exchange) throws IOException {
    long before;
    try {
      before = exchange.query("before").map(Long::parseLong).orElse(Long.MAX_VALUE);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "'before' is not a number");
    }
    List<Notice> found = notices.list(before, PAGE);
    ObjectNode view = view(found);
    if (found.size() == PAGE) {
      view.put("before", found.getLast().id());
    }
    Json.respond(exchange, 200, view);
  }

  private void consider(Exchange exchange, Caller caller) throws IOException {
    Candidate candidate = Json.read(exchange, Candidate.class);
    Optional<Notice> made = notices.consider(candidate, caller.who());
    if (made.isPresent()) {
      Json.respond(exchange, 201, view(made.get()));
    } else {
      Json.respond(
          exchange,
          200,
          JsonNodeFactory.instance.objectNode().put("outcome", "below the threshold"));
    }
  }

  /// The body of a retraction.
  record Retraction(@Nullable String reason) {}

  private void retract(Exchange exchange, Router.Parameters path, Caller caller)
      throws IOException {
    String reason = Objects.requireNonNullElse(Json.read(exchange, Retraction.class).reason(), "");
    Json.respond(exchange, 201, view(notices.retract(path.load("event"), reason, caller.who())));
  }

  private void voevent(Exchange exchange, Router.Parameters path, Caller caller)
      throws IOException {
    String revision = path.load("revision");
    Notice notice =
        notices.load(path.load("event")).stream()
            .filter(n -> Integer.toString(n.revision()).equals(revision))
            .findFirst()
            .orElseThrow(() -> new AlertException("not-found", "there is no revision " + revision));
    exchange.respond(200, "application/xml", notice.voevent().getBytes(StandardCharsets.UTF_8));
  }

  private static void respond(Exchange exchange, List<Notice> found) throws IOException {
    Json.respond(exchange, 200, view(found));
  }

  private static ObjectNode view(List<Notice> found) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode array = view.putArray("notices");
    found.forEach(n -> array.add(view(n)));
    return view;
  }

  private static ObjectNode view(Notice n) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("id", n.id()).put("event_name", n.eventName()).put("revision", n.revision());
    view.put("run", n.run()).put("event", n.event());
    view.put("kind", n.kind().label()).put("tense", n.tense());
    view.put("triggered", n.triggered().toString()).put("composed", n.composed().toString());
    n.latency().ifPresent(l -> view.put("latency_s", l.toMillis() / 1e3));
    ArrayNode legs = view.putArray("legs");
    n.legs()
        .forEach(l -> legs.addObject().put("what", l.what()).put("s", l.took().toMillis() / 1e3));
    ArrayNode deliveries = view.putArray("deliveries");
    for (Notice.Delivery d : n.deliveries()) {
      ObjectNode one = deliveries.addObject().put("channel", d.channel()).put("state", d.state());
      one.put("attempts", d.attempts());
      if (d.sent() != null) {
        one.put("sent", d.sent().toString()).put("receipt", d.receipt());
      }
      if (!d.why().isEmpty()) {
        one.put("why", d.why());
      }
    }
    view.set("notice", n.payload());
    return view;
  }
}
