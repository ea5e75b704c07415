package dev.firn.archive.tape;

import dev.firn.door.Door;
import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Direction;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.Role;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The WLCG Tape REST API, version 1, as a server, below `/api/v1/tape`.
///
/// | route | answers |
/// |---|---|
/// | `GET /.well-known/wlcg-tape-rest-api` | where it is |
/// | `POST stage` | 201 and the id of a request to bring files online |
/// | `GET stage/{id}` | how its files fare |
/// | `POST stage/{id}/cancel` | gives up some of its files |
/// | `DELETE stage/{id}` | gives up and forgets it |
/// | `POST release/{id}` | its files need not stay online any more |
/// | `POST archiveinfo` | where files are: on disk, on tape, both, lost |
///
/// Times are whole seconds since 1970. To order, cancel, release and delete needs the right to
/// stage each file, to ask where one is any right that lets its holder know of it. A request is
/// seen by whoever made it and by administrators; to all others it does not exist.
public final class TapeRoutes {
  /// Where clients look first.
  public static final String WELL_KNOWN = "/.well-known/wlcg-tape-rest-api";

  private static final String BASE = "/api/v1/tape";
  private static final int MOST_FILES = 10_000;
  private static final Duration STAY = Duration.ofHours(24);

  private final String site;
  private final Supplier<URI> url;
  private final StageDesk desk;
  private final Door.Access access;
  private final AccessPolicy policy;
  private final Admission admission;

  /// @param admission how often each may ask; what is asked here is about no area
  /// @param url of the site, without a path; asked for at each request
  public TapeRoutes(
      String site, Supplier<URI> url, StageDesk desk, Door.Access access, Admission admission) {
    this.site = site;
    this.url = url;
    this.desk = desk;
    this.access = access;
    this.policy = access.policy();
    this.admission = admission;
  }

  public void addTo(Router router) {
    router.add("GET", WELL_KNOWN, this::wellKnown);
    router.add("POST", BASE + "/stage", this::stage);
    router.add("GET", BASE + "/stage/{id}", this::poll);
    router.add("POST", BASE + "/stage/{id}/cancel", this::cancel);
    router.add("DELETE", BASE + "/stage/{id}", this::delete);
    router.add("POST", BASE + "/release/{id}", this::release);
    router.add("POST", BASE + "/archiveinfo", this::archiveInfo);
  }

  private Caller enter(Exchange exchange) throws IOException {
    Caller caller = access.authenticator().authenticate(exchange);
    Direction direction = exchange.method().equals("GET") ? Direction.OUT : Direction.IN;
    admission.enter(
        new Ask(caller.who(), exchange.remote().getAddress(), LogicalName.ROOT, direction, 0));
    return caller;
  }

  private void wellKnown(Exchange exchange) throws IOException {
    Map<String, Object> endpoint = new LinkedHashMap<>();
    endpoint.put("uri", url.get() + BASE);
    endpoint.put("version", "v1");
    endpoint.put("metadata", Map.of());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("sitename", site);
    document.put("description", "Firn's tape REST API at " + site);
    document.put("endpoints", List.of(endpoint));
    Json.respond(exchange, 200, document);
  }

  private void stage(Exchange exchange) throws IOException {
    Caller caller = enter(exchange);
    JsonNode files = Json.read(exchange, JsonNode.class).path("files");
    if (!files.isArray() || files.isEmpty()) {
      throw new HttpProblem(400, "bad-json", "'files' is not a list of files to bring online");
    }
    requireFew(files.size());
    Map<LogicalName, StageDesk.Wish> wishes = new LinkedHashMap<>();
    for (JsonNode file : files) {
      // What a client says to sites by name (targetedMetadata) is for those that know the words.
      LogicalName name = name(file.path("path").asString(""));
      policy.require(caller, Operation.STAGE, name, TargetState.FILE);
      wishes.put(name, new StageDesk.Wish(name, stay(file.path("diskLifetime").asString(""))));
    }
    String id = desk.submit(caller.who(), List.copyOf(wishes.values()));
    exchange.setHeader("Location", url.get() + BASE + "/stage/" + id);
    Json.respond(exchange, 201, Map.of("requestId", id));
  }

  private static long stay(String text) {
    try {
      return text.isEmpty() ? STAY.toSeconds() : Duration.parse(text).toSeconds();
    } catch (DateTimeParseException e) {
      throw new HttpProblem(400, "bad-json", "diskLifetime is no ISO 8601 duration: " + text);
    }
  }

  private void poll(Exchange exchange, Router.Parameters path) throws IOException {
    StageDesk.Request request = load(enter(exchange), path);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", request.id());
    view.put("createdAt", request.created().getEpochSecond());
    view.put("startedAt", request.started().orElse(request.created()).getEpochSecond());
    request.completed().ifPresent(t -> view.put("completedAt", t.getEpochSecond()));
    view.put("files", request.files().stream().map(TapeRoutes::view).toList());
    Json.respond(exchange, 200, view);
  }

  private static Map<String, Object> view(StageDesk.File file) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("path", file.name().toString());
    view.put("state", file.state().name());
    putTime(view, "startedAt", file.started());
    putTime(view, "finishedAt", file.finished());
    if (file.error() != null) {
      view.put("error", file.error());
    }
    return view;
  }

  private static void putTime(Map<String, Object> view, String name, @Nullable Instant time) {
    if (time != null) {
      view.put(name, time.getEpochSecond());
    }
  }

  private void cancel(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = enter(exchange);
    StageDesk.Request request = load(caller, path);
    Set<LogicalName> names = ofRequest(exchange, request);
    requireStage(caller, names);
    desk.cancel(request.id(), names);
    exchange.respond(200);
  }

  private void release(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = enter(exchange);
    StageDesk.Request request = load(caller, path);
    Set<LogicalName> names = ofRequest(exchange, request);
    requireStage(caller, names);
    desk.release(request.id(), names);
    exchange.respond(200);
  }

  private void delete(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = enter(exchange);
    StageDesk.Request request = load(caller, path);
    requireStage(caller, request.files().stream().map(StageDesk.File::name).toList());
    desk.delete(request.id());
    exchange.respond(200);
  }

  /// What a request ordered is undone by a token that could have ordered it, or by an operator.
  private void requireStage(Caller caller, Collection<LogicalName> names) {
    if (!policy.may(caller, Role.ARCHIVE_OPERATE)) {
      names.forEach(name -> policy.require(caller, Operation.STAGE, name, TargetState.FILE));
    }
  }

  private void archiveInfo(Exchange exchange) throws IOException {
    Caller caller = enter(exchange);
    List<Map<String, Object>> answers = new ArrayList<>();
    for (String text : texts(exchange)) {
      Map<String, Object> answer = new LinkedHashMap<>();
      answer.put("path", text);
      answers.add(answer);
      if (answers.size() > MOST_FILES) { // the standard has this question never refused as a whole
        answer.put("error", "only " + MOST_FILES + " files are looked for at once: ask again");
        continue;
      }
      try {
        LogicalName name = name(text);
        policy.require(caller, Operation.LOCALITY, name, TargetState.FILE);
        Locality locality = desk.locality(name);
        if (locality == Locality.NONE) {
          answer.put("error", "there is no such file");
        } else {
          answer.put("locality", locality.name());
        }
      } catch (HttpProblem problem) {
        if (problem.status() == 401) {
          throw problem;
        }
        answer.put("error", String.valueOf(problem.getMessage()));
      }
    }
    Json.respond(exchange, 200, answers);
  }

  private StageDesk.Request load(Caller caller, Router.Parameters path) throws IOException {
    String id = path.load("id");
    return desk.find(id)
        .filter(r -> r.who().equals(caller.who()) || policy.may(caller, Role.ARCHIVE_OPERATE))
        .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no stage request " + id));
  }

  /// The files that a body names, all of which belong to the request.
  private static Set<LogicalName> ofRequest(Exchange exchange, StageDesk.Request request)
      throws IOException {
    Set<LogicalName> own = new HashSet<>();
    request.files().forEach(f -> own.add(f.name()));
    Set<LogicalName> named = new HashSet<>();
    for (String text : paths(exchange)) {
      LogicalName name = name(text);
      if (!own.contains(name)) {
        throw new HttpProblem(
            400, "not-of-request", name + " does not belong to request " + request.id());
      }
      named.add(name);
    }
    return named;
  }

  private static List<String> paths(Exchange exchange) throws IOException {
    List<String> texts = texts(exchange);
    requireFew(texts.size());
    return texts;
  }

  private static List<String> texts(Exchange exchange) throws IOException {
    JsonNode paths = Json.read(exchange, JsonNode.class).path("paths");
    if (!paths.isArray()) {
      throw new HttpProblem(400, "bad-json", "'paths' is not a list");
    }
    List<String> texts = new ArrayList<>();
    paths.forEach(p -> texts.add(p.asString("")));
    return texts;
  }

  private static void requireFew(int files) {
    if (files > MOST_FILES) {
      throw new HttpProblem(413, "too-many-files", "at most " + MOST_FILES + " files a request");
    }
  }

  /// Doubled slashes count as one, as the standard asks.
  private static LogicalName name(String path) {
    try {
      return LogicalName.parse(path.replaceAll("/{2,}", "/"));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-path", String.valueOf(e.getMessage()));
    }
  }
}
