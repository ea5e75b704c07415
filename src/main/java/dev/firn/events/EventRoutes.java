package dev.firn.events;

import dev.firn.catalog.Answers;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileQuery;
import dev.firn.database.Database;
import dev.firn.events.query.Queries;
import dev.firn.events.query.QueryFailure;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Event tables over HTTP, under `/api/v1/events`; see `docs/formats/events.md`. Administrators
/// change passes; whoever may read a pass's directory may ask about it.
public final class EventRoutes {
  static final String BASE = "/api/v1/events";
  private static final int FAILURES = 100;

  private final Passes passes;
  private final Loads loads;
  private final Housekeeping housekeeping;
  private final Reading reading;
  private final Geometry geometry;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public EventRoutes(Means means, Authenticator authenticator, AccessPolicy policy) {
    this.passes = means.passes();
    this.loads = means.loads();
    this.housekeeping = new Housekeeping(passes);
    this.reading = new Reading(means);
    this.geometry = new Geometry(means.database(), passes.tables().files().area());
    this.authenticator = authenticator;
    this.policy = policy;
  }

  /// What the routes work with.
  ///
  /// @param storage directory of the storage area; empty when it is not a file system
  public record Means(
      Database database,
      Catalog catalog,
      Passes passes,
      Loads loads,
      Queries queries,
      Optional<Path> storage) {}

  public void addTo(Router router) {
    add(router, "GET", "/passes", this::list);
    add(router, "POST", "/passes", this::create);
    add(router, "GET", "/pass", this::show);
    add(router, "POST", "/load", this::load);
    add(router, "POST", "/rule", this::rule);
    add(router, "POST", "/promote", this::promote);
    add(router, "POST", "/gc", this::collect);
    add(router, "POST", "/geometry", this::geometry);
    add(router, "GET", "/check", this::check);
    add(router, "GET", "/diff", this::difference);
    add(router, "GET", "/event", this::event);
    add(router, "GET", "/locate", this::locate);
    add(router, "POST", "/query", this::query);
  }

  @FunctionalInterface
  private interface Work {
    void handle(Exchange exchange) throws IOException;
  }

  private static void add(Router router, String method, String path, Work work) {
    router.add(
        method,
        BASE + path,
        (exchange, parameters) ->
            Answers.explained(exchange, parameters, (e, p) -> explained(e, work)));
  }

  private static void explained(Exchange exchange, Work work) throws IOException {
    try {
      work.handle(exchange);
    } catch (EventsException e) {
      int status =
          switch (e.code()) {
            case "not-found" -> 404;
            case "column-type", "nothing-staged", "not-here" -> 409;
            default -> 400;
          };
      throw new HttpProblem(status, e.code(), String.valueOf(e.getMessage()));
    } catch (QueryFailure e) {
      throw e.limit()
          ? new HttpProblem(503, "query-limit", String.valueOf(e.getMessage()))
          : new HttpProblem(400, "bad-query", String.valueOf(e.getMessage()));
    }
  }

  /// The body of `POST /passes`.
  record New(@Nullable String name, @Nullable String pulses, @Nullable String columns) {}

  /// The body of `POST /load`: files by name, or those a query finds; other columns first.
  record Load(
      @Nullable String pass,
      @Nullable String columns,
      @Nullable List<String> files,
      @Nullable String query,
      @Nullable Boolean retry) {}

  /// The body of `POST /rule` and `POST /promote`.
  record Named(@Nullable String pass, @Nullable String query) {}

  /// The body of `POST /gc`.
  record Collect(@Nullable Long olderThanSeconds, @Nullable Boolean delete) {}

  /// The body of `POST /query`.
  record Question(@Nullable String sql, @Nullable String format, @Nullable List<String> refs) {}

  private void list(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    List<Map<String, Object>> found = new ArrayList<>();
    for (Pass pass : passes.list()) {
      if (mayRead(caller, pass)) {
        found.add(view(pass));
      }
    }
    if (found.isEmpty() && caller.isAnonymous()) {
      policy.require(caller, Operation.LIST, LogicalName.ROOT, TargetState.DIRECTORY);
    }
    Json.respond(exchange, 200, Map.of("passes", found));
  }

  private void create(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    New body = Json.read(exchange, New.class);
    Pass made =
        passes.create(
            required("name", body.name()),
            body.pulses() == null ? "" : body.pulses(),
            body.columns() == null ? "" : body.columns(),
            caller.who());
    Json.respond(exchange, 201, view(made));
  }

  private void show(Exchange exchange) throws IOException {
    Pass pass = readable(exchange, exchange.query("name").orElse(""));
    Map<String, Object> view = view(pass);
    view.put("columns", pass.columns());
    List<Map<String, Object>> failures = new ArrayList<>();
    for (LoadStore.Failure failure : loads.failures(pass, FAILURES)) {
      failures.add(Map.of("file", reading.name(failure.file()), "reason", failure.reason()));
    }
    view.put("failures", failures);
    Json.respond(exchange, 200, view);
  }

  private Map<String, Object> view(Pass pass) {
    Loads.Progress progress = loads.progress(pass);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", pass.name());
    view.put("current", pass.current());
    view.put("releases", pass.releases());
    view.put("pulses_key", pass.pulses());
    if (pass.rule() != null) {
      view.put("rule", pass.rule());
    }
    view.put("waiting", progress.waiting());
    view.put("in_hand", progress.inHand());
    view.put("done", progress.done());
    view.put("failed", progress.failed());
    view.put("events", progress.events());
    view.put("pulses", progress.pulses());
    view.put("files_a_second", progress.rate().files());
    view.put("events_a_second", Math.round(progress.rate().events()));
    view.put("pulses_a_second", Math.round(progress.rate().pulses()));
    Duration remaining = progress.remaining();
    if (progress.waiting() > 0 && remaining != null) {
      view.put("remaining_seconds", remaining.toSeconds());
    }
    view.put("directory", passes.directory(pass).toString());
    return view;
  }

  private void load(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Load body = Json.read(exchange, Load.class);
    Pass pass = passes.load(required("pass", body.pass()));
    if (body.columns() != null) {
      pass = passes.evolve(pass, body.columns(), caller.who());
    }
    long added = 0;
    if (body.files() != null && !body.files().isEmpty()) {
      added += loads.add(pass, body.files().stream().map(EventRoutes::parsed).toList());
    }
    if (body.query() != null) {
      added += loads.add(pass, FileQuery.parse(body.query()));
    }
    if (Boolean.TRUE.equals(body.retry())) {
      added += loads.retry(pass);
    }
    Json.respond(exchange, 202, Map.of("added", added, "pass", view(pass)));
  }

  private void rule(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Named body = Json.read(exchange, Named.class);
    Pass pass = passes.load(required("pass", body.pass()));
    Json.respond(exchange, 200, view(passes.rule(pass, body.query(), caller.who())));
  }

  private void promote(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Named body = Json.read(exchange, Named.class);
    Pass pass = passes.load(required("pass", body.pass()));
    String tag = passes.promote(pass, caller.who());
    Json.respond(exchange, 200, Map.of("tag", tag, "pass", view(passes.load(pass.name()))));
  }

  private void collect(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Collect body = Json.read(exchange, Collect.class);
    long age = body.olderThanSeconds() == null ? 86_400 : body.olderThanSeconds();
    boolean delete = Boolean.TRUE.equals(body.delete());
    Json.respond(exchange, 200, housekeeping.collect(age, delete, caller.who()));
  }

  /// The body of `POST /geometry`.
  record Source(@Nullable String file) {}

  private void geometry(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    LogicalName file = parsed(required("file", Json.read(exchange, Source.class).file()));
    Json.respond(exchange, 200, Map.of("modules", geometry.take(file)));
  }

  private void check(Exchange exchange) throws IOException {
    Pass pass = readable(exchange, exchange.query("pass").orElse(""));
    long run = number(exchange, "run");
    String ref = exchange.query("ref").orElse(pass.branch());
    Json.respond(exchange, 200, reading.check(pass, ref, run));
  }

  private void difference(Exchange exchange) throws IOException {
    Pass first = readable(exchange, required("first", exchange.query("first").orElse(null)));
    Pass second = readable(exchange, required("second", exchange.query("second").orElse(null)));
    Json.respond(exchange, 200, reading.difference(first, second));
  }

  private void event(Exchange exchange) throws IOException {
    Pass pass = readable(exchange, exchange.query("pass").orElse(""));
    boolean pulses = exchange.query("pulses").filter("true"::equals).isPresent();
    Json.respond(exchange, 200, reading.event(pass, wanted(exchange), pulses));
  }

  /// Where the data files of an event or of a whole pass lie, the nearest verified copy first.
  private void locate(Exchange exchange) throws IOException {
    Pass pass = readable(exchange, exchange.query("pass").orElse(""));
    boolean one = exchange.query("run").isPresent();
    Json.respond(
        exchange, 200, one ? reading.locate(pass, wanted(exchange)) : reading.locate(pass));
  }

  private void query(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    Question body = Json.read(exchange, Question.class);
    List<Pass> readable = passes.list().stream().filter(p -> mayRead(caller, p)).toList();
    if (readable.isEmpty()) {
      policy.require(caller, Operation.LIST, passes.tables().files().root(), TargetState.DIRECTORY);
    }
    String format = body.format() == null ? "json" : body.format();
    List<String> refs = body.refs() == null ? List.of() : body.refs();
    reading.query(exchange, required("sql", body.sql()), format, readable, refs);
  }

  private Pass readable(Exchange exchange, String name) {
    Caller caller = authenticator.authenticate(exchange);
    Pass pass = passes.named(name);
    policy.require(caller, Operation.LIST, passes.directory(pass), TargetState.DIRECTORY);
    return pass;
  }

  private boolean mayRead(Caller caller, Pass pass) {
    return policy
        .decide(caller, Operation.LIST, passes.directory(pass), TargetState.DIRECTORY)
        .granted();
  }

  private static LogicalName parsed(String name) {
    try {
      return LogicalName.parse(name);
    } catch (IllegalArgumentException e) {
      throw new EventsException("bad-parameter", "not a logical name: " + e.getMessage());
    }
  }

  private static EventFinder.Wanted wanted(Exchange exchange) {
    OptionalLong subrun =
        exchange.query("subrun").isPresent()
            ? OptionalLong.of(number(exchange, "subrun"))
            : OptionalLong.empty();
    return new EventFinder.Wanted(number(exchange, "run"), subrun, number(exchange, "event"));
  }

  private static long number(Exchange exchange, String name) {
    String text = required(name, exchange.query(name).orElse(null));
    if (!text.matches("\\d{1,10}")) {
      throw new EventsException("bad-parameter", "'" + name + "' is a number");
    }
    return Long.parseLong(text);
  }

  private static String required(String what, @Nullable String value) {
    if (value == null || value.isBlank()) {
      throw new EventsException("bad-parameter", "'" + what + "' is missing");
    }
    return value;
  }
}
