package dev.firn.archive.request;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.catalog.FileQuery;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Role;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Archive requests over HTTP, for administrators, below `/api/v1/archive`.
///
/// | route | answers |
/// |---|---|
/// | `POST requests` | takes a request, or with `dry_run` says what it would take |
/// | `GET requests` | the newest |
/// | `GET requests/{id}` | one |
/// | `POST requests/{id}/cancel` | gives up what is in no bundle yet |
/// | `POST sites/{site}/drain` | no new bundles for a site, or with `drained` false again |
public final class ArchiveRequestRoutes {
  private static final String BASE = "/api/v1/archive/requests";
  private static final int PAGE = 1000;

  private final ArchiveRequests requests;
  private final Sites sites;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public ArchiveRequestRoutes(
      ArchiveRequests requests, Sites sites, Authenticator authenticator, AccessPolicy policy) {
    this.requests = requests;
    this.sites = sites;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", BASE, this::add);
    router.add("GET", BASE, this::list);
    router.add("GET", BASE + "/{id}", this::show);
    router.add("POST", BASE + "/{id}/cancel", this::cancel);
    router.add("POST", "/api/v1/archive/sites/{site}/drain", this::drain);
  }

  /// The body of `POST requests`: one of `path`, `dataset` and `query`, or several, which then all
  /// have to fit.
  record Order(
      @Nullable String path,
      @Nullable String dataset,
      @Nullable String query,
      @Nullable String site,
      @Nullable Boolean force,
      @JsonProperty("dry_run") @Nullable Boolean dryRun) {
    FileQuery toQuery() {
      StringBuilder text = new StringBuilder();
      if (path != null) {
        text.append(FileQuery.below(LogicalName.parse(path)));
      }
      if (dataset != null) {
        FileQuery.requireDatasetName(dataset);
        text.append(text.isEmpty() ? "" : " and ").append("in dataset ").append(dataset);
      }
      if (query != null && !query.isBlank()) {
        text.append(text.isEmpty() ? query : " and (" + query + ")");
      }
      if (text.isEmpty()) {
        throw new HttpProblem(400, "bad-json", "name a 'path', a 'dataset' or a 'query'");
      }
      return FileQuery.parse(text.toString());
    }
  }

  private void add(Exchange exchange) throws IOException {
    Caller caller = policy.require(authenticator, exchange, Role.ARCHIVE_REQUEST);
    Order order = Json.read(exchange, Order.class);
    ArchiveRequests.Wanted wanted = wanted(order);
    boolean dryRun = Boolean.TRUE.equals(order.dryRun());
    RequestOutcome outcome =
        dryRun ? requests.estimate(wanted) : requests.add(wanted, caller.who());
    switch (outcome) {
      case RequestOutcome.Accepted accepted -> {
        Map<String, Object> view = view(accepted.request());
        view.putAll(view(accepted.estimate()));
        Json.respond(exchange, dryRun ? 200 : 201, view);
      }
      case RequestOutcome.Empty empty ->
          throw new HttpProblem(
              400,
              "empty",
              "there is no such file at the hub; %d are elsewhere"
                  .formatted(empty.estimate().offline()));
      case RequestOutcome.Duplicate duplicate ->
          throw new HttpProblem(
              409,
              "duplicate",
              "all %d files are archived at %s or on their way"
                  .formatted(duplicate.estimate().already(), wanted.site()));
      case RequestOutcome.TooSmall small ->
          throw new HttpProblem(
              400,
              "too-small",
              "%d bytes are fewer than the %d of a request; 'force' takes it"
                  .formatted(small.estimate().bytes(), small.least()));
      case RequestOutcome.NotAllowed not ->
          throw new HttpProblem(
              403, "not-allowed", not.name() + " does not lie where requests may archive");
    }
  }

  private ArchiveRequests.Wanted wanted(Order order) {
    try {
      if (order.site() == null) {
        throw new HttpProblem(400, "bad-json", "name the 'site' to archive at");
      }
      SiteName site = sites.load(new SiteName(order.site())).name();
      return new ArchiveRequests.Wanted(order.toQuery(), site, Boolean.TRUE.equals(order.force()));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  private void list(Exchange exchange) throws IOException {
    policy.require(authenticator, exchange, Role.ARCHIVE_REQUEST);
    Json.respond(
        exchange,
        200,
        Map.of("requests", requests.list(PAGE).stream().map(ArchiveRequestRoutes::view).toList()));
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    policy.require(authenticator, exchange, Role.ARCHIVE_REQUEST);
    Json.respond(exchange, 200, view(load(path)));
  }

  private void cancel(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.require(authenticator, exchange, Role.ARCHIVE_REQUEST);
    ArchiveRequest request = load(path);
    if (!request.who().equals(caller.who())) {
      policy.require(caller, Role.ARCHIVE_OPERATE);
    }
    if (!requests.cancel(request.id(), caller.who())) {
      throw new HttpProblem(409, "cancelled", "request " + request.id() + " is cancelled already");
    }
    Json.respond(exchange, 200, view(load(path)));
  }

  /// The body of `POST sites/{site}/drain`.
  record Drain(@Nullable Boolean drained, @Nullable String why) {}

  private void drain(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.require(authenticator, exchange, Role.ARCHIVE_OPERATE);
    Drain order = Json.read(exchange, Drain.class);
    try {
      SiteName site = sites.load(new SiteName(path.load("site"))).name();
      boolean drained = !Boolean.FALSE.equals(order.drained());
      requests.drain(site, drained, order.why() == null ? "" : order.why(), caller.who());
      Json.respond(exchange, 200, Map.of("site", site.value(), "drained", drained));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(404, "not-found", String.valueOf(e.getMessage()));
    }
  }

  private ArchiveRequest load(Router.Parameters path) {
    String text = path.load("id");
    try {
      return requests
          .find(Long.parseUnsignedLong(text))
          .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no request " + text));
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "a request is a number, not " + text);
    }
  }

  private static Map<String, Object> view(ArchiveRequest request) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", request.id());
    view.put("site", request.site().value());
    view.put("query", request.query());
    view.put("who", request.who());
    view.put("made", request.made().toString());
    view.put("state", request.state());
    view.put("files", request.files());
    view.put("bytes", request.bytes());
    view.put("waiting", request.waiting());
    view.put("verified", request.verified());
    view.put("refused", request.refused());
    view.put("bundles", request.bundles());
    return view;
  }

  private static Map<String, Object> view(RequestOutcome.Estimate estimate) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("already", estimate.already());
    view.put("offline", estimate.offline());
    view.put("estimated_bundles", estimate.bundles());
    return view;
  }
}
