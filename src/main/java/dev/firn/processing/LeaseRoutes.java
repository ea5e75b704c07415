package dev.firn.processing;

import dev.firn.catalog.CatalogFile;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.RequestPath;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What workers ask: `POST /api/v1/campaigns/{campaign}/leases` and, below a lease, `heartbeat`,
/// `commit`, `fail`, `return`; and `POST .../renewal` for their own token. A worker's token is good
/// for one campaign.
final class LeaseRoutes {
  private static final int MOST_NAME = 128;
  private static final int MOST_REASON = 2_000;

  private final Campaigns campaigns;
  private final URI url;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  LeaseRoutes(Campaigns campaigns, URI url, Authenticator authenticator, AccessPolicy policy) {
    this.campaigns = campaigns;
    this.url = url;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  @FunctionalInterface
  private interface Work {
    void handle(Exchange exchange, Campaign campaign, UUID lease, Caller caller) throws IOException;
  }

  void addTo(Router router) {
    String one = CampaignRoutes.BASE + "/{campaign}";
    router.add(
        "POST",
        one + "/leases",
        (exchange, parameters) ->
            CampaignRoutes.explained(
                exchange,
                parameters,
                (e, p) -> {
                  String name = p.load("campaign");
                  require(e, name);
                  lease(e, name);
                }));
    add(
        router,
        one + "/renewal",
        (exchange, campaign, lease, caller) -> {
          exchange.setHeader("Cache-Control", "no-store");
          Json.respond(exchange, 200, view(campaigns.tokens().forWorkers(campaign)));
        });
    add(router, one + "/leases/{lease}/heartbeat", this::heartbeat);
    add(router, one + "/leases/{lease}/commit", this::commit);
    add(router, one + "/leases/{lease}/fail", this::fail);
    add(router, one + "/leases/{lease}/return", this::giveBack);
  }

  private void add(Router router, String template, Work work) {
    router.add(
        "POST",
        template,
        (exchange, parameters) ->
            CampaignRoutes.explained(
                exchange,
                parameters,
                (e, p) -> {
                  String name = p.load("campaign");
                  Caller caller = require(e, name);
                  UUID lease =
                      p.values().containsKey("lease") ? uuid(p.load("lease")) : new UUID(0, 0);
                  work.handle(e, campaigns.load(name), lease, caller);
                }));
  }

  /// Whoever holds a worker's token of this campaign, or administers.
  private Caller require(Exchange exchange, String campaign) {
    Caller caller = authenticator.authenticate(exchange);
    boolean worker =
        caller.permissions().named().contains(WorkTokens.SCOPE)
            && caller.subject().equals(WorkTokens.subject(campaign));
    if (!worker) {
      policy.requireAdmin(caller);
    }
    return caller;
  }

  private static UUID uuid(@Nullable String text) {
    try {
      return UUID.fromString(Objects.requireNonNullElse(text, ""));
    } catch (IllegalArgumentException e) {
      throw new CampaignException("not-found", "that is no lease and no unit");
    }
  }

  static Map<String, Object> view(WorkTokens.Signed token) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("token", token.token());
    view.put("token_ends", token.ends().toString());
    return view;
  }

  /// The body of `POST /leases`.
  record Ask(@Nullable String worker, @Nullable Integer units, @Nullable String lease) {}

  private void lease(Exchange exchange, String campaign) throws IOException {
    Ask ask = Json.read(exchange, Ask.class);
    String worker = Objects.requireNonNullElse(ask.worker(), "");
    if (worker.isBlank() || worker.length() > MOST_NAME) {
      throw new CampaignException("bad-campaign", "'worker' is a name of at most 128 characters");
    }
    int units = ask.units() == null ? 1 : Math.max(1, ask.units());
    Optional<UUID> going = Optional.ofNullable(ask.lease()).map(LeaseRoutes::uuid);
    Leases.Signed signed = campaigns.leases().lease(campaign, worker, units, going);
    Granting.Grant grant = signed.grant();
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("stop", grant.stop());
    List<Map<String, Object>> list = new ArrayList<>();
    view.put("units", list);
    if (!grant.units().isEmpty()) {
      Campaign of = grant.campaign().orElseThrow();
      view.put("lease", grant.lease().id());
      view.put("lease_seconds", of.lease().toSeconds());
      view.put("limit_seconds", of.limit().toSeconds());
      view.put("command", of.command());
      view.put("prefix", at(LogicalName.parse(grant.lease().prefix())) + "/");
      signed.token().ifPresent(token -> view.putAll(view(token)));
      grant.units().forEach(unit -> list.add(unit(grant, unit)));
      Map<String, Object> files = new LinkedHashMap<>();
      grant.files().forEach((id, file) -> files.put(String.valueOf(id), file(file)));
      view.put("files", files);
    }
    exchange.setHeader("Cache-Control", "no-store");
    Json.respond(exchange, 200, view);
  }

  private static Map<String, Object> unit(Granting.Grant grant, LeaseStore.Row unit) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("unit", unit.id());
    view.put("attempt", unit.attempt());
    view.put("file", unit.file());
    Leases.Planned input = Objects.requireNonNull(grant.inputs().get(unit.file()));
    view.put("gcd", input.gcd());
    view.put("first", unit.first());
    view.put("events", unit.events());
    view.put("last", unit.first() + unit.events() == input.events());
    view.put("output", Leases.outputName(unit.id(), unit.attempt()));
    return view;
  }

  private Map<String, Object> file(CatalogFile file) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("url", at(file.name()));
    view.put("size", file.size());
    view.put("sha512", file.checksums().load(ChecksumAlgorithm.SHA512).hex());
    return view;
  }

  private String at(LogicalName name) {
    return url + RequestPath.encode(name);
  }

  private void heartbeat(Exchange exchange, Campaign campaign, UUID lease, Caller caller)
      throws IOException {
    Leases.Beat beat = campaigns.leases().heartbeat(campaign, lease);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("held", beat.held());
    view.put("stop", beat.stop());
    view.putAll(view(beat.token()));
    exchange.setHeader("Cache-Control", "no-store");
    Json.respond(exchange, 200, view);
  }

  /// One unit in a body of `commit`, `fail` or `return`.
  record One(
      @Nullable String unit,
      @Nullable Integer attempt,
      @Nullable String sha512,
      @Nullable Long events,
      @Nullable String names,
      @Nullable String fault,
      @Nullable String reason) {
    int number() {
      return Objects.requireNonNullElse(attempt, -1);
    }
  }

  /// The body of `commit`, `fail` and `return`.
  record Many(@Nullable List<One> units) {
    List<One> all() {
      return Objects.requireNonNullElse(units, List.of());
    }
  }

  private void commit(Exchange exchange, Campaign campaign, UUID lease, Caller caller)
      throws IOException {
    List<Leases.Delivery> deliveries = new ArrayList<>();
    for (One one : Json.read(exchange, Many.class).all()) {
      deliveries.add(
          new Leases.Delivery(
              uuid(one.unit()),
              one.number(),
              digest("sha512", one.sha512(), 64),
              Objects.requireNonNullElse(one.events(), -1L),
              digest("names", one.names(), 32)));
    }
    respond(exchange, campaigns.leases().commit(campaign, lease, deliveries, caller.who()));
  }

  private static String digest(String what, @Nullable String hex, int bytes) {
    if (hex == null || hex.length() != 2 * bytes || !hex.chars().allMatch(HexFormat::isHexDigit)) {
      throw new HttpProblem(400, "bad-digest", "'" + what + "' is not a digest in hex");
    }
    return hex;
  }

  private void fail(Exchange exchange, Campaign campaign, UUID lease, Caller caller)
      throws IOException {
    List<Leases.Failure> failures = new ArrayList<>();
    for (One one : Json.read(exchange, Many.class).all()) {
      Settling.Fault fault =
          Settling.Fault.ofLabel(Objects.requireNonNullElse(one.fault(), ""))
              .filter(f -> f != Settling.Fault.LOST)
              .orElseThrow(
                  () -> new CampaignException("bad-campaign", "'fault' is event, input or around"));
      String reason = Objects.requireNonNullElse(one.reason(), "");
      failures.add(
          new Leases.Failure(
              uuid(one.unit()),
              one.number(),
              fault,
              reason.substring(0, Math.min(reason.length(), MOST_REASON))));
    }
    respond(exchange, campaigns.leases().fail(campaign, lease, failures));
  }

  private static void respond(Exchange exchange, List<Leases.Outcome> outcomes) throws IOException {
    List<Map<String, Object>> views = new ArrayList<>();
    for (Leases.Outcome outcome : outcomes) {
      views.add(Map.of("unit", outcome.unit(), "outcome", outcome.word(), "why", outcome.why()));
    }
    Json.respond(exchange, 200, Map.of("outcomes", views));
  }

  private void giveBack(Exchange exchange, Campaign campaign, UUID lease, Caller caller)
      throws IOException {
    List<UUID> units =
        Json.read(exchange, Many.class).all().stream().map(one -> uuid(one.unit())).toList();
    Json.respond(
        exchange, 200, Map.of("returned", campaigns.leases().giveBack(campaign, lease, units)));
  }
}
