package dev.firn.publication;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Publishing over HTTP: `GET` and `POST /api/v1/publications`, `GET .../{slug}`, `GET
/// .../{slug}/fair`, `POST .../{slug}/withdraw`, and of a snapshot `GET /api/v1/publication-check`
/// and `POST /api/v1/publication-verify`; see `docs/formats/publication.md`. Administrators
/// publish, everybody looks.
public final class PublishingRoutes {
  private static final int PAGE = 200;

  private final Publications publications;
  private final Database database;
  private final ReadBack readBack;
  private final Addresses addresses;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final Clock clock;

  /// What publishing works on: the record, and the files of this site.
  public record Ground(
      Publications publications,
      Database database,
      Catalog catalog,
      StorageArea area,
      SiteName site) {}

  public PublishingRoutes(
      Ground ground, URI url, Authenticator authenticator, AccessPolicy policy, Clock clock) {
    this.publications = ground.publications();
    this.database = ground.database();
    this.readBack =
        new ReadBack(ground.database(), ground.catalog(), ground.area(), ground.site(), clock);
    this.addresses = Addresses.of(url);
    this.authenticator = authenticator;
    this.policy = policy;
    this.clock = clock;
  }

  public void addTo(Router router) {
    String all = "/api/v1/publications";
    PublicationRoutes.add(router, "GET", all, (exchange, path) -> index(exchange));
    PublicationRoutes.add(router, "POST", all, (exchange, path) -> publish(exchange));
    PublicationRoutes.add(
        router,
        "GET",
        all + "/{slug}",
        (exchange, path) -> Json.respond(exchange, 200, view(load(path))));
    PublicationRoutes.add(router, "GET", all + "/{slug}/fair", this::fair);
    PublicationRoutes.add(router, "POST", all + "/{slug}/withdraw", this::withdraw);
    PublicationRoutes.add(
        router, "GET", "/api/v1/publication-check", (exchange, path) -> check(exchange));
    PublicationRoutes.add(
        router, "POST", "/api/v1/publication-verify", (exchange, path) -> verify(exchange));
  }

  /// The body of `POST /api/v1/publications`.
  record New(@Nullable String slug, @Nullable String snapshot, @Nullable Description description) {}

  /// The body of a withdrawal.
  record Withdrawal(@Nullable String reason) {}

  private void publish(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    New body = Json.read(exchange, New.class);
    if (body.slug() == null || body.snapshot() == null || body.description() == null) {
      throw new PublicationException(
          "bad-parameter", "'slug', 'snapshot' and 'description' are needed");
    }
    Publication made =
        publications.publish(
            body.slug(), body.snapshot(), body.description(), new Cause(caller.who(), "published"));
    Json.respond(exchange, 201, view(made));
  }

  private void withdraw(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String reason = Objects.requireNonNullElse(Json.read(exchange, Withdrawal.class).reason(), "");
    Publication withdrawn =
        publications.withdraw(path.load("slug"), reason, new Cause(caller.who(), "withdrawn"));
    Json.respond(exchange, 200, view(withdrawn));
  }

  private void check(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    String snapshot = snapshot(exchange);
    ArrayNode findings = JsonNodeFactory.instance.arrayNode();
    for (Finding f : publications.check(snapshot)) {
      ObjectNode one = findings.addObject().put("kind", f.kind()).put("count", f.count());
      ArrayNode examples = one.putArray("examples");
      f.examples().forEach(examples::add);
    }
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("snapshot", snapshot);
    view.put("ready", findings.isEmpty());
    view.set("findings", findings);
    Json.respond(exchange, 200, view);
  }

  private void verify(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String snapshot = snapshot(exchange);
    publications.check(snapshot); // refuses what is none, before anything is sent
    exchange.setHeader("Content-Type", "application/x-ndjson");
    Exchange.Body body = exchange.start(200);
    readBack.run(
        snapshot,
        caller.who(),
        line -> {
          body.write(ByteBuffer.wrap(Json.bytes(line)));
          body.write(ByteBuffer.wrap(new byte[] {'\n'}));
          body.flush();
        });
    body.close();
  }

  private static String snapshot(Exchange exchange) {
    return exchange
        .query("snapshot")
        .orElseThrow(() -> new PublicationException("bad-parameter", "'snapshot' is missing"));
  }

  private void index(Exchange exchange) throws IOException {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode all = view.putArray("publications");
    List<Publication> page = publications.list(after(exchange), PAGE);
    page.forEach(p -> all.add(view(p)));
    if (page.size() == PAGE) {
      view.put("next", page.getLast().id());
    }
    Json.respond(exchange, 200, view);
  }

  /// The id of the publication that a page begins after.
  static int after(Exchange exchange) {
    try {
      return Integer.parseInt(exchange.query("after").orElse("0"));
    } catch (NumberFormatException e) {
      throw new PublicationException("bad-parameter", "'after' is not a number");
    }
  }

  private void fair(Exchange exchange, Router.Parameters path) throws IOException {
    Dossier dossier = Dossier.of(load(path), publications, addresses, clock.instant());
    Json.respond(exchange, 200, FairCheck.of(dossier));
  }

  private Publication load(Router.Parameters path) {
    return publications.load(path.load("slug"));
  }

  /// Where the DOI stands at its registry, once it was told.
  private void doi(ObjectNode view, Publication publication) {
    if (publication.description().doi() == null) {
      return;
    }
    database
        .read(c -> DoiStore.find(c, publication.slug()))
        .ifPresent(row -> {
          ObjectNode doi = view.putObject("doi").put("state", row.state());
          doi.put("outcome", row.outcome());
          if (!row.why().isEmpty()) {
            doi.put("why", row.why());
          }
        });
  }

  private ObjectNode view(Publication publication) {
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("slug", publication.slug());
    view.put("dataset", publication.dataset()).put("digest", "sha256:" + publication.digest());
    view.put("files", publication.files()).put("bytes", publication.bytes());
    view.put("access", publication.access(clock.instant()).words());
    view.put("address", addresses.landing(publication.slug()));
    view.put("identifier", addresses.identifier(publication));
    view.put("published", publication.published().toString());
    if (publication.opens() != null) {
      view.put("opens", publication.opens().toString());
    }
    if (publication.withdrawn() != null) {
      view.put("withdrawn", publication.withdrawn().toString());
      view.put("reason", publication.reason());
    }
    if (publication.successor() != null) {
      view.put("successor", publication.successor());
    }
    doi(view, publication);
    view.set("description", Json.mapper().valueToTree(publication.description()));
    return view;
  }
}
