package dev.firn.transfer.deletion;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ByteSize;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.transfer.deletion.ReapStore.Amount;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/api/v1/reaper`, described in `docs/formats/transfer-api.md`. For administrators.
public final class ReapRoutes {
  private final Reaper reaper;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public ReapRoutes(Reaper reaper, Authenticator authenticator, AccessPolicy policy) {
    this.reaper = reaper;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/reaper", this::list);
    router.add("PUT", "/api/v1/reaper/{site}", this::set);
    router.add("POST", "/api/v1/reaper/{site}/run", this::run);
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(
        exchange,
        200,
        Map.of("sites", reaper.standing().stream().map(ReapRoutes::standing).toList()));
  }

  private static Map<String, Object> standing(Reaper.Standing standing) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("site", standing.site().value());
    view.put("policy", policy(standing.policy()));
    put(view, "released", standing.released());
    put(view, "deleting", standing.pending());
    put(view, "last_24_hours", standing.spent());
    if (!standing.trouble().isEmpty()) {
      view.put("trouble", standing.trouble());
    }
    return view;
  }

  private static void put(Map<String, Object> view, String name, Amount amount) {
    view.put(name, Map.of("files", amount.files(), "bytes", amount.bytes()));
  }

  private static Map<String, Object> policy(ReapPolicy policy) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("enabled", policy.enabled());
    view.put("grace_seconds", policy.grace().toSeconds());
    view.put("copies", policy.copies());
    view.put("capacity", policy.capacity());
    view.put("high", policy.high());
    view.put("low", policy.low());
    view.put("most_files", policy.mostFiles());
    view.put("most_bytes", policy.mostBytes());
    return view;
  }

  /// The body of `PUT /api/v1/reaper/{site}`; what is left out stays as it is.
  record NewPolicy(
      @Nullable Boolean enabled,
      @JsonProperty("grace_seconds") @Nullable Long grace,
      @Nullable Integer copies,
      @Nullable String capacity,
      @Nullable Double high,
      @Nullable Double low,
      @JsonProperty("most_files") @Nullable Long mostFiles,
      @JsonProperty("most_bytes") @Nullable String mostBytes) {
    ReapPolicy over(ReapPolicy before) {
      return new ReapPolicy(
          enabled == null ? before.enabled() : enabled,
          grace == null ? before.grace() : Duration.ofSeconds(grace),
          copies == null ? before.copies() : copies,
          capacity == null ? before.capacity() : ByteSize.parse(capacity).bytes(),
          high == null ? before.high() : high,
          low == null ? before.low() : low,
          mostFiles == null ? before.mostFiles() : mostFiles,
          mostBytes == null ? before.mostBytes() : ByteSize.parse(mostBytes).bytes());
    }
  }

  private void set(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    NewPolicy body = Json.read(exchange, NewPolicy.class);
    try {
      SiteName site = new SiteName(path.load("site"));
      ReapPolicy set = body.over(reaper.policy(site));
      reaper.set(site, set, caller.who());
      Json.respond(exchange, 200, policy(set));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-policy", String.valueOf(e.getMessage()));
    }
  }

  /// The body of `POST /api/v1/reaper/{site}/run`.
  record Run(@JsonProperty("dry_run") @Nullable Boolean dryRun) {}

  private void run(Exchange exchange, Router.Parameters path) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    boolean dryRun = Boolean.TRUE.equals(Json.read(exchange, Run.class).dryRun());
    try {
      Reaper.Pass pass = reaper.pass(new SiteName(path.load("site")), dryRun);
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("site", pass.site().value());
      view.put("dry_run", dryRun);
      view.put("looked_at", pass.looked());
      view.put("files", pass.files());
      view.put("bytes", pass.bytes());
      Map<String, Integer> kept = new LinkedHashMap<>();
      pass.kept().forEach((why, count) -> kept.put(why.words(), count));
      view.put("kept", kept);
      view.put("names", pass.named());
      Json.respond(exchange, 200, view);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(404, "unknown-site", String.valueOf(e.getMessage()));
    }
  }
}
