package dev.firn.ingest;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// `POST /api/v1/ingest`, `GET /api/v1/ingest/{id}`, `GET /api/v1/quarantine`.
///
/// Whoever may name a directory of the hub's machine may read it: ingesting is for administrators.
public final class IngestRoutes {
  private static final int PAGE = 1000;

  private final IngestJobs jobs;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public IngestRoutes(IngestJobs jobs, Authenticator authenticator, AccessPolicy policy) {
    this.jobs = jobs;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", "/api/v1/ingest", this::submit);
    router.add("GET", "/api/v1/ingest/{id}", this::job);
    router.add("GET", "/api/v1/quarantine", this::quarantine);
  }

  /// The body of `POST /api/v1/ingest`; a directory of the hub's own machine.
  record Submission(@Nullable String directory) {}

  private void submit(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Submission body = Json.read(exchange, Submission.class);
    UUID id = jobs.submit(directory(body.directory()), caller.who());
    exchange.setHeader("Location", "/api/v1/ingest/" + id);
    Json.respond(exchange, 202, Map.of("id", id.toString(), "state", "running"));
  }

  private static Path directory(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      throw new HttpProblem(400, "bad-directory", "the body has no 'directory'");
    }
    try {
      Path path = Path.of(text);
      if (!path.isAbsolute() || !Files.isDirectory(path)) {
        throw new HttpProblem(
            400, "bad-directory", "not an absolute path of a directory at the hub: " + text);
      }
      return path;
    } catch (InvalidPathException e) {
      throw new HttpProblem(400, "bad-directory", "not a path: " + e.getReason());
    }
  }

  private void job(Exchange exchange, Router.Parameters path) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    IngestStore.Job job =
        jobs.find(uuid(path.load("id")))
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such ingest"));
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", job.id().toString());
    view.put("directory", job.directory());
    view.put("state", job.state());
    view.put("taken", job.counts().taken());
    view.put("already", job.counts().already());
    view.put("quarantined", job.counts().quarantined());
    view.put("conflicts", job.counts().conflicts());
    view.put("skipped", job.counts().skipped());
    view.put("bytes", job.counts().bytes());
    view.put("reason", job.reason() == null ? "" : job.reason());
    Json.respond(exchange, 200, view);
  }

  private void quarantine(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    long before = exchange.query("before").map(IngestRoutes::number).orElse(0L);
    List<IngestStore.Refused> refused = jobs.store().refused(before, PAGE);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("files", refused);
    if (refused.size() == PAGE) {
      view.put("next", "/api/v1/quarantine?before=" + refused.getLast().id());
    }
    Json.respond(exchange, 200, view);
  }

  private static UUID uuid(String text) {
    try {
      return UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a UUID");
    }
  }

  private static long number(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a number: before");
    }
  }
}
