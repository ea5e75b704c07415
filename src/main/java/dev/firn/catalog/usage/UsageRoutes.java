package dev.firn.catalog.usage;

import dev.firn.catalog.Answers;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileTotal;
import dev.firn.catalog.usage.Accounting.Amount;
import dev.firn.catalog.usage.Accounting.DayAmount;
import dev.firn.catalog.usage.Accounting.Key;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ByteSize;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `/api/v1/usage` and `/api/v1/usage/quotas`, for administrators: totals of everything are not for
/// everybody. See `docs/formats/usage.md`.
public final class UsageRoutes {
  private static final int DAYS = 30;
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Accounting accounting;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final Clock clock;

  public UsageRoutes(
      Accounting accounting, Authenticator authenticator, AccessPolicy policy, Clock clock) {
    this.accounting = accounting;
    this.authenticator = authenticator;
    this.policy = policy;
    this.clock = clock;
  }

  public void addTo(Router router) {
    add(router, "GET", "/api/v1/usage", this::usage);
    add(router, "GET", "/api/v1/usage/quotas", this::quotas);
    add(router, "PUT", "/api/v1/usage/quotas", this::setQuota);
  }

  /// Answers an administrator.
  @FunctionalInterface
  private interface Endpoint {
    void handle(Exchange exchange, Caller caller) throws IOException;
  }

  private void add(Router router, String method, String template, Endpoint endpoint) {
    router.add(
        method,
        template,
        (exchange, path) ->
            Answers.explained(
                exchange,
                path,
                (e, p) -> endpoint.handle(e, policy.requireAdmin(authenticator, e))));
  }

  private void usage(Exchange exchange, Caller caller) throws IOException {
    Key key =
        Key.ofLabel(exchange.query("by").orElse("owner"))
            .orElseThrow(() -> bad("'by' is owner, group, year, level or site"));
    LocalDate since = since(exchange.query("since").orElse(null));
    ObjectNode view = JSON.objectNode().put("by", key.label());
    ArrayNode now = view.putArray("now");
    for (Amount amount : accounting.now(key)) {
      add(now.addObject().put("value", amount.value()), amount.total());
    }
    ArrayNode days = view.putArray("days");
    for (DayAmount amount : accounting.overTime(key, since)) {
      add(
          days.addObject().put("day", amount.day().toString()).put("value", amount.value()),
          amount.total());
    }
    Json.respond(exchange, 200, view);
  }

  private LocalDate since(@Nullable String day) {
    try {
      return day == null
          ? LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC).minusDays(DAYS)
          : LocalDate.parse(day);
    } catch (DateTimeException e) {
      throw bad("'since' is not a day like 2026-11-27");
    }
  }

  private static void add(ObjectNode view, FileTotal total) {
    view.put("files", total.files()).put("bytes", total.bytes());
  }

  private void quotas(Exchange exchange, Caller caller) throws IOException {
    ObjectNode view = JSON.objectNode();
    ArrayNode array = view.putArray("quotas");
    for (Quota quota : accounting.quotas()) {
      ObjectNode one = array.addObject();
      one.put("kind", quota.kind().label()).put("name", quota.name()).put("bytes", quota.bytes());
      one.put("used_files", quota.used().files()).put("used_bytes", quota.used().bytes());
      one.put("exceeded", quota.exceeded());
    }
    Json.respond(exchange, 200, view);
  }

  /// The body of `PUT /api/v1/usage/quotas`; without `bytes` the quota is taken away.
  record NewQuota(@Nullable String kind, @Nullable String name, @Nullable String bytes) {}

  private void setQuota(Exchange exchange, Caller caller) throws IOException {
    NewQuota body = Json.read(exchange, NewQuota.class);
    Quota.Kind kind =
        Quota.Kind.ofLabel(body.kind() == null ? "" : body.kind())
            .orElseThrow(() -> bad("'kind' is owner, group, year, level or site"));
    String name = body.name();
    if (name == null) {
      throw bad("'name' is missing: whose quota it is");
    }
    ObjectNode view = JSON.objectNode().put("kind", kind.label()).put("name", name);
    if (body.bytes() == null) {
      Cause cause = new Cause(caller.who(), "quota taken away");
      view.put("removed", accounting.removeQuota(kind, name, cause));
    } else {
      long bytes = bytes(body.bytes());
      accounting.setQuota(kind, name, bytes, new Cause(caller.who(), "quota set"));
      view.put("bytes", bytes);
    }
    Json.respond(exchange, 200, view);
  }

  private static long bytes(String text) {
    try {
      return ByteSize.parse(text).bytes();
    } catch (IllegalArgumentException e) {
      throw bad(String.valueOf(e.getMessage()));
    }
  }

  private static HttpProblem bad(String words) {
    return new HttpProblem(400, "bad-parameter", words);
  }
}
