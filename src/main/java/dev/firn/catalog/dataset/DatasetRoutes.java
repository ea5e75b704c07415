package dev.firn.catalog.dataset;

import dev.firn.catalog.Answers;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Datasets over HTTP: `GET` and `POST /api/v1/datasets`, `GET` and `POST /api/v1/dataset?name=`,
/// `GET /api/v1/dataset/verify?name=`; see `docs/formats/datasets.md`. What belongs to one is asked
/// of `/api/v1/find` with `in dataset NAME`. Administrators change them.
public final class DatasetRoutes {
  private static final int PAGE = 200;

  private final Datasets datasets;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public DatasetRoutes(Datasets datasets, Authenticator authenticator, AccessPolicy policy) {
    this.datasets = datasets;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "GET", "/api/v1/datasets", (exchange, path) -> list(exchange));
    add(router, "POST", "/api/v1/datasets", (exchange, path) -> create(exchange));
    add(router, "GET", "/api/v1/dataset", (exchange, path) -> show(exchange));
    add(router, "POST", "/api/v1/dataset", (exchange, path) -> change(exchange));
    add(router, "GET", "/api/v1/dataset/verify", (exchange, path) -> verify(exchange));
  }

  private static void add(Router router, String method, String template, Router.Endpoint endpoint) {
    router.add(method, template, (exchange, path) -> Answers.explained(exchange, path, endpoint));
  }

  /// The body of `POST /api/v1/datasets`.
  record New(
      @Nullable String name,
      @Nullable String kind,
      @Nullable String query,
      @Nullable String description) {}

  /// The body of `POST /api/v1/dataset`: names to add and remove, a query to add, datasets to hold.
  record Change(
      @Nullable List<String> add,
      @Nullable List<String> remove,
      @Nullable String query,
      @Nullable List<String> parts) {}

  private void list(Exchange exchange) throws IOException {
    reader(exchange);
    List<Dataset> found = datasets.list(exchange.query("after").orElse(""), PAGE);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode array = view.putArray("datasets");
    found.forEach(d -> array.add(view(d)));
    if (found.size() == PAGE) {
      view.put("next", found.getLast().name());
    }
    Json.respond(exchange, 200, view);
  }

  private void create(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    New body = Json.read(exchange, New.class);
    String name = required("name", body.name());
    String description = body.description() == null ? "" : body.description();
    Cause cause = new Cause(caller.who(), "made");
    String label = required("kind", body.kind());
    Dataset.Kind kind =
        Dataset.Kind.ofLabel(label)
            .orElseThrow(() ->
                CatalogException.of(
                    "bad-dataset", "a dataset is a set, query, snapshot or container"));
    Dataset made =
        kind == Dataset.Kind.SNAPSHOT
            ? datasets.snapshot(
                name, FileQuery.parse(required("query", body.query())), description, cause)
            : datasets.create(name, kind, body.query(), description, cause);
    Json.respond(exchange, 201, view(made));
  }

  private void show(Exchange exchange) throws IOException {
    reader(exchange);
    Json.respond(exchange, 200, view(load(name(exchange))));
  }

  private Dataset load(String name) {
    return datasets
        .find(name)
        .orElseThrow(() -> CatalogException.of("not-found", "there is no dataset " + name));
  }

  private void change(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String name = name(exchange);
    Change body = Json.read(exchange, Change.class);
    Cause cause = new Cause(caller.who(), "changed");
    if (body.add() != null && !body.add().isEmpty()) {
      datasets.add(name, names(body.add()), cause);
    }
    if (body.query() != null) {
      datasets.add(name, FileQuery.parse(body.query()), cause);
    }
    if (body.remove() != null && !body.remove().isEmpty()) {
      datasets.remove(name, names(body.remove()), cause);
    }
    if (body.parts() != null) {
      body.parts().forEach(part -> datasets.put(name, part, cause));
    }
    Json.respond(exchange, 200, view(load(name)));
  }

  private void verify(Exchange exchange) throws IOException {
    reader(exchange);
    boolean right = datasets.verify(name(exchange));
    Json.respond(exchange, 200, JsonNodeFactory.instance.objectNode().put("right", right));
  }

  private void reader(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.require(caller, Operation.LIST, LogicalName.ROOT, TargetState.DIRECTORY);
    }
  }

  private static String name(Exchange exchange) {
    return required("name", exchange.query("name").orElse(null));
  }

  private static String required(String what, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw CatalogException.of("bad-parameter", "'" + what + "' is missing");
    }
    return value;
  }

  private static List<LogicalName> names(List<String> texts) {
    try {
      return texts.stream().map(LogicalName::parse).toList();
    } catch (IllegalArgumentException e) {
      throw CatalogException.of("bad-parameter", "not a logical name: " + e.getMessage());
    }
  }

  private static ObjectNode view(Dataset dataset) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("name", dataset.name());
    view.put("kind", dataset.kind().label());
    if (dataset.query() != null) {
      view.put("query", dataset.query());
    }
    if (dataset.digest() != null) {
      view.put("digest", "sha256:" + dataset.digest());
    }
    if (dataset.files() != null) {
      view.put("files", dataset.files());
      view.put("bytes", dataset.bytes());
    }
    view.put("owner", dataset.owner());
    view.put("description", dataset.description());
    view.put("created", dataset.created().toString());
    if (dataset.kind() == Dataset.Kind.CONTAINER) {
      ArrayNode parts = view.putArray("parts");
      dataset.parts().forEach(parts::add);
    }
    return view;
  }
}
