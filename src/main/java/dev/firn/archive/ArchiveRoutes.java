package dev.firn.archive;

import dev.firn.archive.tape.Staging;
import dev.firn.catalog.CatalogFile;
import dev.firn.database.HistoryRecord;
import dev.firn.http.DigestHeaders;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.Role;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The archive over HTTP, below `/api/v1/archive`.
///
/// | route | answers |
/// |---|---|
/// | `GET bundles?site=&state=` | bundles, newest first, and whether there are `more` |
/// | `GET bundles/{uuid}` | one bundle with its members |
/// | `POST bundles/{uuid}/resume` | takes a bundle out of quarantine |
/// | `GET custody` | what archives have accepted, and when it was last read |
/// | `GET custody?name=` | how many verified copies of a file there are, and where |
/// | `GET bundles/{uuid}/history` | every change of a bundle's state, and why |
/// | `GET report?format=` | what is kept and how often it was read, as JSON, CSV or a page |
/// | `GET manifests?site=` | what each bundle holds: lines of JSON |
/// | `POST flush` | closes bundles of all that waits |
/// | `POST verify` | reads copies again, and mends them: lines of JSON as it goes |
/// | `GET recall?name=` | a file's bytes out of its bundle; with `location=true` where they lie |
///
/// Looking needs the right to list the archive's folder, recalling the right to read the file,
/// having copies read again the role of an auditor, all else that of an operator.
public final class ArchiveRoutes {
  private static final int PAGE = 1000;

  private final Archivist archivist;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public ArchiveRoutes(Archivist archivist, Authenticator authenticator, AccessPolicy policy) {
    this.archivist = archivist;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/archive/bundles", this::bundles);
    router.add("GET", "/api/v1/archive/bundles/{uuid}", this::bundle);
    router.add("POST", "/api/v1/archive/bundles/{uuid}/resume", this::resume);
    router.add("GET", "/api/v1/archive/bundles/{uuid}/history", this::history);
    router.add("GET", "/api/v1/archive/custody", this::custody);
    router.add("GET", "/api/v1/archive/report", this::report);
    router.add("POST", "/api/v1/archive/flush", this::flush);
    router.add("POST", "/api/v1/archive/verify", this::verify);
    router.add("GET", "/api/v1/archive/recall", this::recall);
    new ManifestRoutes(archivist, authenticator, policy).addTo(router);
  }

  private void bundles(Exchange exchange) throws IOException {
    requireLook(exchange);
    SiteName site = parameter(exchange, "site", SiteName::new);
    BundleState state = parameter(exchange, "state", BundleState::ofLabel);
    List<Bundle> found = archivist.store().list(site, state, PAGE + 1);
    List<Map<String, Object>> views = found.stream().limit(PAGE).map(ArchiveRoutes::view).toList();
    Json.respond(exchange, 200, Map.of("bundles", views, "more", found.size() > PAGE));
  }

  private void bundle(Exchange exchange, Router.Parameters path) throws IOException {
    requireLook(exchange);
    Bundle bundle = load(uuid(path.load("uuid")));
    Map<String, Object> view = view(bundle);
    view.put(
        "members",
        archivist.store().members(bundle.uuid()).stream()
            .map(m ->
                Map.of(
                    "path", m.packed().path(),
                    "uuid", m.packed().uuid().toString(),
                    "size", m.packed().size(),
                    "sha512", m.packed().sha512().hex(),
                    "offset", m.dataOffset()))
            .toList());
    Json.respond(exchange, 200, view);
  }

  private void resume(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.require(authenticator, exchange, Role.ARCHIVE_OPERATE);
    Bundle bundle = load(uuid(path.load("uuid")));
    if (!archivist.resume(bundle.uuid(), caller.who())) {
      throw new HttpProblem(
          409, "not-quarantined", "bundle " + bundle.uuid() + " is " + bundle.state().label());
    }
    Json.respond(exchange, 200, view(load(bundle.uuid())));
  }

  private void history(Exchange exchange, Router.Parameters path) throws IOException {
    requireLook(exchange);
    UUID uuid = load(uuid(path.load("uuid"))).uuid();
    List<Map<String, Object>> changes = new ArrayList<>();
    for (HistoryRecord record : archivist.store().history(uuid)) {
      Map<String, Object> change = new LinkedHashMap<>();
      change.put("at", record.at().toString());
      change.put("who", record.entry().who());
      change.put("from", text(record.entry().from()));
      change.put("to", text(record.entry().to()));
      change.put("why", record.entry().why());
      changes.add(change);
    }
    Json.respond(exchange, 200, Map.of("history", changes));
  }

  private void custody(Exchange exchange) throws IOException {
    LogicalName name = parameter(exchange, "name", LogicalName::parse);
    if (name != null) {
      Caller caller = authenticator.authenticate(exchange);
      policy.require(caller, Operation.STAT, name, TargetState.FILE);
      CatalogFile file =
          archivist
              .file(name)
              .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no file " + name));
      Json.respond(exchange, 200, new CustodyOfFile(file).view());
      return;
    }
    requireLook(exchange);
    List<Map<String, Object>> rows =
        AuditStore.custody(archivist.store().database(), PAGE).stream()
            .map(ArchiveRoutes::view)
            .toList();
    Json.respond(exchange, 200, Map.of("custody", rows));
  }

  private void report(Exchange exchange) throws IOException {
    requireLook(exchange);
    CustodyReport report = archivist.report();
    switch (exchange.query("format").orElse("json")) {
      case "json" -> Json.respond(exchange, 200, report.view());
      case "csv" -> answer(exchange, "text/csv; charset=utf-8", report.csv());
      case "html" -> answer(exchange, "text/html; charset=utf-8", report.html());
      default -> throw new HttpProblem(400, "bad-parameter", "format: json, csv or html");
    }
  }

  private static void answer(Exchange exchange, String type, String text) throws IOException {
    exchange.setHeader("Content-Type", type);
    try (Exchange.Body body = exchange.start(200)) {
      body.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private void flush(Exchange exchange) throws IOException {
    policy.require(authenticator, exchange, Role.ARCHIVE_OPERATE);
    archivist.flush();
    Json.respond(exchange, 202, Map.of("state", "accepted"));
  }

  /// The body of `POST verify`: one bundle or all in custody of a site.
  ///
  /// @param sample how many hundredths of each one's members are read; null for all bytes
  record Order(
      @Nullable String bundle,
      @Nullable String site,
      @Nullable Boolean repair,
      @Nullable Integer sample) {}

  private void verify(Exchange exchange) throws IOException {
    Caller caller = policy.require(authenticator, exchange, Role.ARCHIVE_AUDIT);
    Order order = Json.read(exchange, Order.class);
    if (Boolean.TRUE.equals(order.repair())) {
      policy.require(caller, Role.ARCHIVE_OPERATE);
    }
    List<UUID> bundles;
    if (order.bundle() != null) {
      bundles = List.of(load(uuid(order.bundle())).uuid());
    } else if (order.site() != null) {
      bundles = archivist.fixity().inCustody(valid("site", order.site(), SiteName::new));
    } else {
      throw new HttpProblem(400, "bad-json", "name a 'bundle' or a 'site' to verify");
    }
    Integer sample = order.sample();
    if (sample != null && (sample < 1 || sample > 100)) {
      throw new HttpProblem(400, "bad-json", "'sample' is 1 to 100 percent of the members");
    }
    exchange.setHeader("Content-Type", "application/x-ndjson");
    try (VerifyStream stream = new VerifyStream(archivist, exchange.start(200), sample)) {
      for (UUID bundle : bundles) {
        stream.verify(bundle, Boolean.TRUE.equals(order.repair()), caller.who());
      }
      stream.end();
    }
  }

  private void recall(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    LogicalName name = parameter(exchange, "name", LogicalName::parse);
    if (name == null) {
      throw new HttpProblem(400, "bad-parameter", "the parameter 'name' is missing");
    }
    policy.require(caller, Operation.GET_FILE, name, TargetState.FILE);
    HttpProblem none =
        new HttpProblem(404, "not-archived", "no archive has a sound copy of " + name);
    CatalogFile file = archivist.file(name).orElseThrow(() -> none);
    Bundle bundle = archivist.recall().holders(file).stream().findFirst().orElseThrow(() -> none);
    boolean ask = exchange.query("location").filter("true"::equals).isPresent();
    // Where a member lies in a bundle of others is said by the bundle itself.
    if (!ask || bundle.imported()) {
      requireOnline(exchange, name, bundle);
    }
    try {
      Recall.Location location =
          archivist.recall().find(file, bundle.uuid()).orElseThrow(() -> none);
      if (ask) {
        Json.respond(exchange, 200, view(location));
      } else {
        send(exchange, location);
        archivist.source().done(bundle);
      }
    } catch (UncheckedIOException e) {
      throw failed(bundle, Objects.requireNonNull(e.getCause()));
    }
  }

  /// Answers with a member's bytes. The answer begins when the archive's has, so that an archive
  /// that does not answer is told as that.
  private void send(Exchange exchange, Recall.Location location) throws IOException {
    if (exchange.method().equals("HEAD")) {
      describe(exchange, location);
      exchange.respond(200);
      return;
    }
    Exchange.Body[] body = new Exchange.Body[1];
    try {
      archivist
          .recall()
          .fetch(
              location,
              bytes -> {
                if (body[0] == null) {
                  describe(exchange, location);
                  body[0] = exchange.start(200);
                }
                body[0].write(bytes);
              });
    } catch (IOException e) {
      if (body[0] == null) {
        throw failed(load(location.bundle()), e);
      }
      throw e;
    }
    // Not closed after an exception: the connection is cut, and nobody takes half for a whole.
    body[0].close();
  }

  private static void describe(Exchange exchange, Recall.Location location) {
    exchange.setHeader("Content-Type", "application/octet-stream");
    exchange.setHeader("Content-Length", Long.toString(location.size()));
    exchange.setHeader(
        "Repr-Digest",
        DigestHeaders.reprDigest(location.checksums().load(ChecksumAlgorithm.SHA512)));
  }

  private static HttpProblem failed(Bundle bundle, IOException e) {
    return new HttpProblem(
        502, "archive-failed", bundle.site() + " did not give it: " + e.getMessage());
  }

  /// Refuses what is on tape, having ordered it from there.
  private void requireOnline(Exchange exchange, LogicalName name, Bundle bundle)
      throws IOException {
    Staging.Fate fate = archivist.source().fate(bundle);
    if (fate.trouble() != null) {
      throw new HttpProblem(
          502, "not-from-tape", name + " cannot be brought from tape: " + fate.trouble());
    }
    if (!fate.ready()) {
      exchange.setHeader("Retry-After", "60");
      throw new HttpProblem(
          409, "on-tape", name + " is being brought from tape at " + bundle.site() + "; ask again");
    }
  }

  static Map<String, Object> view(Bundle bundle) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("uuid", bundle.uuid().toString());
    view.put("site", bundle.site().value());
    view.put("name", bundle.name().toString());
    view.put("request_path", bundle.requestPath().toString());
    view.put("state", bundle.state().label());
    view.put("files", bundle.fileCount());
    view.put("member_bytes", bundle.memberBytes());
    view.put("size", bundle.size());
    bundle.checksums().values().forEach((algorithm, sum) -> view.put(algorithm.label(), sum.hex()));
    view.put("created", bundle.created().toString());
    view.put("staged", bundle.staged());
    view.put("attempts", bundle.attempts());
    view.put("reason", text(bundle.reason()));
    view.put("verified", text(bundle.verified()));
    view.put("audited", text(bundle.audited()));
    return view;
  }

  private static Map<String, Object> view(AuditStore.Custody row) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("bundle", row.bundle().toString());
    view.put("site", row.site());
    view.put("name", row.name());
    view.put("state", row.state());
    view.put("files", row.files());
    view.put("bytes", row.bytes());
    view.put("accepted", row.accepted().toString());
    view.put("last_read", text(row.lastRead()));
    view.put("reads", row.reads());
    view.put("how", row.how());
    return view;
  }

  private static Map<String, Object> view(Recall.Location location) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", location.name().toString());
    view.put("site", location.site().value());
    view.put("bundle", location.bundle().toString());
    view.put("bundle_name", location.bundleName().toString());
    view.put("offset", location.offset());
    view.put("size", location.size());
    if (location.deflated() >= 0) {
      view.put("deflated", location.deflated());
    }
    location
        .checksums()
        .values()
        .forEach((algorithm, sum) -> view.put(algorithm.label(), sum.hex()));
    return view;
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : value.toString();
  }

  private void requireLook(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    policy.require(caller, Operation.LIST, archivist.prefix(), TargetState.DIRECTORY);
  }

  private Bundle load(UUID uuid) {
    return archivist
        .find(uuid)
        .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no bundle " + uuid));
  }

  private static UUID uuid(String text) {
    return valid("bundle", text, UUID::fromString);
  }

  private static <T> @Nullable T parameter(
      Exchange exchange, String name, Function<String, T> parse) {
    Optional<String> value = exchange.query(name).filter(v -> !v.isEmpty());
    return value.isPresent() ? valid(name, value.get(), parse) : null;
  }

  private static <T> T valid(String name, String value, Function<String, T> parse) {
    try {
      return parse.apply(value);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", name + ": " + e.getMessage());
    }
  }
}
