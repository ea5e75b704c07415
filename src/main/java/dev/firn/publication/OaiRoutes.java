package dev.firn.publication;

import dev.firn.catalog.CatalogFile;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.publication.OaiRequest.Listing;
import dev.firn.publication.OaiRequest.OaiException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Publications for harvesters: OAI-PMH 2.0 at `/oai`, by GET and POST, in `oai_dc`, `oai_datacite`
/// and `datacite`. Records are named `oai:HOST:SLUG`; there are no sets; what was withdrawn stays
/// as a deleted record. A resumption token holds all it means, so it never expires and can be used
/// twice.
public final class OaiRoutes {
  private static final String NAMESPACE = "http://www.openarchives.org/OAI/2.0/";
  private static final String OAI_DATACITE = "http://schema.datacite.org/oai/oai-1.1/";
  private static final String DATACITE = "http://datacite.org/schema/kernel-4";
  private static final int FORM = 64 * 1024;
  private static final int ITEMS = 100;

  /// Prefix, schema and namespace of each form of a record.
  private static final Map<String, List<String>> FORMATS =
      Map.of(
          "oai_dc",
          List.of(NAMESPACE + "oai_dc.xsd", NAMESPACE + "oai_dc/"),
          "oai_datacite",
          List.of("http://schema.datacite.org/oai/oai-1.1/oai.xsd", OAI_DATACITE),
          "datacite",
          List.of("http://schema.datacite.org/meta/kernel-4/metadata.xsd", DATACITE));

  private final Publications publications;
  private final Addresses addresses;
  private final Contact contact;
  private final Clock clock;
  private final int pageSize;

  /// How the repository is called, and whom harvesters write to.
  public record Contact(String name, String email) {
    /// Whoever keeps the host of a site. The protocol's schema wants a dot in it.
    public static String postmaster(URI site) {
      String host = site.getHost();
      return "postmaster@" + (host.contains(".") ? host : host + ".localdomain");
    }
  }

  public OaiRoutes(Publications publications, URI url, Contact contact, Clock clock) {
    this(publications, url, contact, clock, 100);
  }

  OaiRoutes(Publications publications, URI url, Contact contact, Clock clock, int pageSize) {
    this.publications = publications;
    this.addresses = Addresses.of(url);
    this.contact = contact;
    this.clock = clock;
    this.pageSize = pageSize;
  }

  public void addTo(Router router) {
    router.add("GET", "/oai", exchange -> answer(exchange, exchange.rawQuery().orElse("")));
    router.add(
        "POST",
        "/oai",
        exchange -> {
          byte[] form = exchange.body().readNBytes(FORM + 1);
          if (form.length > FORM) {
            throw new HttpProblem(413, "body-too-long", "the form is longer than " + FORM);
          }
          answer(exchange, new String(form, StandardCharsets.UTF_8));
        });
  }

  private void answer(Exchange exchange, String form) throws IOException {
    XmlOut out = XmlOut.xml();
    out.open(
        "OAI-PMH",
        "xmlns",
        NAMESPACE,
        "xmlns:xsi",
        "http://www.w3.org/2001/XMLSchema-instance",
        "xsi:schemaLocation",
        NAMESPACE + " " + NAMESPACE + "OAI-PMH.xsd");
    out.leaf("responseDate", second(publications.settled()));
    try {
      OaiRequest request = OaiRequest.parse(form);
      String verb = request.verb();
      // Written apart, so that an error found on the way replaces it.
      Runnable body = body(verb, request, out);
      echo(out, request);
      body.run();
    } catch (OaiException e) {
      boolean echoed = !List.of("badVerb", "badArgument").contains(e.code());
      if (echoed) {
        echo(out, OaiRequest.parse(form));
      } else {
        out.leaf("request", base());
      }
      out.leaf("error", String.valueOf(e.getMessage()), "code", e.code());
    }
    exchange.respond(200, "text/xml; charset=utf-8", out.close().bytes());
  }

  private String base() {
    return addresses.base() + "/oai";
  }

  private void echo(XmlOut out, OaiRequest request) {
    String[] attributes = new String[request.arguments().size() * 2];
    int i = 0;
    for (Map.Entry<String, String> a : request.arguments().entrySet()) {
      attributes[i++] = a.getKey();
      attributes[i++] = a.getValue();
    }
    out.leaf("request", base(), attributes);
  }

  /// Looks up what is asked for and returns how it is written.
  private Runnable body(String verb, OaiRequest request, XmlOut out) {
    return switch (verb) {
      case "Identify" -> () -> identify(out);
      case "ListMetadataFormats" -> {
        if (request.arguments().containsKey("identifier")) {
          find(request.load("identifier"));
        }
        yield () -> formats(out);
      }
      case "ListSets" -> throw new OaiException("noSetHierarchy", "there are no sets here");
      case "GetRecord" -> {
        requireFormat(request.load("metadataPrefix"));
        Publication found = find(request.load("identifier"));
        yield () -> {
          out.open(verb);
          record(out, found, request.load("metadataPrefix"));
          out.close();
        };
      }
      default -> list(verb, request.listing(), out);
    };
  }

  private void identify(XmlOut out) {
    out.open("Identify").leaf("repositoryName", contact.name()).leaf("baseURL", base());
    out.leaf("protocolVersion", "2.0").leaf("adminEmail", contact.email());
    out.leaf("earliestDatestamp", second(publications.earliest()));
    out.leaf("deletedRecord", "persistent").leaf("granularity", "YYYY-MM-DDThh:mm:ssZ").close();
  }

  private static void formats(XmlOut out) {
    out.open("ListMetadataFormats");
    for (String prefix : List.of("oai_dc", "oai_datacite", "datacite")) {
      List<String> format = FORMATS.getOrDefault(prefix, List.of());
      out.open("metadataFormat").leaf("metadataPrefix", prefix);
      out.leaf("schema", format.getFirst()).leaf("metadataNamespace", format.getLast()).close();
    }
    out.close();
  }

  private static void requireFormat(String prefix) {
    if (!FORMATS.containsKey(prefix)) {
      throw new OaiException("cannotDisseminateFormat", "there is no format " + prefix);
    }
  }

  private Publication find(String identifier) {
    String prefix = "oai:" + host() + ":";
    Optional<Publication> found =
        identifier.startsWith(prefix)
            ? publications.find(identifier.substring(prefix.length()))
            : Optional.empty();
    return found.orElseThrow(
        () -> new OaiException("idDoesNotExist", "there is no record " + identifier));
  }

  private Runnable list(String verb, Listing listing, XmlOut out) {
    requireFormat(listing.prefix());
    // One more than is shown says whether a page follows: the whole list may shrink meanwhile.
    Publications.Changes found =
        publications.changed(listing.from(), listing.until(), listing.after(), pageSize + 1);
    boolean more = found.page().size() > pageSize;
    List<Publication> page = more ? found.page().subList(0, pageSize) : found.page();
    if (page.isEmpty()) {
      throw listing.after() == null
          ? new OaiException("noRecordsMatch", "nothing was changed in that time")
          : new OaiException("badResumptionToken", "there is nothing after this token");
    }
    return () -> {
      out.open(verb);
      for (Publication one : page) {
        if (verb.equals("ListRecords")) {
          record(out, one, listing.prefix());
        } else {
          header(out, one);
        }
      }
      if (more || listing.after() != null) {
        Publication last = page.getLast();
        Publications.Mark mark = new Publications.Mark(last.datestamp(found.at()), last.id());
        out.leaf(
            "resumptionToken",
            more ? listing.token(mark, page.size()) : "",
            "completeListSize",
            Long.toString(found.total()),
            "cursor",
            Long.toString(listing.cursor()));
      }
      out.close();
    };
  }

  private void header(XmlOut out, Publication one) {
    out.open("header", "status", one.withdrawn() == null ? null : "deleted");
    out.leaf("identifier", "oai:" + host() + ":" + one.slug());
    out.leaf("datestamp", second(one.datestamp(clock.instant()))).close();
  }

  private void record(XmlOut out, Publication one, String prefix) {
    out.open("record");
    header(out, one);
    if (one.withdrawn() == null) {
      List<CatalogFile> files = publications.first(one, ITEMS);
      List<Item> items = files.stream().map(f -> Item.of(f, addresses)).toList();
      Dossier dossier = new Dossier(one, items, addresses, clock.instant());
      out.open("metadata");
      switch (prefix) {
        case "oai_dc" -> DublinCore.write(out, dossier);
        case "datacite" -> DataCite.write(out, dossier);
        default -> {
          out.open("oai_datacite", "xmlns", OAI_DATACITE);
          out.leaf("schemaVersion", "4.6");
          out.leaf("datacentreSymbol", contact.name()).open("payload");
          DataCite.write(out, dossier);
          out.close().close();
        }
      }
      out.close();
    }
    out.close();
  }

  private String host() {
    return String.valueOf(URI.create(addresses.base()).getHost());
  }

  private static String second(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
