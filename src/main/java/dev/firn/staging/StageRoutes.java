package dev.firn.staging;

import dev.firn.events.EventsException;
import dev.firn.events.Passes;
import dev.firn.events.query.QueryFailure;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Stages over HTTP: `GET` and `POST /api/v1/stages`, `GET .../{name}`, `POST .../{name}/run`,
/// `/receipt`, `/model`, `/eviction`; see `docs/formats/staging.md`. Administrators only.
public final class StageRoutes {
  private static final Duration BUDGET = Duration.ofSeconds(10);
  private static final int LONGEST_RECEIPT = 16 * 1024 * 1024;

  private final Stages stages;
  private final Passes passes;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public StageRoutes(
      Stages stages, Passes passes, Authenticator authenticator, AccessPolicy policy) {
    this.stages = stages;
    this.passes = passes;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  @FunctionalInterface
  private interface Work {
    void handle(Exchange exchange, String name, Caller caller) throws IOException;
  }

  public void addTo(Router router) {
    String all = "/api/v1/stages";
    add(router, "GET", all, (exchange, name, caller) -> list(exchange));
    add(router, "POST", all, (exchange, name, caller) -> plan(exchange, caller));
    add(
        router,
        "GET",
        all + "/{name}",
        (exchange, name, caller) -> Json.respond(exchange, 200, view(stages.load(name))));
    add(router, "POST", all + "/{name}/run", this::run);
    add(router, "POST", all + "/{name}/receipt", this::receipt);
    add(router, "POST", all + "/{name}/model", this::model);
    add(
        router,
        "POST",
        all + "/{name}/eviction",
        (exchange, name, caller) ->
            Json.respond(exchange, 200, view(stages.evict(name, caller.who()))));
  }

  private void add(Router router, String method, String template, Work work) {
    router.add(
        method,
        template,
        (exchange, path) -> {
          Caller caller = policy.requireAdmin(authenticator, exchange);
          try {
            work.handle(exchange, path.values().getOrDefault("name", ""), caller);
          } catch (StagingException e) {
            throw problem(e.code(), e);
          } catch (EventsException e) {
            throw problem(e.code(), e);
          } catch (QueryFailure e) {
            throw new HttpProblem(
                e.limit() ? 503 : 400, "bad-query", String.valueOf(e.getMessage()));
          }
        });
  }

  private static HttpProblem problem(String code, RuntimeException e) {
    int status =
        switch (code) {
          case "not-found" -> 404;
          case "conflict" -> 409;
          case "quota" -> 507;
          default -> 400;
        };
    return new HttpProblem(status, code, String.valueOf(e.getMessage()));
  }

  private void list(Exchange exchange) throws IOException {
    Json.respond(exchange, 200, Map.of("stages", stages.list().stream().map(this::view).toList()));
  }

  /// The body of a plan.
  record Wish(
      @Nullable String name,
      @Nullable String dataset,
      @Nullable String to,
      @Nullable String where,
      @Nullable String format,
      @Nullable Integer shards,
      @Nullable Long seed,
      @Nullable Map<String, Double> splits) {}

  private void plan(Exchange exchange, Caller caller) throws IOException {
    Wish wish = Json.read(exchange, Wish.class);
    StagePlan plan =
        new StagePlan(
            Objects.requireNonNullElse(wish.name(), ""),
            Objects.requireNonNullElse(wish.dataset(), ""),
            Objects.requireNonNullElse(wish.to(), ""),
            Objects.requireNonNullElse(wish.where(), ""),
            Objects.requireNonNullElse(wish.format(), "graphnet"),
            Objects.requireNonNullElse(wish.shards(), 1),
            Objects.requireNonNullElse(wish.seed(), 0L),
            Objects.requireNonNullElse(wish.splits(), Map.of()));
    Stage made = stages.plan(plan, passes.load(plan.dataset()), caller.who());
    Json.respond(exchange, 201, view(made));
  }

  private void run(Exchange exchange, String name, Caller caller) throws IOException {
    Stage stage = stages.load(name);
    int left = stages.run(name, passes.load(stage.plan().dataset()), BUDGET, caller.who());
    Map<String, Object> view = view(stages.load(name));
    view.put("left", left);
    Json.respond(exchange, 200, view);
  }

  private void receipt(Exchange exchange, String name, Caller caller) throws IOException {
    byte[] body = exchange.body().readNBytes(LONGEST_RECEIPT + 1);
    if (body.length > LONGEST_RECEIPT) {
      throw new HttpProblem(413, "body-too-long", "the receipt is too long");
    }
    List<String> wrong =
        stages.receipt(name, new String(body, StandardCharsets.UTF_8), caller.who());
    Map<String, Object> view = view(stages.load(name));
    view.put("wrong", wrong);
    Json.respond(exchange, 200, view);
  }

  /// The body about a model that came back: its logical name.
  record Model(@Nullable String file) {}

  private void model(Exchange exchange, String name, Caller caller) throws IOException {
    String file = Objects.requireNonNullElse(Json.read(exchange, Model.class).file(), "");
    LogicalName model;
    try {
      model = LogicalName.parse(file);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "'file' is no logical name");
    }
    Json.respond(exchange, 200, view(stages.model(name, model, caller.who())));
  }

  private Map<String, Object> view(Stage stage) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", stage.plan().name());
    view.put("dataset", stage.plan().dataset());
    view.put("to", stage.plan().to());
    view.put("where", stage.plan().where());
    view.put("format", stage.plan().format());
    view.put("seed", stage.plan().seed());
    view.put("splits", stage.plan().splits());
    view.put("state", stage.state());
    view.put("shards", stage.plan().all().size());
    view.put("made", stage.made());
    view.put("bytes", stage.bytes());
    view.put("directory", stages.directory(stage.plan().name()).toString());
    view.put("models", stage.models());
    if (stage.manifest() != null) {
      view.put("manifest", "sha256:" + stage.manifest());
    }
    return view;
  }
}
