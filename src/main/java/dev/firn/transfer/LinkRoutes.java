package dev.firn.transfer;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.database.HistoryRecord;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.transfer.link.Downtime;
import dev.firn.transfer.link.Link;
import dev.firn.transfer.link.LinkCalendar;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.LinkStore;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/api/v1/links` and `/api/v1/downtimes`, described in `docs/formats/transfer-api.md`. For
/// administrators.
public final class LinkRoutes {
  private static final int CHANGES = 200;

  private final Links links;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public LinkRoutes(Links links, Authenticator authenticator, AccessPolicy policy) {
    this.links = links;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/links", this::list);
    router.add("PUT", "/api/v1/links/{source}/{destination}", this::set);
    router.add("GET", "/api/v1/links/{source}/{destination}/changes", this::changes);
    router.add("GET", "/api/v1/downtimes", this::downtimes);
    router.add("POST", "/api/v1/downtimes", this::addDowntime);
    router.add("DELETE", "/api/v1/downtimes/{id}", this::removeDowntime);
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(
        exchange, 200, Map.of("links", links.list().stream().map(LinkRoutes::view).toList()));
  }

  private static Map<String, Object> view(Links.Now now) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("source", now.link().source().value());
    view.put("destination", now.link().destination().value());
    view.put("active", now.view().traffic().active());
    view.put("allowed", now.view().allowed());
    view.put("rationale", now.view().level().rationale());
    view.put("bytes_per_second", now.view().traffic().bytesPerSecond());
    view.put("waiting", now.waiting());
    view.put("policy", policy(now.view().policy()));
    if (now.held() != null) {
      view.put("held", now.held().words());
      view.put("advice", now.held().kind().advice());
    }
    return view;
  }

  private static Map<String, Object> policy(LinkPolicy policy) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("blocked", policy.blocked());
    view.put("start", policy.start());
    view.put("most", policy.most());
    view.put("bytes_per_second", policy.bytesPerSecond());
    view.put("files_per_second", policy.filesPerSecond());
    view.put("shares", policy.shares());
    view.put("calendar", policy.calendar().text());
    return view;
  }

  /// The body of `PUT /api/v1/links/{source}/{destination}`; what is left out stays as it is.
  record NewPolicy(
      @Nullable Boolean blocked,
      @Nullable Integer start,
      @Nullable Integer most,
      @Nullable String rate,
      @Nullable Double files,
      @Nullable String shares,
      @Nullable String calendar) {
    LinkPolicy over(LinkPolicy before) {
      int first =
          start != null ? start : most == null ? before.start() : Math.min(before.start(), most);
      return new LinkPolicy(
          blocked == null ? before.blocked() : blocked,
          first,
          most == null ? Math.max(before.most(), first) : most,
          rate == null ? before.bytesPerSecond() : ByteSize.parse(rate).bytes(),
          files == null ? before.filesPerSecond() : files,
          shares == null ? before.shares() : LinkPolicy.parseShares(shares),
          calendar == null ? before.calendar() : LinkCalendar.parse(calendar));
    }
  }

  private void set(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String source = end(path.load("source"));
    String destination = end(path.load("destination"));
    NewPolicy body = Json.read(exchange, NewPolicy.class);
    try {
      LinkPolicy set = body.over(links.policy(new Link(name(source), name(destination))));
      links.set(source, destination, set, caller.who());
      Json.respond(exchange, 200, policy(set));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-policy", String.valueOf(e.getMessage()));
    }
  }

  private String end(String name) {
    if (!name.equals(LinkStore.ANY)
        && links.sites().list().stream().noneMatch(s -> s.name().value().equals(name))) {
      throw new HttpProblem(404, "unknown-site", "no site is called so");
    }
    return name;
  }

  /// No site has the name that stands for any.
  private static SiteName name(String text) {
    return new SiteName(text.equals(LinkStore.ANY) ? "any-site" : text);
  }

  private void changes(Exchange exchange, Router.Parameters path) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    List<Map<String, Object>> views =
        links.changes(path.load("source"), path.load("destination"), CHANGES).stream()
            .map(LinkRoutes::change)
            .toList();
    Json.respond(exchange, 200, Map.of("changes", views));
  }

  private static Map<String, Object> change(HistoryRecord record) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("at", record.at().toString());
    view.put("who", record.entry().who());
    view.put("why", record.entry().why());
    return view;
  }

  private void downtimes(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(
        exchange,
        200,
        Map.of("downtimes", links.downtimes().stream().map(LinkRoutes::downtime).toList()));
  }

  private static Map<String, Object> downtime(Downtime downtime) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", downtime.id());
    view.put("site", downtime.site().value());
    view.put("from", downtime.from().toString());
    view.put("until", downtime.until().toString());
    view.put("why", downtime.why());
    view.put("created_by", downtime.createdBy());
    return view;
  }

  /// The body of `POST /api/v1/downtimes`; `from` is now when it is left out.
  record NewDowntime(
      @Nullable String site,
      @Nullable String from,
      @JsonProperty(required = true) @Nullable String until,
      @Nullable String why) {}

  private void addDowntime(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    NewDowntime body = Json.read(exchange, NewDowntime.class);
    try {
      Downtime planned =
          links.add(
              new Downtime(
                  0,
                  new SiteName(String.valueOf(body.site())),
                  body.from() == null ? Instant.now() : Instant.parse(body.from()),
                  Instant.parse(String.valueOf(body.until())),
                  body.why() == null ? "planned" : body.why(),
                  caller.who()));
      Json.respond(exchange, 201, downtime(planned));
    } catch (IllegalArgumentException | DateTimeParseException e) {
      throw new HttpProblem(400, "bad-downtime", String.valueOf(e.getMessage()));
    }
  }

  private void removeDowntime(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    long id;
    try {
      id = Long.parseLong(path.load("id"));
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a number");
    }
    if (!links.removeDowntime(id, caller.who())) {
      throw new HttpProblem(404, "not-found", "there is no such downtime");
    }
    exchange.respond(204);
  }
}
