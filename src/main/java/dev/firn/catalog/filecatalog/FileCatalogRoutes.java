package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Sql;
import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import dev.firn.database.SqlWork;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The routes below `/api` that the File Catalog had; see `docs/formats/file-catalog-api.md`.
public final class FileCatalogRoutes {
  private static final String HAL = "application/hal+json; charset=UTF-8";
  private static final String FILES = "/api/files";
  private static final JsonMapper JSON = Json.mapper();

  private final Database database;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final Records records;
  private final FileSearch search;
  private final CollectionRoutes collections;

  public FileCatalogRoutes(
      Catalog catalog,
      Database database,
      Authenticator authenticator,
      AccessPolicy policy,
      Supplier<UUID> ids) {
    this.database = database;
    this.authenticator = authenticator;
    this.policy = policy;
    this.records = new Records(catalog, new LocationStore());
    this.search = new FileSearch(catalog);
    this.collections = new CollectionRoutes(this, ids);
  }

  public void addTo(Router router) {
    add(router, "GET", "/api", (exchange, path, who) -> root(exchange));
    add(router, "GET", FILES, (exchange, path, who) -> find(exchange));
    add(router, "POST", FILES, (exchange, path, who) -> create(exchange, who));
    add(router, "GET", FILES + "/count", (exchange, path, who) -> count(exchange));
    add(router, "GET", FILES + "/{uuid}", (exchange, path, who) -> show(exchange, path));
    add(router, "DELETE", FILES + "/{uuid}", this::delete);
    add(router, "PATCH", FILES + "/{uuid}", (e, path, who) -> describe(e, path, who, false));
    add(router, "PUT", FILES + "/{uuid}", (e, path, who) -> describe(e, path, who, true));
    add(router, "POST", FILES + "/{uuid}/locations", this::addLocations);
    add(router, "POST", FILES + "/{uuid}/actions/remove_location", this::removeLocation);
    collections.addTo(router);
  }

  /// Answers a request of a caller who has the old catalog's one role.
  @FunctionalInterface
  interface Endpoint {
    void handle(Exchange exchange, Router.Parameters path, String who) throws IOException;
  }

  void add(Router router, String method, String template, Endpoint endpoint) {
    router.add(
        method,
        template,
        (exchange, path) -> {
          try {
            Caller caller = policy.requireAdmin(authenticator, exchange);
            endpoint.handle(exchange, path, caller.who());
          } catch (Refusal e) {
            respond(exchange, e.status(), JSON.valueToTree(e.body()));
          } catch (HttpProblem e) {
            e.headers().forEach(exchange::setHeader);
            respond(exchange, e.status(), error(e.status(), e.detail()));
          } catch (CatalogException e) {
            respond(exchange, 400, error(400, String.valueOf(e.getMessage())));
          } catch (DatabaseException e) {
            refused(exchange, e);
          }
        });
  }

  private static ObjectNode error(int status, String words) {
    return JsonNodeFactory.instance.objectNode().put("code", status).put("error", words);
  }

  /// What the database refuses was asked for wrongly: a pattern, a path, a text it cannot hold, a
  /// query beyond its limits (class 54).
  private static void refused(Exchange exchange, DatabaseException e) throws IOException {
    String state = e.getCause() instanceof SQLException sql ? "" + sql.getSQLState() : "";
    if (state.startsWith("22") || state.startsWith("54")) {
      respond(exchange, 400, error(400, "Invalid query parameter(s): " + e.getMessage()));
    } else if (state.equals("23505")) {
      respond(exchange, 409, error(409, "Conflict with what was written at the same moment"));
    } else if (state.equals("57014")) {
      respond(exchange, 503, error(503, "the query took longer than max_time_ms"));
    } else if (e.kind() == DatabaseException.Kind.REFUSED) {
      throw e;
    } else {
      respond(exchange, 503, error(503, "the catalog's database is away"));
    }
  }

  static void respond(Exchange exchange, int status, JsonNode body) throws IOException {
    exchange.respond(status, HAL, Json.bytes(body));
  }

  static ObjectNode linked(String self, String parent) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    return link(body, self, parent);
  }

  private static ObjectNode link(ObjectNode body, String self, @Nullable String parent) {
    ObjectNode links = body.putObject("_links");
    links.putObject("self").put("href", self);
    if (parent != null) {
      links.putObject("parent").put("href", parent);
    }
    return body;
  }

  /// The request's body, a JSON object.
  static JsonNode body(Exchange exchange) throws IOException {
    byte[] bytes = exchange.body().readNBytes(Json.MAX_BODY + 1);
    if (bytes.length > Json.MAX_BODY) {
      throw Refusal.of(413, "the body is longer than " + Json.MAX_BODY + " bytes");
    }
    try {
      JsonNode body =
          bytes.length == 0 ? JsonNodeFactory.instance.objectNode() : JSON.readTree(bytes);
      if (!body.isObject()) {
        throw Refusal.bad("the body is not a JSON object");
      }
      return body;
    } catch (JacksonException e) {
      throw Refusal.bad("the body is not JSON: " + e.getOriginalMessage());
    }
  }

  <T> T write(SqlWork<T> work) {
    return database.inTransaction(work);
  }

  <T> T read(SqlWork<T> work) {
    return database.read(work);
  }

  private static void root(Exchange exchange) throws IOException {
    ObjectNode body = link(JsonNodeFactory.instance.objectNode(), "/api", null);
    body.putObject("files").put("href", FILES);
    respond(exchange, 200, body);
  }

  private void find(Exchange exchange) throws IOException {
    Arguments.requireQuery(exchange);
    Sql condition = Arguments.condition(Arguments.query(exchange));
    respondFiles(exchange, condition, linked(FILES, "/api"));
  }

  /// Answers with the files of a condition, in the window and with the keys that the request wants.
  void respondFiles(Exchange exchange, Sql condition, ObjectNode body) throws IOException {
    FileSearch.Window window =
        new FileSearch.Window(
            Arguments.start(exchange), Arguments.limit(exchange), Arguments.maxMillis(exchange));
    List<String> keys = Arguments.keys(exchange);
    ArrayNode files = body.putArray("files");
    read(c -> search.find(c, condition, window, keys)).forEach(files::add);
    respond(exchange, 200, body);
  }

  private void count(Exchange exchange) throws IOException {
    Arguments.requireQuery(exchange);
    Sql condition = Arguments.condition(Arguments.query(exchange));
    long millis = Arguments.maxMillis(exchange);
    long files = read(c -> search.count(c, condition, millis));
    respond(exchange, 200, linked(FILES, "/api").put("files", files));
  }

  private void create(Exchange exchange, String who) throws IOException {
    JsonNode document = body(exchange);
    Records.requireCreatable(document);
    Records.Written written = write(c -> records.create(c, document, who));
    ObjectNode body = linked(FILES, "/api").put("file", FILES + "/" + written.uuid());
    respond(exchange, written.created() ? 201 : 200, body);
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    String uuid = path.load("uuid");
    ObjectNode record = read(c -> records.show(c, records.load(c, uuid)));
    String tag = Records.tag(record);
    exchange.setHeader("ETag", tag);
    if (exchange.header("If-None-Match").filter(seen -> seen.contains(tag)).isPresent()) {
      exchange.respond(304);
    } else {
      respond(exchange, 200, own(uuid, record));
    }
  }

  private static ObjectNode own(String uuid, ObjectNode document) {
    return link(document, FILES + "/" + uuid, FILES);
  }

  private void delete(Exchange exchange, Router.Parameters path, String who) throws IOException {
    write(c -> {
      records.delete(c, records.lock(c, path.load("uuid")), who);
      return true;
    });
    exchange.respond(204);
  }

  private void describe(Exchange exchange, Router.Parameters path, String who, boolean whole)
      throws IOException {
    JsonNode change = body(exchange);
    // The old client says in If-None-Match what it has seen, and means If-Match.
    String seen =
        exchange.header("If-Match").or(() -> exchange.header("If-None-Match")).orElse(null);
    changed(
        exchange,
        path,
        (c, file) -> {
          records.requireSeen(c, file, seen);
          records.describe(c, file, change, whole, who);
        });
  }

  private void addLocations(Exchange exchange, Router.Parameters path, String who)
      throws IOException {
    JsonNode body = body(exchange);
    changed(exchange, path, (c, file) -> records.addLocations(c, file, body, who));
  }

  private interface Change {
    void make(Connection c, CatalogFile file) throws SQLException;
  }

  private void changed(Exchange exchange, Router.Parameters path, Change change)
      throws IOException {
    String uuid = path.load("uuid");
    ObjectNode after =
        write(c -> {
          change.make(c, records.lock(c, uuid));
          return own(uuid, records.show(c, records.load(c, uuid)));
        });
    respond(exchange, 200, after);
  }

  private void removeLocation(Exchange exchange, Router.Parameters path, String who)
      throws IOException {
    JsonNode body = body(exchange);
    String uuid = path.load("uuid");
    ObjectNode after =
        write(c -> {
          CatalogFile file = records.lock(c, uuid);
          return records.removeLocation(c, file, body, who)
              ? own(uuid, records.show(c, records.load(c, uuid)))
              : JsonNodeFactory.instance.objectNode();
        });
    respond(exchange, 200, after);
  }
}
