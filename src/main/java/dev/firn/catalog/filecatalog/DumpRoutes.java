package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Answers;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FilePage;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Lines;
import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Whole catalogs as lines of JSON, for administrators: `POST /api/v1/import` takes documents of
/// the old catalog, `GET /api/v1/export?form=firn|file-catalog[&q=QUERY]` gives all files, or those
/// of a query; see `docs/formats/catalog-load.md`.
public final class DumpRoutes {
  private static final int LONGEST_LINE = 1024 * 1024;
  private static final int PART = 2_000;
  private static final int PART_BYTES = 16 * 1024 * 1024;
  private static final int PAGE = 1_000;

  private final Catalog catalog;
  private final Dump dump;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public DumpRoutes(
      Catalog catalog, Database database, Authenticator authenticator, AccessPolicy policy) {
    this.catalog = catalog;
    this.dump = new Dump(database, catalog);
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add(
        "POST", "/api/v1/import", (e, path) -> Answers.explained(e, path, (x, p) -> load(x)));
    router.add("GET", "/api/v1/export", (e, path) -> Answers.explained(e, path, (x, p) -> give(x)));
  }

  /// The answer's last line has the totals: without it the import did not end, and is sent again.
  private void load(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    boolean all = exchange.query("outcomes").filter("problems"::equals).isEmpty();
    Cause cause = new Cause(caller.who(), exchange.query("why").orElse("imported from a dump"));
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Lines lines = new Lines(exchange.body(), LONGEST_LINE);
    Map<String, Long> totals = new TreeMap<>();
    List.of("created", "same", "conflicts", "invalid").forEach(kind -> totals.put(kind, 0L));
    Exchange.Body answer = null;
    while (lines.hasNext()) {
      StringBuilder text = new StringBuilder();
      part(lines, cause, totals)
          .forEach(line -> {
            if (all || line.has("reason")) {
              text.append(line).append('\n');
            }
          });
      answer = answer == null ? exchange.start(200) : answer;
      answer.write(bytes(text.toString()));
    }
    catalog.settleProvenance();
    ObjectNode end = JsonNodeFactory.instance.objectNode().put("done", true);
    totals.forEach(end::put);
    answer = answer == null ? exchange.start(200) : answer;
    answer.write(bytes(end + "\n"));
    answer.close();
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<ObjectNode> part(Lines lines, Cause cause, Map<String, Long> totals)
      throws IOException {
    List<byte[]> documents = new ArrayList<>();
    List<Long> numbers = new ArrayList<>();
    long size = 0;
    while (documents.size() < PART && size < PART_BYTES && lines.hasNext()) {
      Lines.Line line = lines.next();
      if (line.tooLong() || !new String(line.bytes(), StandardCharsets.UTF_8).isBlank()) {
        documents.add(line.bytes());
        numbers.add(line.number());
        size += line.bytes().length;
      }
    }
    List<ObjectNode> views = new ArrayList<>();
    List<Dump.Outcome> outcomes = dump.load(documents, cause);
    for (int i = 0; i < outcomes.size(); i++) {
      Dump.Outcome outcome = outcomes.get(i);
      String kind = outcome.kind().equals("conflict") ? "conflicts" : outcome.kind();
      totals.merge(kind, 1L, Long::sum);
      ObjectNode view = JsonNodeFactory.instance.objectNode().put("line", numbers.get(i));
      view.put("outcome", outcome.kind());
      if (outcome.uuid() != null) {
        view.put("uuid", outcome.uuid().toString());
      }
      if (outcome.problem() != null) {
        view.put("reason", outcome.problem());
      }
      views.add(view);
    }
    return views;
  }

  private void give(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Dump.Form form =
        switch (exchange.query("form").orElse("firn")) {
          case "firn" -> Dump.Form.FIRN;
          case "file-catalog" -> Dump.Form.FILE_CATALOG;
          default ->
              throw CatalogException.of("bad-parameter", "'form' is 'firn' or 'file-catalog'");
        };
    FileQuery query = FileQuery.parse(exchange.query("q").orElse(""));
    FilePage page = catalog.queries().page(query, null, PAGE);
    exchange.setHeader("Content-Type", "application/x-ndjson");
    try (Exchange.Body body = exchange.start(200)) {
      @Nullable String next;
      long count = 0;
      do {
        List<CatalogFile> files = page.files();
        StringBuilder text = new StringBuilder();
        dump.lines(files, form).forEach(line -> text.append(line).append('\n'));
        body.write(bytes(text.toString()));
        count += files.size();
        next = page.next();
        if (next != null) {
          page = catalog.queries().page(query, next, PAGE);
        }
      } while (next != null);
      body.write(bytes("{\"done\":true,\"files\":" + count + "}\n"));
    }
  }
}
