package dev.firn.archive;

import dev.firn.archive.ManifestQueries.Named;
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
import dev.firn.token.TargetState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// `GET /api/v1/archive/manifests?site=`: what every bundle at an archive holds, as lines of JSON,
/// for whoever wants to keep that apart from Firn (`docs/archive-without-firn.md`).
///
/// A line with `bundle` begins a bundle, lines with `path` are its members in their order, and the
/// last line has `bundles`, so that half an answer is not taken for a whole one.
final class ManifestRoutes {
  private final ArchiveStore store;
  private final ManifestQueries queries;
  private final LogicalName prefix;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  ManifestRoutes(Archivist archivist, Authenticator authenticator, AccessPolicy policy) {
    this.store = archivist.store();
    this.queries = new ManifestQueries(store.database());
    this.prefix = archivist.prefix();
    this.authenticator = authenticator;
    this.policy = policy;
  }

  void addTo(Router router) {
    router.add("GET", "/api/v1/archive/manifests", this::manifests);
  }

  private void manifests(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    policy.require(caller, Operation.LIST, prefix, TargetState.DIRECTORY);
    Optional<SiteName> site = exchange.query("site").filter(s -> !s.isEmpty()).map(this::site);
    exchange.setHeader("Content-Type", "application/x-ndjson");
    // Not closed after an exception: the connection is cut, and nobody takes half for a whole.
    Exchange.Body body = exchange.start(200);
    long bundles = 0;
    for (UUID uuid : queries.archived(site.orElse(null))) {
      Optional<Bundle> bundle = store.find(uuid);
      if (bundle.isPresent()) {
        tell(body, bundle.get());
        bundles++;
      }
    }
    line(body, Map.of("bundles", bundles));
    body.close();
  }

  private SiteName site(String text) {
    try {
      return new SiteName(text);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "site: " + e.getMessage());
    }
  }

  private void tell(Exchange.Body body, Bundle bundle) throws IOException {
    Map<String, Object> head = new LinkedHashMap<>();
    head.put("bundle", bundle.uuid().toString());
    head.put("site", bundle.site().value());
    head.put("name", bundle.name().toString());
    head.put("size", bundle.size());
    head.put(
        "sha512", bundle.checksums().find(ChecksumAlgorithm.SHA512).map(s -> s.hex()).orElse("-"));
    head.put("files", bundle.fileCount());
    if (!bundle.imported()) {
      head.put(
          "manifest",
          BundlePlan.manifestHeader(bundle.uuid(), bundle.created(), bundle.fileCount()));
    }
    line(body, head);
    for (Named member : queries.named(bundle.uuid())) {
      Map<String, Object> view = new LinkedHashMap<>();
      view.put("path", member.path());
      view.put("name", member.name().toString());
      view.put("sha512", member.sha512());
      if (!member.record().isEmpty()) {
        view.put("record", member.record());
      }
      line(body, view);
    }
  }

  private static void line(Exchange.Body body, Map<String, Object> line) throws IOException {
    String text = Json.mapper().writeValueAsString(line) + "\n";
    body.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }
}
