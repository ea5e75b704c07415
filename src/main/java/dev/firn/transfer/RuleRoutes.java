package dev.firn.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.ReplicationRule.Grouping;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.RuleEstimates;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.rule.SiteExpression;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// `/api/v1/rules` and `/api/v1/quotas`, described in `docs/formats/transfer-api.md`. Rules are
/// shown to any caller with a token; all else is for administrators.
public final class RuleRoutes {
  private final Rules rules;
  private final RuleEstimates estimates;
  private final Quotas quotas;
  private final Explanations explanations;
  private final Guard guard;

  /// Whom to ask who may.
  public record Guard(Authenticator authenticator, AccessPolicy policy) {
    Caller requireAdmin(Exchange exchange) {
      return policy.requireAdmin(authenticator, exchange);
    }

    void requireKnown(Exchange exchange) {
      Caller caller = authenticator.authenticate(exchange);
      if (caller.isAnonymous()) {
        policy.requireAdmin(caller);
      }
    }
  }

  public RuleRoutes(
      Rules rules, RuleEstimates estimates, Quotas quotas, Explanations explanations, Guard guard) {
    this.rules = rules;
    this.estimates = estimates;
    this.quotas = quotas;
    this.explanations = explanations;
    this.guard = guard;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/rules", this::list);
    router.add("POST", "/api/v1/rules", this::add);
    router.add("GET", "/api/v1/rules/{id}/explain", this::explain);
    router.add("DELETE", "/api/v1/rules/{id}", this::remove);
    router.add("GET", "/api/v1/quotas", this::listQuotas);
    router.add("PUT", "/api/v1/quotas", this::setQuota);
  }

  private void list(Exchange exchange) throws IOException {
    guard.requireKnown(exchange);
    Map<Long, Map<String, Long>> copies = rules.progress();
    List<Map<String, Object>> views =
        rules.list().stream()
            .map(r -> RuleViews.rule(r, copies.getOrDefault(r.id(), Map.of())))
            .toList();
    Json.respond(exchange, 200, Map.of("rules", views));
  }

  /// The body of `POST /api/v1/rules`.
  record NewRule(
      @Nullable String pattern,
      @Nullable String level,
      @Nullable String query,
      @Nullable String site,
      @Nullable Integer copies,
      @Nullable String grouping,
      @Nullable Boolean bundled,
      @Nullable Integer priority,
      @Nullable String activity,
      @Nullable String expires,
      @Nullable Boolean standing,
      @Nullable String account,
      @JsonProperty("dry_run") @Nullable Boolean dryRun) {
    Wanted wanted() {
      return new Wanted(
          new Selection(
              pattern == null ? NamePattern.ALL : NamePattern.parse(pattern),
              level == null ? "" : level,
              query == null ? "" : query),
          new Placing(
              SiteExpression.parse(site == null ? "" : site),
              copies == null ? 1 : copies,
              grouping == null ? Grouping.NONE : Grouping.ofLabel(grouping),
              Boolean.TRUE.equals(bundled)),
          new Handling(
              priority == null ? TransferRequest.NORMAL : priority,
              activity == null ? TransferRequest.DEFAULT_ACTIVITY : activity,
              expires == null ? null : Instant.parse(expires),
              !Boolean.FALSE.equals(standing)));
    }
  }

  private void add(Exchange exchange) throws IOException {
    Caller caller = guard.requireAdmin(exchange);
    NewRule body = Json.read(exchange, NewRule.class);
    try {
      Wanted wanted = body.wanted();
      if (Boolean.TRUE.equals(body.dryRun())) {
        Json.respond(exchange, 200, RuleViews.estimate(wanted, estimates.estimate(wanted)));
        return;
      }
      String account = body.account() == null ? caller.who() : body.account();
      Rules.Added added = rules.add(wanted, account, caller.who());
      Json.respond(exchange, added.fresh() ? 201 : 200, RuleViews.rule(added.rule(), Map.of()));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new HttpProblem(400, "bad-rule", String.valueOf(e.getMessage()));
    }
  }

  private void explain(Exchange exchange, Router.Parameters path) throws IOException {
    guard.requireAdmin(exchange);
    RuleExplanation explanation =
        explanations
            .rule(rules, number(path.load("id")))
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there was never such a rule"));
    Json.respond(exchange, 200, RuleViews.explanation(explanation));
  }

  private void remove(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = guard.requireAdmin(exchange);
    if (!rules.remove(number(path.load("id")), caller.who())) {
      throw new HttpProblem(404, "not-found", "there is no such rule in force");
    }
    exchange.respond(204);
  }

  private void listQuotas(Exchange exchange) throws IOException {
    guard.requireAdmin(exchange);
    Json.respond(
        exchange, 200, Map.of("quotas", quotas.list().stream().map(RuleViews::quota).toList()));
  }

  /// The body of `PUT /api/v1/quotas`; without `bytes` the quota is taken away.
  record NewQuota(@Nullable String account, @Nullable String site, @Nullable String bytes) {}

  private void setQuota(Exchange exchange) throws IOException {
    Caller caller = guard.requireAdmin(exchange);
    NewQuota body = Json.read(exchange, NewQuota.class);
    try {
      if (body.account() == null || body.site() == null) {
        throw new IllegalArgumentException("a quota is of an account at a site");
      }
      SiteName site = new SiteName(body.site());
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("account", body.account());
      view.put("site", site.value());
      OptionalLong bytes = OptionalLong.empty();
      if (body.bytes() != null) {
        rules.requireSite(site);
        bytes = OptionalLong.of(ByteSize.parse(body.bytes()).bytes());
        view.put("bytes", bytes.getAsLong());
      }
      quotas.set(body.account(), site, bytes, caller.who());
      Json.respond(exchange, 200, view);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-quota", String.valueOf(e.getMessage()));
    }
  }

  private static long number(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a number");
    }
  }
}
