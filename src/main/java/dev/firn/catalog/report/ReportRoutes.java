package dev.firn.catalog.report;

import dev.firn.catalog.Answers;
import dev.firn.catalog.CatalogException;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Standing reports over HTTP, for administrators: `GET /api/v1/reports`, `GET` and `POST
/// /api/v1/reports/{kind}`; see `docs/formats/reports.md`.
public final class ReportRoutes {
  private static final int PAGE = 1_000;

  private final Reports reports;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public ReportRoutes(Reports reports, Authenticator authenticator, AccessPolicy policy) {
    this.reports = reports;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "GET", "/api/v1/reports", (exchange, path) -> list(exchange));
    add(router, "GET", "/api/v1/reports/{kind}", (e, path) -> show(e, path.load("kind")));
    add(router, "POST", "/api/v1/reports/{kind}", (e, path) -> take(e, path.load("kind")));
  }

  private static void add(Router router, String method, String template, Router.Endpoint endpoint) {
    router.add(method, template, (exchange, path) -> Answers.explained(exchange, path, endpoint));
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode all = view.putArray("reports");
    reports.list().forEach(report -> all.add(view(report)));
    Json.respond(exchange, 200, view);
  }

  private void show(Exchange exchange, String kind) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    String scope = exchange.query("scope").orElse("");
    ObjectNode view = view(reports.load(kind, scope));
    List<Reports.Line> lines = reports.lines(kind, scope, after(exchange), PAGE);
    ArrayNode array = view.putArray("lines");
    lines.forEach(line -> array.add(line.line()));
    if (lines.size() == PAGE) {
      view.put("next", lines.getLast().number());
    }
    Json.respond(exchange, 200, view);
  }

  private static int after(Exchange exchange) {
    try {
      return Integer.parseInt(exchange.query("after").orElse("0"));
    } catch (NumberFormatException e) {
      throw CatalogException.of("bad-parameter", "'after' is not the number of a line");
    }
  }

  private void take(Exchange exchange, String kind) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(exchange, 200, view(reports.take(kind, exchange.query("scope").orElse(""))));
  }

  private static ObjectNode view(Report report) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("kind", report.kind());
    if (!report.scope().isEmpty()) {
      view.put("scope", report.scope());
    }
    if (report.taken() != null) {
      view.put("taken", report.taken().toString());
      view.put("seconds", report.took().toMillis() / 1e3);
      view.put("found", report.found()).put("bytes", report.bytes());
    }
    if (report.trouble() != null) {
      view.put("trouble", report.trouble());
    }
    return view;
  }
}
