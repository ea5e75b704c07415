package dev.firn.catalog;

import dev.firn.catalog.BulkLoad.LineOutcome;
import dev.firn.catalog.BulkLoad.Totals;
import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
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

/// `POST /api/v1/load`: registers files from lines of JSON, for administrators; see
/// `docs/formats/catalog-load.md`.
public final class LoadRoutes {
  private static final int FLUSH = 64 * 1024;

  private final BulkLoad bulk;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public LoadRoutes(Catalog catalog, Authenticator authenticator, AccessPolicy policy) {
    this.bulk = new BulkLoad(catalog);
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add(
        "POST",
        "/api/v1/load",
        (exchange, path) -> Answers.explained(exchange, path, (e, p) -> load(e)));
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
        ArrayNode differs = view.putArray("differs");
        for (RegisterOutcome.Difference d : conflict.differences()) {
          differs
              .addObject()
              .put("field", d.field())
              .put("known", d.known())
              .put("offered", d.offered());
        }
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
