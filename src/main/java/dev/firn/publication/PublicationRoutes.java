package dev.firn.publication;

import dev.firn.catalog.Answers;
import dev.firn.catalog.CatalogFile;
import dev.firn.http.ByteRanges;
import dev.firn.http.ByteRanges.ByteRange;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Publications for everybody, below `/open`; see `docs/formats/publication.md`.
public final class PublicationRoutes {
  private static final int PAGE = 200;

  private final Publications publications;
  private final StorageArea area;
  private final SiteName site;
  private final Addresses addresses;
  private final Clock clock;

  /// @param url of this site, as the world knows it
  public PublicationRoutes(
      Publications publications, StorageArea area, SiteName site, URI url, Clock clock) {
    this.publications = publications;
    this.area = area;
    this.site = site;
    this.addresses = Addresses.of(url);
    this.clock = clock;
  }

  public void addTo(Router router) {
    add(router, "GET", "/open", (exchange, path) -> list(exchange));
    add(router, "GET", "/open/style.css", (exchange, path) -> style(exchange));
    add(router, "GET", "/open/{slug}", (exchange, path) -> landing(exchange, load(path)));
    add(router, "GET", "/open/{slug}/{file}", this::file);
    add(router, "GET", "/open/{slug}/metadata/{format}", this::metadata);
  }

  static void add(Router router, String method, String template, Router.Endpoint endpoint) {
    router.add(
        method,
        template,
        (exchange, path) -> Answers.explained(exchange, path, (e, p) -> explained(e, p, endpoint)));
  }

  private static void explained(Exchange exchange, Router.Parameters path, Router.Endpoint endpoint)
      throws IOException {
    try {
      endpoint.handle(exchange, path);
    } catch (PublicationException e) {
      int status =
          switch (e.code()) {
            case "not-found" -> 404;
            case "conflict", "not-ready", "too-many-files", "not-here" -> 409;
            case "withdrawn" -> 410;
            case "under-embargo" -> 403;
            default -> 400;
          };
      throw new HttpProblem(status, e.code(), String.valueOf(e.getMessage()));
    }
  }

  private Publication load(Router.Parameters path) {
    return publications.load(path.load("slug"));
  }

  private Dossier dossier(Publication publication) {
    return Dossier.of(publication, publications, addresses, clock.instant());
  }

  private void list(Exchange exchange) throws IOException {
    List<Dossier> all = new ArrayList<>();
    for (Publication p : publications.list(PublishingRoutes.after(exchange), PAGE)) {
      all.add(new Dossier(p, List.of(), addresses, clock.instant()));
    }
    String more = all.size() < PAGE ? "" : "/open?after=" + all.getLast().publication().id();
    page(exchange, 200, LandingPage.list(all, more));
  }

  private void landing(Exchange exchange, Publication publication) throws IOException {
    Dossier dossier = dossier(publication);
    Optional<Format> format = Format.accepted(exchange.headers("Accept"));
    exchange.setHeader("Vary", "Accept");
    for (Signposting.Link link : Signposting.brief(dossier)) {
      exchange.addHeader("Link", link.header());
    }
    if (format.isPresent()) {
      respond(exchange, format.get(), dossier);
      return;
    }
    page(exchange, publication.withdrawn() == null ? 200 : 410, LandingPage.of(dossier));
  }

  private void metadata(Exchange exchange, Router.Parameters path) throws IOException {
    Format format =
        Format.ofWord(path.load("format"))
            .orElseThrow(() ->
                new PublicationException("not-found", "there is no such form of a description"));
    Dossier dossier = dossier(load(path));
    exchange.addHeader(
        "Link", "<" + dossier.landing() + ">; rel=\"describes\"; type=\"text/html\"");
    respond(exchange, format, dossier);
  }

  private static void respond(Exchange exchange, Format format, Dossier dossier)
      throws IOException {
    exchange.setHeader("Access-Control-Allow-Origin", "*");
    byte[] bytes =
        switch (format) {
          case JSON_LD, CROISSANT -> Json.bytes(JsonLd.of(dossier));
          case RO_CRATE -> Json.bytes(RoCrate.of(dossier, false));
          case DATACITE_XML -> DataCite.xml(dossier);
          case DATACITE_JSON -> DataCite.json(dossier);
          case DUBLIN_CORE -> DublinCore.xml(dossier);
          case LINKSET -> Signposting.document(dossier);
          case BIBTEX -> Citations.bibtex(dossier);
          case CITATION -> Citations.text(dossier);
        };
    String type = format.mediaType();
    String profile = dossier.profile(format);
    boolean profiled = !profile.isEmpty() && type.endsWith("ld+json");
    boolean text = type.startsWith("text/");
    exchange.respond(
        200,
        type + (profiled ? "; profile=\"" + profile + "\"" : text ? "; charset=utf-8" : ""),
        bytes);
  }

  private static void page(Exchange exchange, int status, byte[] html) throws IOException {
    exchange.setHeader(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'");
    exchange.setHeader("X-Content-Type-Options", "nosniff");
    exchange.respond(status, "text/html; charset=utf-8", html);
  }

  private static void style(Exchange exchange) throws IOException {
    try (InputStream in = PublicationRoutes.class.getResourceAsStream("style.css")) {
      exchange.setHeader("Cache-Control", "max-age=3600");
      exchange.respond(200, "text/css", Objects.requireNonNull(in, "style.css").readAllBytes());
    }
  }

  /// `SHA512SUMS`, or the bag.
  private void file(Exchange exchange, Router.Parameters path) throws IOException {
    Publication publication = load(path);
    String file = path.load("file");
    requireOpen(publication);
    if (file.equals("SHA512SUMS")) {
      checksums(exchange, publication);
    } else if (file.equals(publication.slug() + ".tar")) {
      bag(exchange, publication);
    } else {
      throw new PublicationException("not-found", publication.slug() + " has no " + file);
    }
  }

  private void requireOpen(Publication publication) {
    switch (publication.access(clock.instant())) {
      case OPEN -> {}
      case EMBARGOED ->
          throw new PublicationException(
              "under-embargo", "the files are under embargo until " + publication.opens());
      case WITHDRAWN ->
          throw new PublicationException(
              "withdrawn", "withdrawn on " + publication.withdrawn() + ": " + publication.reason());
    }
  }

  /// For `sha512sum -c`, in a directory that holds `data/...` as this site's addresses have it.
  private void checksums(Exchange exchange, Publication publication) throws IOException {
    exchange.setHeader("Content-Type", "text/plain; charset=utf-8");
    if (exchange.method().equals("HEAD")) {
      exchange.respond(200);
      return;
    }
    Exchange.Body body = exchange.start(200);
    publications.<IOException>files(
        publication,
        file -> {
          String sum = file.checksums().load(ChecksumAlgorithm.SHA512).hex();
          String line = sum + "  " + file.name().toString().substring(1) + "\n";
          body.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
        });
    body.close();
  }

  private void bag(Exchange exchange, Publication publication) throws IOException {
    if (publication.files() > Bag.MOST) {
      throw new PublicationException(
          "too-many-files",
          "a bag holds at most " + Bag.MOST + " files; fetch what SHA512SUMS names one by one");
    }
    List<CatalogFile> files = new ArrayList<>();
    publications.<RuntimeException>files(publication, files::add);
    for (CatalogFile file : files) {
      if (file.replicaAt(site).filter(r -> r.bundle() == null).isEmpty()) {
        throw new PublicationException("not-here", file.name() + " has no copy at this site");
      }
    }
    List<Item> items = files.stream().map(f -> Item.of(f, addresses)).toList();
    Bag bag = Bag.of(new Dossier(publication, items, addresses, publication.published()), files);
    exchange.setHeader("ETag", "\"" + publication.digest().substring(0, 32) + "\"");
    exchange.setHeader("Accept-Ranges", "bytes");
    exchange.setHeader("Content-Type", "application/x-tar");
    boolean head = exchange.method().equals("HEAD");
    List<String> asked = head ? List.of() : exchange.headers("Range");
    ByteRanges ranges =
        asked.size() == 1 ? ByteRanges.parse(asked.getFirst(), bag.size()) : new ByteRanges.Whole();
    if (ranges instanceof ByteRanges.Unsatisfiable) {
      throw new HttpProblem(
          416,
          "range-not-satisfiable",
          "no range lies within the " + bag.size() + " bytes",
          Map.of("Content-Range", "bytes */" + bag.size()));
    }
    ByteRange range = new ByteRange(0, bag.size() - 1);
    int status = 200;
    if (ranges instanceof ByteRanges.Some some && some.ranges().size() == 1) {
      range = some.ranges().getFirst();
      status = 206;
      exchange.setHeader("Content-Range", range.contentRange(bag.size()));
    }
    exchange.setHeader("Content-Length", Long.toString(range.length()));
    if (head) {
      exchange.respond(200);
      return;
    }
    Exchange.Body body = exchange.start(status);
    bag.send(area, range.first(), range.length(), body);
    body.close();
  }
}
