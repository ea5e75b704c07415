package dev.firn.catalog.run;

import dev.firn.catalog.Answers;
import dev.firn.catalog.CatalogException;
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
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Runs over HTTP: `GET /api/v1/runs?season=`, `GET /api/v1/runs/{run}`, `GET
/// /api/v1/runs/missing?season=&level=`, and for administrators `POST /api/v1/runs/list?name=` and
/// `POST /api/v1/runs/parts`; see `docs/formats/runs.md`.
public final class RunRoutes {
  private static final int PAGE = 1_000;
  private static final int LONGEST_LIST = 16 << 20;
  private static final int MOST_PARTS = 10_000;

  private final Runs runs;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public RunRoutes(Runs runs, Authenticator authenticator, AccessPolicy policy) {
    this.runs = runs;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    add(router, "GET", "/api/v1/runs", (exchange, path) -> season(exchange));
    add(router, "GET", "/api/v1/runs/missing", (exchange, path) -> missing(exchange));
    add(router, "GET", "/api/v1/runs/{run}", (e, path) -> show(e, path.load("run")));
    add(router, "POST", "/api/v1/runs/list", (exchange, path) -> list(exchange));
    add(router, "POST", "/api/v1/runs/parts", (exchange, path) -> parts(exchange));
  }

  private static void add(Router router, String method, String template, Router.Endpoint endpoint) {
    router.add(method, template, (exchange, path) -> Answers.explained(exchange, path, endpoint));
  }

  private void reader(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.require(caller, Operation.LIST, LogicalName.ROOT, TargetState.DIRECTORY);
    }
  }

  private void season(Exchange exchange) throws IOException {
    reader(exchange);
    int season = number("season", exchange.query("season").orElse(null));
    int after = number("after", exchange.query("after").orElse("-1"));
    List<Verdict> found = runs.season(season, after, PAGE);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode array = view.putArray("runs");
    found.forEach(v -> array.add(verdict(v)));
    if (found.size() == PAGE) {
      view.put("next", found.getLast().row().run());
    }
    Json.respond(exchange, 200, view);
  }

  private void show(Exchange exchange, String text) throws IOException {
    reader(exchange);
    Runs.Run run = runs.load(number("run", text));
    if (!run.known()) {
      throw new HttpProblem(404, "not-found", "nothing is known of run " + run.number());
    }
    Json.respond(exchange, 200, view(run));
  }

  private void missing(Exchange exchange) throws IOException {
    reader(exchange);
    int season = number("season", exchange.query("season").orElse(null));
    String level =
        exchange
            .query("level")
            .orElseThrow(() -> CatalogException.of("bad-parameter", "'level' is missing"));
    @Nullable String pass = exchange.query("pass").orElse(null);
    boolean all = exchange.query("all").filter("true"::equals).isPresent();
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("season", season);
    view.put("level", level);
    ArrayNode array = view.putArray("runs");
    for (Runs.Lack lack : runs.missing(season, level, pass, all)) {
      ObjectNode one = verdict(lack.verdict());
      if (!lack.pass().isEmpty()) {
        one.put("pass", lack.pass());
      }
      one.put("expected", lack.expected());
      one.put("whole_run", lack.parts().isEmpty());
      one.set("missing", parts(lack.parts()));
      array.add(one);
    }
    Json.respond(exchange, 200, view);
  }

  private void list(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String name =
        exchange
            .query("name")
            .filter(n -> !n.isBlank() && n.length() < 256 && n.indexOf('\0') < 0)
            .orElseThrow(() -> CatalogException.of("bad-parameter", "'name' is missing"));
    byte[] text = exchange.body().readNBytes(LONGEST_LIST + 1);
    if (text.length > LONGEST_LIST) {
      throw new HttpProblem(413, "body-too-long", "a good-run list of more than 16 MiB");
    }
    boolean kept = runs.keep(name, text, caller.who());
    Json.respond(exchange, 200, JsonNodeFactory.instance.objectNode().put("kept", kept));
  }

  /// The body of `POST /api/v1/runs/parts`.
  record Parts(@Nullable List<RunPart> parts) {}

  private void parts(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    List<RunPart> parts = Json.read(exchange, Parts.class).parts();
    if (parts == null || parts.size() > MOST_PARTS) {
      throw CatalogException.of("bad-parameter", "'parts' has at most " + MOST_PARTS);
    }
    runs.keep(parts);
    Json.respond(exchange, 200, JsonNodeFactory.instance.objectNode().put("kept", parts.size()));
  }

  private static int number(String what, @Nullable String text) {
    try {
      return Integer.parseInt(text == null ? "" : text);
    } catch (NumberFormatException e) {
      throw CatalogException.of("bad-parameter", "'" + what + "' is not a number");
    }
  }

  private static ObjectNode view(Runs.Run run) {
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("run", run.number());
    run.verdict().ifPresent(v -> view.setAll(verdict(v)));
    view.put("why", run.verdict().map(Verdict::why).orElse("no good-run list names this run"));
    Double livetime = run.livetime();
    if (livetime != null) {
      view.put("livetime", livetime);
    }
    time(view, "start", run.parts().stream().map(RunPart::starts).toList(), false);
    time(view, "end", run.parts().stream().map(RunPart::ends).toList(), true);
    ArrayNode gcd = view.putArray("gcd");
    run.files().gcd().stream().sorted().forEach(gcd::add);
    view.put("expected_parts", run.files().expected().size());
    ArrayNode levels = view.putArray("levels");
    run.files()
        .levels()
        .forEach((name, level) -> {
          ObjectNode one = levels.addObject().put("level", name.level());
          if (!name.pass().isEmpty()) {
            one.put("pass", name.pass());
          }
          one.put("files", level.files()).put("bytes", level.bytes());
          one.put("events", level.events()).put("parts", level.parts().size());
          if (!level.parts().isEmpty()) {
            one.set("missing", parts(run.files().missing(name)));
          }
        });
    ArrayNode gaps = view.putArray("gaps");
    for (RunPart part : run.parts()) {
      for (GapsFile.Gap gap : part.gaps()) {
        gaps.addObject()
            .put("subrun", part.subrun())
            .put("part", part.part())
            .put("seconds", gap.seconds())
            .put("before", gap.before())
            .put("after", gap.after());
      }
    }
    return view;
  }

  private static void time(
      ObjectNode view, String key, List<? extends @Nullable Instant> times, boolean last) {
    Instant found = null;
    for (Instant time : times) {
      if (time != null && (found == null || (last ? time.isAfter(found) : time.isBefore(found)))) {
        found = time;
      }
    }
    if (found != null) {
      view.put(key, found.toString());
    }
  }

  private static ObjectNode verdict(Verdict verdict) {
    GoodRunList.Row row = verdict.row();
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("run", row.run());
    if (verdict.season() != null) {
      view.put("season", verdict.season().intValue());
    }
    view.put("good", row.goodInIce());
    if (row.goodIceTop() != null) {
      view.put("good_icetop", row.goodIceTop().booleanValue());
    }
    if (row.livetime() != null) {
      view.put("livetime", row.livetime().doubleValue());
    }
    put(view, "active_strings", row.activeStrings());
    put(view, "active_doms", row.activeDoms());
    put(view, "active_in_ice", row.activeInIce());
    if (row.directory() != null) {
      view.put("directory", row.directory());
    }
    if (row.comment() != null) {
      view.put("comment", row.comment());
    }
    return view.put("list", verdict.list());
  }

  private static void put(ObjectNode view, String key, @Nullable Integer value) {
    if (value != null) {
      view.put(key, value.intValue());
    }
  }

  /// Parts as ranges: `3`, `7-9`, `2/0-4` for another subrun than 0.
  static ArrayNode parts(List<RunFiles.Part> parts) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (int from = 0; from < parts.size(); ) {
      int to = from;
      while (to + 1 < parts.size()
          && parts.get(to + 1).subrun() == parts.get(from).subrun()
          && parts.get(to + 1).part() == parts.get(to).part() + 1) {
        to++;
      }
      RunFiles.Part first = parts.get(from);
      String subrun = first.subrun() == 0 ? "" : first.subrun() + "/";
      String end = to == from ? "" : "-" + parts.get(to).part();
      array.add(subrun + first.part() + end);
      from = to + 1;
    }
    return array;
  }
}
