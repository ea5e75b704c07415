package dev.firn.processing;

import dev.firn.catalog.Answers;
import dev.firn.events.EventsException;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/// Campaigns over HTTP, under `/api/v1/campaigns`; see `docs/formats/campaigns.md`. Administrators
/// plan and look; what workers ask is in [LeaseRoutes].
public final class CampaignRoutes {
  static final String BASE = "/api/v1/campaigns";
  private static final Duration LEASE = Duration.ofMinutes(2);
  private static final Duration LIMIT = Duration.ofMinutes(30);
  private static final int UNIT = 200;
  private static final int GAPS = 100_000;

  private final Campaigns campaigns;
  private final URI url;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  /// @param url base URL of the hub
  public CampaignRoutes(
      Campaigns campaigns, URI url, Authenticator authenticator, AccessPolicy policy) {
    this.campaigns = campaigns;
    this.url = url;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  @FunctionalInterface
  private interface Work {
    void handle(Exchange exchange, Campaign campaign, Caller caller) throws IOException;
  }

  public void addTo(Router router) {
    router.add("GET", BASE, (exchange, path) -> explained(exchange, path, (e, p) -> list(e)));
    router.add("POST", BASE, (exchange, path) -> explained(exchange, path, (e, p) -> plan(e)));
    add(router, "GET", "", (exchange, campaign, caller) -> show(exchange, campaign));
    add(router, "GET", "/missing", (exchange, campaign, caller) -> missing(exchange, campaign));
    add(router, "GET", "/proof", (exchange, campaign, caller) -> proof(exchange, campaign));
    add(
        router,
        "POST",
        "/start",
        (exchange, campaign, caller) -> show(exchange, campaigns.start(campaign, caller.who())));
    add(
        router,
        "POST",
        "/stop",
        (exchange, campaign, caller) -> show(exchange, campaigns.stop(campaign, caller.who())));
    add(router, "POST", "/resume", this::resume);
    add(router, "POST", "/promote", this::promote);
    add(router, "POST", "/token", (exchange, campaign, caller) -> token(exchange, campaign));
    new LeaseRoutes(campaigns, url, authenticator, policy).addTo(router);
  }

  private void add(Router router, String method, String path, Work work) {
    router.add(
        method,
        BASE + "/{campaign}" + path,
        (exchange, parameters) ->
            explained(
                exchange,
                parameters,
                (e, p) -> {
                  Caller caller = policy.requireAdmin(authenticator, e);
                  work.handle(e, campaigns.load(p.load("campaign")), caller);
                }));
  }

  static void explained(Exchange exchange, Router.Parameters path, Router.Endpoint work)
      throws IOException {
    Answers.explained(
        exchange,
        path,
        (e, p) -> {
          try {
            work.handle(e, p);
          } catch (CampaignException problem) {
            throw problem(problem.code(), problem);
          } catch (EventsException problem) {
            throw problem(problem.code(), problem);
          }
        });
  }

  private static HttpProblem problem(String code, RuntimeException e) {
    int status =
        switch (code) {
          case "not-found" -> 404;
          case "conflict", "not-ready", "nothing-staged" -> 409;
          default -> 400;
        };
    return new HttpProblem(status, code, String.valueOf(e.getMessage()));
  }

  /// The body of `POST /campaigns`.
  @JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
  record Plan(
      @Nullable String name,
      @Nullable String pass,
      @Nullable String query,
      @Nullable String goodRunsName,
      @Nullable String goodRuns,
      @Nullable String gcd,
      @Nullable String command,
      @Nullable Integer unitEvents,
      @Nullable Long leaseSeconds,
      @Nullable Long limitSeconds,
      @Nullable String pulses,
      @Nullable String columns) {
    Campaigns.Wish wish(String campaign) {
      return new Campaigns.Wish(
          Objects.requireNonNullElse(pass, campaign),
          required("query", query),
          Objects.requireNonNullElse(goodRunsName, "the good-run list"),
          goodRuns,
          required("gcd", gcd),
          required("command", command),
          Objects.requireNonNullElse(unitEvents, UNIT),
          leaseSeconds == null ? LEASE : Duration.ofSeconds(leaseSeconds),
          limitSeconds == null ? LIMIT : Duration.ofSeconds(limitSeconds),
          Objects.requireNonNullElse(pulses, ""),
          Objects.requireNonNullElse(columns, ""));
    }
  }

  private static String required(String what, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new CampaignException("bad-campaign", "'" + what + "' is missing");
    }
    return value;
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    List<Map<String, Object>> views =
        campaigns.list().stream().map(c -> view(campaigns.status(c))).toList();
    Json.respond(exchange, 200, Map.of("campaigns", views));
  }

  private void plan(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Plan body = Json.read(exchange, Plan.class);
    String name = required("name", body.name());
    Campaign planned = campaigns.plan(name, body.wish(name), caller.who());
    Json.respond(exchange, 201, view(campaigns.status(planned)));
  }

  private void show(Exchange exchange, Campaign campaign) throws IOException {
    Json.respond(exchange, 200, view(campaigns.status(campaign)));
  }

  private static Map<String, Object> view(Status status) {
    Campaign campaign = status.campaign();
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", campaign.name());
    view.put("state", campaign.state().label());
    view.put("pass", campaign.pass());
    view.put("query", campaign.query());
    view.put("snapshot", campaign.snapshot());
    view.put("good_runs", campaign.goodRuns());
    view.put("gcd", campaign.gcd());
    view.put("command", campaign.command());
    view.put("unit_events", campaign.unitEvents());
    view.put("who", campaign.who());
    view.put("created", campaign.created().toString());
    view.put("trouble", campaign.trouble());
    view.put("expected", status.expected());
    view.put("done", status.done());
    view.put("running", status.running());
    view.put("excluded", status.excluded());
    view.put("missing", status.missing());
    view.put("holds", status.holds());
    view.put("quarantined", status.quarantined());
    view.put("folded", status.folded());
    view.put("files", status.files());
    view.put("excluded_files", status.excludedFiles());
    view.put("units", status.units());
    view.put("reasons", status.reasons());
    view.put("lacks", status.lacks());
    return view;
  }

  private void missing(Exchange exchange, Campaign campaign) throws IOException {
    Map<String, Object> view = view(campaigns.status(campaign));
    Status.Gaps gaps = campaigns.ledger().missing(campaign, true, GAPS);
    view.put("gaps", gaps.gaps());
    view.put("more", gaps.more());
    Json.respond(exchange, 200, view);
  }

  private void proof(Exchange exchange, Campaign campaign) throws IOException {
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Exchange.Body body = exchange.start(200);
    Ledger.Lines<IOException> send =
        line ->
            body.write(
                ByteBuffer.wrap(
                    (Json.mapper().writeValueAsString(line) + "\n")
                        .getBytes(StandardCharsets.UTF_8)));
    campaigns.ledger().proof(campaign, send);
    body.close();
  }

  /// The body of `POST /resume`.
  record Resume(@Nullable Boolean quarantined) {}

  private void resume(Exchange exchange, Campaign campaign, Caller caller) throws IOException {
    boolean quarantined = Boolean.TRUE.equals(Json.read(exchange, Resume.class).quarantined());
    int again = campaigns.resume(campaign, quarantined, caller.who());
    Map<String, Object> view = view(campaigns.status(campaign));
    view.put("again", again);
    Json.respond(exchange, 200, view);
  }

  private void promote(Exchange exchange, Campaign campaign, Caller caller) throws IOException {
    String tag = campaigns.promote(campaign, caller.who());
    Json.respond(exchange, 200, Map.of("tag", tag, "pass", campaign.pass()));
  }

  /// A token for workers of this campaign.
  private void token(Exchange exchange, Campaign campaign) throws IOException {
    exchange.setHeader("Cache-Control", "no-store");
    Json.respond(exchange, 200, LeaseRoutes.view(campaigns.tokens().forWorkers(campaign)));
  }
}
