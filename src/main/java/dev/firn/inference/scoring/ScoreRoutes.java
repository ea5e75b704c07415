package dev.firn.inference.scoring;

import dev.firn.events.EventsException;
import dev.firn.events.Passes;
import dev.firn.events.query.QueryFailure;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.inference.InferenceException;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// `POST /api/v1/scores`: scores a pass for a while and says what is left; called again until
/// nothing is. Administrators only.
public final class ScoreRoutes {
  /// One call answers after about so long.
  private static final Duration BUDGET = Duration.ofSeconds(10);

  private final ScoreRuns runs;
  private final Passes passes;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public ScoreRoutes(
      ScoreRuns runs, Passes passes, Authenticator authenticator, AccessPolicy policy) {
    this.runs = runs;
    this.passes = passes;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", "/api/v1/scores", this::run);
  }

  /// The body.
  record Wish(@Nullable String pass, @Nullable String model, @Nullable String version) {}

  private void run(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Wish wish = Json.read(exchange, Wish.class);
    if (wish.pass() == null || wish.model() == null) {
      throw new HttpProblem(400, "bad-parameter", "pass and model are needed");
    }
    try {
      String version = Objects.requireNonNullElse(wish.version(), "");
      ScoreRuns.Progress done =
          runs.run(passes.load(wish.pass()), wish.model(), version, BUDGET, caller.who());
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("table", done.table());
      view.put("model_digest", done.digest());
      view.put("done", done.done());
      view.put("left", done.left());
      view.put("rows", done.rows());
      view.put("unscored", done.unscored());
      view.put("fallen", done.fallen());
      view.put("millis", done.millis());
      Json.respond(exchange, 200, view);
    } catch (EventsException e) {
      int status = e.code().equals("not-found") ? 404 : 409;
      throw new HttpProblem(status, e.code(), String.valueOf(e.getMessage()));
    } catch (QueryFailure e) {
      throw new HttpProblem(e.limit() ? 503 : 409, "bad-features", String.valueOf(e.getMessage()));
    } catch (InferenceException e) {
      int status =
          switch (e.kind()) {
            case NOT_FOUND -> 404;
            case CLIENT, DENIED -> 409;
            case CAPACITY -> 503;
            case REMOTE -> 500;
          };
      throw new HttpProblem(status, "inference", e.detail());
    }
  }
}
