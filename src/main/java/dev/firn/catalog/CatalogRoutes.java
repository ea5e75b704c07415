package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.database.History;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The catalog over HTTP, for reading: `GET /api/v1/files`, `/api/v1/files/{uuid}`, `/api/v1/file`,
/// `/api/v1/find`, `/api/v1/list`, `/api/v1/summary`, `/api/v1/history`; see
/// `docs/formats/catalog-api.md`.
///
/// A caller sees the records of those names that its token lets it stat, and no others; totals of
/// everything and the history of everything are for administrators.
public final class CatalogRoutes {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1_000;
  private static final int DEPTH = 50;

  private final Catalog catalog;
  private final FileTables tables;
  private final Database database;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public CatalogRoutes(
      Catalog catalog, Database database, Authenticator authenticator, AccessPolicy policy) {
    this.catalog = catalog;
    this.tables = new FileTables(catalog);
    this.database = database;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "/api/v1/files", (exchange, path) -> files(exchange));
    add(router, "/api/v1/files/{uuid}", this::byUuid);
    add(router, "/api/v1/file", (exchange, path) -> byName(exchange));
    add(router, "/api/v1/find", (exchange, path) -> find(exchange));
    add(router, "/api/v1/lineage", (exchange, path) -> lineage(exchange));
    add(router, "/api/v1/list", (exchange, path) -> list(exchange));
    add(router, "/api/v1/summary", (exchange, path) -> summary(exchange));
    add(router, "/api/v1/history", (exchange, path) -> history(exchange));
  }

  private static void add(Router router, String template, Router.Endpoint endpoint) {
    router.add("GET", template, (exchange, path) -> Answers.explained(exchange, path, endpoint));
  }

  private static String message(RuntimeException e) {
    return String.valueOf(e.getMessage());
  }

  private void files(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    FileQuery query = FileQuery.parse(exchange.query("q").orElse(""));
    int limit = (int) number(exchange, "limit", PAGE, LARGEST_PAGE);
    FilePage page = catalog.queries().page(query, exchange.query("after").orElse(null), limit);
    List<CatalogFile> seen = page.files().stream().filter(f -> maySee(caller, f.name())).toList();
    Json.respond(exchange, 200, CatalogViews.page(seen, page.next()));
  }

  private void byUuid(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = authenticated(exchange);
    Json.respond(exchange, 200, CatalogViews.file(load(caller, path.load("uuid"))));
  }

  private CatalogFile load(Caller caller, String uuid) {
    UUID wanted;
    try {
      wanted = UUID.fromString(uuid);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a uuid");
    }
    // What may not be seen is answered like what is not there.
    return catalog
        .find(wanted)
        .filter(f -> maySee(caller, f.name()))
        .orElseThrow(() -> CatalogException.notFound("file with uuid " + wanted));
  }

  private void byName(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    LogicalName name = name(exchange);
    policy.require(caller, Operation.STAT, name, TargetState.FILE);
    CatalogFile file =
        catalog.find(name).orElseThrow(() -> CatalogException.notFound("file " + name));
    Json.respond(exchange, 200, CatalogViews.file(file));
  }

  /// Files that the caller may not see are left out, with what leads over them.
  private void lineage(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    LogicalName name = name(exchange);
    policy.require(caller, Operation.STAT, name, TargetState.FILE);
    CatalogFile file =
        catalog.find(name).orElseThrow(() -> CatalogException.notFound("file " + name));
    int depth = (int) number(exchange, "depth", DEPTH, DEPTH);
    Lineage all = catalog.lineage(file, depth);
    Json.respond(exchange, 200, CatalogViews.lineage(all, node -> maySee(caller, node.name())));
  }

  private static LogicalName name(Exchange exchange) {
    String text =
        exchange
            .query("name")
            .orElseThrow(() -> new HttpProblem(400, "bad-parameter", "'name' is missing"));
    try {
      return LogicalName.parse(text);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a logical name: " + message(e));
    }
  }

  private void find(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    FileQuery query = FileQuery.parse(exchange.query("q").orElse(""));
    if (flag(exchange, "explain")) {
      Json.respond(exchange, 200, CatalogViews.explanation(catalog.queries().explain(query)));
    } else if (exchange.query("group").isPresent()) {
      Grouping grouping = Grouping.parse(exchange.query("group").get());
      policy.requireAdmin(caller);
      Json.respond(
          exchange, 200, CatalogViews.groups(grouping, catalog.queries().groups(query, grouping)));
    } else if (flag(exchange, "count")) {
      Json.respond(exchange, 200, CatalogViews.total(total(caller, query)));
    } else {
      Optional<FileTables.Format> format = FileTables.Format.of(exchange);
      if (format.isPresent()) {
        tables.answer(exchange, query, format.get(), file -> maySee(caller, file.name()));
      } else {
        stream(exchange, caller, query);
      }
    }
  }

  /// Who sees everything is answered from the database; for others what they may see is added up.
  private FileTotal total(Caller caller, FileQuery query) {
    if (policy.isOpen() || caller.admin()) {
      return catalog.queries().total(query);
    }
    long[] sum = new long[2];
    catalog.queries().stream(
        query,
        file -> {
          if (maySee(caller, file.name())) {
            sum[0]++;
            sum[1] += file.size();
          }
        });
    return new FileTotal(sum[0], sum[1]);
  }

  /// One JSON document a line. The first page is read before the head goes out, so that what is
  /// wrong with the query is an answer; a failure later cuts the connection, never ends it well.
  private void stream(Exchange exchange, Caller caller, FileQuery query) throws IOException {
    FilePage page = catalog.queries().page(query, null, LARGEST_PAGE);
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Exchange.Body body = exchange.start(200);
    while (true) {
      StringBuilder lines = new StringBuilder();
      for (CatalogFile file : page.files()) {
        if (maySee(caller, file.name())) {
          lines.append(CatalogViews.file(file)).append('\n');
        }
      }
      body.write(ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8)));
      if (page.next() == null) {
        break;
      }
      page = catalog.queries().page(query, page.next(), LARGEST_PAGE);
    }
    body.close();
  }

  private void list(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    LogicalName directory = name(exchange);
    policy.require(caller, Operation.LIST, directory, TargetState.DIRECTORY);
    int limit = (int) number(exchange, "limit", PAGE, LARGEST_PAGE);
    Listing listing = catalog.list(directory, exchange.query("after").orElse(""), limit);
    var view =
        CatalogViews.page(
            listing.files().files().stream().filter(f -> maySee(caller, f.name())).toList(),
            listing.files().next());
    var directories = view.putArray("directories");
    for (LogicalName below : listing.directories()) {
      if (policy.decide(caller, Operation.LIST, below, TargetState.DIRECTORY).granted()) {
        directories.add(below.toString());
      }
    }
    Json.respond(exchange, 200, view);
  }

  private void summary(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(exchange, 200, CatalogViews.summary(catalog.summary()));
  }

  private void history(Exchange exchange) throws IOException {
    Caller caller = authenticated(exchange);
    long before = number(exchange, "before", 0, Long.MAX_VALUE);
    int limit = (int) number(exchange, "limit", PAGE, LARGEST_PAGE);
    @Nullable String uuid = exchange.query("file").orElse(null);
    if (uuid == null) {
      policy.requireAdmin(caller);
      Json.respond(
          exchange,
          200,
          CatalogViews.history(database.read(c -> History.latest(c, before, limit)), limit));
    } else {
      long id = load(caller, uuid).id();
      Json.respond(exchange, 200, CatalogViews.history(catalog.history(id, before, limit), limit));
    }
  }

  /// Anonymous callers see what the policy shows to everybody; whoever may see nothing at all
  /// learns that a token is wanted.
  private Caller authenticated(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.require(caller, Operation.LIST, LogicalName.ROOT, TargetState.DIRECTORY);
    }
    return caller;
  }

  private boolean maySee(Caller caller, LogicalName name) {
    return caller.admin()
        || policy.decide(caller, Operation.STAT, name, TargetState.FILE).granted();
  }

  private static boolean flag(Exchange exchange, String name) {
    return exchange.query(name).filter(v -> v.equals("1") || v.equals("true")).isPresent();
  }

  private static long number(Exchange exchange, String name, long otherwise, long most) {
    String text = exchange.query(name).orElse(Long.toString(otherwise));
    try {
      long value = Long.parseLong(text);
      if (value >= 0) {
        return Math.min(value, most);
      }
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "'" + name + "' is not a number");
    }
    throw new HttpProblem(400, "bad-parameter", "'" + name + "' is negative");
  }
}
