package dev.firn.catalog;

import dev.firn.catalog.BulkLoad.LineOutcome;
import dev.firn.catalog.BulkLoad.Totals;
import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `POST /api/v1/load` registers files from lines of JSON, `POST /api/v1/files` one by itself, both
/// for administrators; see `docs/formats/catalog-load.md`.
public final class LoadRoutes {
  private static final int FLUSH = 64 * 1024;

  private final Catalog catalog;
  private final BulkLoad bulk;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public LoadRoutes(Catalog catalog, Authenticator authenticator, AccessPolicy policy) {
    this.catalog = catalog;
    this.bulk = new BulkLoad(catalog);
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "/api/v1/load", (exchange, path) -> load(exchange));
    add(router, "/api/v1/files", (exchange, path) -> register(exchange));
  }

  private static void add(Router router, String template, Router.Endpoint endpoint) {
    router.add("POST", template, (exchange, path) -> Answers.explained(exchange, path, endpoint));
  }

  /// One file: 201 when it is new, 200 when it was known, 409 with what differs.
  private void register(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    byte[] body = exchange.body().readNBytes(BulkLoad.LONGEST_LINE + 1);
    if (body.length > BulkLoad.LONGEST_LINE) {
      throw new HttpProblem(
          413, "body-too-long", "the body is longer than " + BulkLoad.LONGEST_LINE + " bytes");
    }
    Offer offer = OfferReader.read(body, body.length);
    String why = exchange.query("why").orElse("registered over HTTP");
    switch (catalog.register(offer, new Cause(caller.who(), why))) {
      case Registered(CatalogFile file) -> {
        exchange.setHeader("Location", "/api/v1/files/" + file.uuid());
        Json.respond(exchange, 201, registered("created", true, file));
      }
      case AlreadyThere(CatalogFile file, boolean added) ->
          Json.respond(exchange, 200, registered("same", added, file));
      case Conflict conflict ->
          throw new HttpProblem(409, "conflict", conflict.reason())
              .withMember("name", conflict.file().name().toString())
              .withMember("uuid", conflict.file().uuid().toString())
              .withMember("differs", differences(conflict));
    }
  }

  private static ObjectNode registered(String outcome, boolean added, CatalogFile file) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("outcome", outcome).put("added", added);
    view.set("file", CatalogViews.file(file));
    return view;
  }

  private static ArrayNode differences(Conflict conflict) {
    ArrayNode differs = JsonNodeFactory.instance.arrayNode();
    for (RegisterOutcome.Difference d : conflict.differences()) {
      differs
          .addObject()
          .put("field", d.field())
          .put("known", d.known())
          .put("offered", d.offered());
    }
    return differs;
  }

  /// The answer's last line has the totals: without it the load did not end, and is sent again.
  private void load(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    boolean all =
        switch (exchange.query("outcomes").orElse("all")) {
          case "all" -> true;
          case "problems" -> false;
          default ->
              throw new HttpProblem(400, "bad-parameter", "'outcomes' is 'all' or 'problems'");
        };
    Cause cause = new Cause(caller.who(), exchange.query("why").orElse("loaded in bulk"));
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Answer answer = new Answer(exchange);
    Totals totals =
        bulk.load(
            exchange.body(),
            cause,
            line -> {
              if (all || isProblem(line)) {
                answer.line(view(line));
              }
            });
    answer.line(view(totals));
    answer.close();
  }

  private static boolean isProblem(LineOutcome line) {
    return line.outcome() == null || line.outcome() instanceof Conflict;
  }

  private static ObjectNode view(LineOutcome line) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("line", line.number());
    switch (line.outcome()) {
      case Registered(CatalogFile file) ->
          view.put("outcome", "created").put("uuid", file.uuid().toString());
      case AlreadyThere(CatalogFile file, boolean added) ->
          view.put("outcome", "same").put("uuid", file.uuid().toString()).put("added", added);
      case Conflict conflict -> {
        view.put("outcome", "conflict");
        view.put("name", conflict.file().name().toString());
        view.put("uuid", conflict.file().uuid().toString());
        view.set("differs", differences(conflict));
      }
      case null -> view.put("outcome", "invalid").put("reason", line.reason());
    }
    return view;
  }

  private static ObjectNode view(Totals totals) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("done", true)
        .put("created", totals.created())
        .put("same", totals.same())
        .put("added", totals.added())
        .put("conflicts", totals.conflicts())
        .put("invalid", totals.invalid());
  }

  /// The answer's lines, handed over in pieces. The head goes out with the first piece, so that
  /// what is wrong from the beginning is answered by a status.
  private static final class Answer {
    private final Exchange exchange;
    private final StringBuilder text = new StringBuilder();
    private Exchange.@Nullable Body body;

    Answer(Exchange exchange) {
      this.exchange = exchange;
    }

    void line(ObjectNode view) throws IOException {
      text.append(view).append('\n');
      if (text.length() > FLUSH) {
        send();
      }
    }

    private Exchange.Body send() throws IOException {
      Exchange.Body to = body == null ? exchange.start(200) : body;
      body = to;
      to.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
      text.setLength(0);
      return to;
    }

    void close() throws IOException {
      send().close();
    }
  }
}
