package dev.firn.events;

import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;

/// The Iceberg REST catalog at `/iceberg`, reading side (Iceberg's `rest-catalog-open-api.yaml`):
/// configuration, namespaces, tables, one table with its metadata. Whoever may read the directory
/// of a table sees it; the locations in its metadata are URLs of the door, opened with the same
/// token.
///
/// A namespace is a pass; `current` is the pass that was promoted last.
public final class IcebergRoutes {
  private static final String JSON = "application/json";
  private static final String CURRENT = "current";
  private static final String TABLES = "/v1/{prefix}/namespaces/{namespace}/tables";

  /// Tokens are renewed where they were issued, and nothing is made of reports.
  private static final Map<String, Object> CONFIG =
      Map.of(
          "defaults",
          Map.of("token-refresh-enabled", "false", "rest-metrics-reporting-enabled", "false"),
          "overrides",
          Map.of(),
          "endpoints",
          List.of(
              "GET /v1/{prefix}/namespaces",
              "GET /v1/{prefix}/namespaces/{namespace}",
              "HEAD /v1/{prefix}/namespaces/{namespace}",
              "GET " + TABLES,
              "GET " + TABLES + "/{table}",
              "HEAD " + TABLES + "/{table}",
              "POST " + TABLES + "/{table}/metrics"));

  private final Passes passes;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public IcebergRoutes(Passes passes, Authenticator authenticator, AccessPolicy policy) {
    this.passes = passes;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "GET", "/iceberg/v1/config", (exchange, path) -> config(exchange));
    add(router, "GET", "/iceberg/v1/namespaces", (exchange, path) -> namespaces(exchange));
    add(router, "GET", "/iceberg/v1/namespaces/{namespace}", this::namespace);
    add(router, "GET", "/iceberg/v1/namespaces/{namespace}/tables", this::tables);
    add(router, "GET", "/iceberg/v1/namespaces/{namespace}/tables/{table}", this::table);
    add(router, "POST", "/iceberg/v1/namespaces/{namespace}/tables/{table}/metrics", this::metrics);
    for (String method : new String[] {"GET", "POST", "PUT", "DELETE"}) {
      add(router, method, "/iceberg/{rest...}", (exchange, path) -> unsupported(exchange));
    }
  }

  /// Clients of this protocol expect its own form of an error.
  private static void add(Router router, String method, String template, Router.Endpoint endpoint) {
    router.add(
        method,
        template,
        (exchange, path) -> {
          try {
            endpoint.handle(exchange, path);
          } catch (HttpProblem e) {
            e.headers().forEach(exchange::setHeader);
            Map<String, Object> error =
                Map.of("message", e.detail(), "type", e.code(), "code", e.status());
            Json.respond(exchange, e.status(), Map.of("error", error));
          }
        });
  }

  private void config(Exchange exchange) throws IOException {
    caller(exchange);
    Json.respond(exchange, 200, CONFIG);
  }

  private void namespaces(Exchange exchange) throws IOException {
    Caller caller = caller(exchange);
    List<List<String>> found = new ArrayList<>();
    if (exchange.query("parent").isEmpty()) {
      for (Pass pass : passes.list()) {
        if (mayRead(caller, pass)) {
          found.add(List.of(pass.name()));
          if (pass.current()) {
            found.add(List.of(CURRENT));
          }
        }
      }
    }
    Json.respond(exchange, 200, Map.of("namespaces", found));
  }

  private void namespace(Exchange exchange, Router.Parameters path) throws IOException {
    Pass pass = pass(caller(exchange), path);
    Map<String, String> properties =
        Map.of(
            "pulses", pass.pulses(),
            "releases", Integer.toString(pass.releases()),
            "current", Boolean.toString(pass.current()));
    Json.respond(
        exchange,
        200,
        Map.of("namespace", List.of(path.load("namespace")), "properties", properties));
  }

  private void tables(Exchange exchange, Router.Parameters path) throws IOException {
    Pass pass = pass(caller(exchange), path);
    List<Map<String, Object>> found =
        passes.tables().list(pass.name()).stream()
            .map(t ->
                Map.<String, Object>of(
                    "namespace", List.of(path.load("namespace")), "name", t.table()))
            .toList();
    Json.respond(exchange, 200, Map.of("identifiers", found));
  }

  private void table(Exchange exchange, Router.Parameters path) throws IOException {
    Pass pass = pass(caller(exchange), path);
    IcebergTables.Loaded loaded = loaded(pass, path.load("table"));
    TableMetadata metadata = loaded.metadata();
    // Iceberg's own classes for these answers want the HTTP client of its catalogs, which is left
    // out
    send(
        exchange,
        "{\"metadata-location\":"
            + Json.mapper().writeValueAsString(metadata.metadataFileLocation())
            + ",\"metadata\":"
            + TableMetadataParser.toJson(metadata)
            + ",\"config\":{}}");
  }

  private IcebergTables.Loaded loaded(Pass pass, String table) {
    Optional<IcebergTables.Loaded> found;
    try {
      found = passes.tables().load(new TableName(pass.name(), table));
    } catch (IllegalArgumentException e) {
      found = Optional.empty();
    }
    return found.orElseThrow(() ->
        new HttpProblem(
            404, "NoSuchTableException", "there is no table " + pass.name() + "." + table));
  }

  /// Clients tell how a scan went; nothing is made of it.
  private void metrics(Exchange exchange, Router.Parameters path) throws IOException {
    pass(caller(exchange), path);
    exchange.respond(204);
  }

  private void unsupported(Exchange exchange) {
    caller(exchange);
    throw new HttpProblem(
        406, "UnsupportedOperationException", "this catalog is written by firn events load alone");
  }

  private Caller caller(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.require(caller, Operation.LIST, LogicalName.ROOT, TargetState.DIRECTORY);
    }
    return caller;
  }

  private boolean mayRead(Caller caller, Pass pass) {
    return policy
        .decide(caller, Operation.LIST, passes.directory(pass), TargetState.DIRECTORY)
        .granted();
  }

  /// A pass that the caller may not read is like one that is not there.
  private Pass pass(Caller caller, Router.Parameters path) {
    String name = path.load("namespace");
    Optional<Pass> pass =
        name.equals(CURRENT)
            ? passes.list().stream().filter(Pass::current).findFirst()
            : passes.find(name);
    return pass.filter(p -> mayRead(caller, p))
        .orElseThrow(() ->
            new HttpProblem(404, "NoSuchNamespaceException", "there is no namespace " + name));
  }

  private static void send(Exchange exchange, String json) throws IOException {
    exchange.setHeader("Cache-Control", "no-store");
    exchange.respond(200, JSON, json.getBytes(StandardCharsets.UTF_8));
  }
}
