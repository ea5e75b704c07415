package dev.firn.ingest.index;

import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What indexers report of their passes, for administrators: `PUT /api/v1/index/{id}` with an
/// [IndexReport]; `GET /api/v1/index`, latest first, with the hub's own site.
public final class IndexRoutes {
  private static final int PAGE = 100;

  private final IndexStore store;
  private final SiteName site;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  /// @param site the hub's own
  public IndexRoutes(
      Database database, SiteName site, Authenticator authenticator, AccessPolicy policy) {
    this.store = new IndexStore(database);
    this.site = site;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/index", this::list);
    router.add("PUT", "/api/v1/index/{id}", this::report);
  }

  private void report(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    UUID id;
    try {
      id = UUID.fromString(path.load("id"));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a UUID");
    }
    IndexReport report = Json.read(exchange, IndexReport.class);
    if (report.site() == null || report.root() == null || !report.hasState()) {
      throw new HttpProblem(400, "bad-report", "a report has 'site', 'root' and 'state'");
    }
    store.put(id, report, caller.who());
    Json.respond(exchange, 200, JsonNodeFactory.instance.objectNode().put("site", site.value()));
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    List<IndexStore.Row> rows = store.latest(PAGE);
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("site", site.value());
    ArrayNode array = view.putArray("passes");
    for (IndexStore.Row row : rows) {
      ObjectNode one = Json.mapper().valueToTree(row.report());
      one.put("id", row.id().toString()).put("who", row.who());
      one.put("started", row.started().toString()).put("updated", row.updated().toString());
      array.add(one);
    }
    Json.respond(exchange, 200, view);
  }
}
