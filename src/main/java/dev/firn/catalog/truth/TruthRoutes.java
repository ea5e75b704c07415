package dev.firn.catalog.truth;

import dev.firn.catalog.Answers;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.truth.SiteCheck.Difference;
import dev.firn.catalog.truth.SiteCheck.Question;
import dev.firn.catalog.truth.SiteCheck.Totals;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `POST /api/v1/site-check?site=SITE`: compares a listing of a site, the body, with the catalog;
/// see `docs/formats/site-check.md`. For administrators.
public final class TruthRoutes {
  private static final Duration GRACE = Duration.ofHours(1);

  private final SiteCheck check;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final Clock clock;

  public TruthRoutes(
      SiteCheck check, Authenticator authenticator, AccessPolicy policy, Clock clock) {
    this.check = check;
    this.authenticator = authenticator;
    this.policy = policy;
    this.clock = clock;
  }

  public void addTo(Router router) {
    router.add(
        "POST",
        "/api/v1/site-check",
        (exchange, path) -> Answers.explained(exchange, path, (e, p) -> compare(e)));
  }

  private void compare(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Question question = question(exchange);
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Exchange.@Nullable Body[] body = new Exchange.Body[1];
    Totals totals =
        check.check(
            question,
            exchange.body(),
            difference -> {
              Exchange.Body to = body[0] == null ? exchange.start(200) : body[0];
              body[0] = to;
              write(to, view(difference));
            });
    Exchange.Body to = body[0] == null ? exchange.start(200) : body[0];
    write(to, view(totals));
    to.close();
  }

  private Question question(Exchange exchange) {
    try {
      String site =
          exchange
              .query("site")
              .orElseThrow(() -> CatalogException.of("bad-parameter", "'site' is missing"));
      Instant taken = exchange.query("taken").map(Instant::parse).orElse(clock.instant());
      Duration grace = exchange.query("grace").map(Duration::parse).orElse(GRACE);
      LogicalName area = LogicalName.parse(exchange.query("area").orElse("/"));
      return new Question(new SiteName(site), area, taken, grace);
    } catch (IllegalArgumentException | DateTimeException e) {
      throw CatalogException.of("bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  private static void write(Exchange.Body to, ObjectNode line) throws IOException {
    to.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private static ObjectNode view(Difference difference) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("kind", difference.kind().name().toLowerCase(java.util.Locale.ROOT));
    view.put("path", difference.path());
    if (difference.known() >= 0) {
      view.put("known", difference.known());
    }
    if (difference.found() >= 0) {
      view.put("found", difference.found());
    }
    return view.put("proposal", difference.kind().proposal());
  }

  private static ObjectNode view(Totals totals) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("done", true)
        .put("listed", totals.listed())
        .put("records", totals.records())
        .put("dark", totals.dark())
        .put("lost", totals.lost())
        .put("size", totals.size())
        .put("in_flight", totals.inFlight());
  }
}
