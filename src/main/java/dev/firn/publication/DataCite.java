package dev.firn.publication;

import dev.firn.http.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A publication by DataCite's metadata schema 4.7, in words that 4.6 has too since harvesters
/// still read that, as XML and as the attributes of its REST interface.
final class DataCite {
  private static final String NAMESPACE = "http://datacite.org/schema/kernel-4";
  private static final String COAR = "http://purl.org/coar/access_right/";
  private static final String SPDX = "https://spdx.org/licenses/";
  private static final String DOI = "https://doi.org/";

  private DataCite() {}

  static byte[] xml(Dossier dossier) {
    XmlOut out = XmlOut.xml();
    write(out, dossier);
    return out.bytes();
  }

  /// Writes the element `resource`.
  static void write(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    out.open("resource", "xmlns", NAMESPACE);
    String doi = d.doi();
    out.leaf(
        "identifier",
        doi == null ? dossier.landing() : doi,
        "identifierType",
        doi == null ? "URL" : "DOI");
    out.open("creators");
    for (Description.Agent creator : d.creators()) {
      out.open("creator");
      out.leaf("creatorName", creator.name(), "nameType", kind(creator));
      if (creator.identifier() != null) {
        String id = Objects.requireNonNull(creator.identifier());
        out.leaf(
            "nameIdentifier", id, "nameIdentifierScheme", scheme(id), "schemeURI", schemeUri(id));
      }
      if (creator.affiliation() != null) {
        out.leaf("affiliation", Objects.requireNonNull(creator.affiliation()));
      }
      out.close();
    }
    out.close();
    out.open("titles").leaf("title", d.title(), "xml:lang", "en").close();
    String publisher = d.publisher().identifier();
    out.leaf(
        "publisher",
        d.publisher().name(),
        "publisherIdentifier",
        publisher,
        "publisherIdentifierScheme",
        publisher == null ? null : scheme(publisher),
        "schemeURI",
        publisher == null ? null : schemeUri(publisher));
    out.leaf("publicationYear", Integer.toString(publication.year()));
    out.leaf("resourceType", "Event data", "resourceTypeGeneral", "Dataset");
    if (!d.keywords().isEmpty()) {
      out.open("subjects");
      d.keywords().forEach(k -> out.leaf("subject", k));
      out.close();
    }
    out.open("dates");
    for (Dated dated : dates(dossier)) {
      out.leaf("date", dated.date, "dateType", dated.type, "dateInformation", dated.about);
    }
    out.close();
    out.leaf("language", "en");
    out.open("relatedIdentifiers");
    related(dossier).forEach(r -> relate(out, r.relation(), r.identifier()));
    out.close();
    out.open("sizes");
    out.leaf("size", publication.files() + " files").leaf("size", publication.bytes() + " bytes");
    out.close();
    List<String> formats = formats(dossier);
    if (!formats.isEmpty()) {
      out.open("formats");
      formats.forEach(f -> out.leaf("format", f));
      out.close();
    }
    out.leaf("version", d.version());
    out.open("rightsList");
    out.leaf(
        "rights",
        d.terms().name(),
        "rightsURI",
        d.terms().url(),
        "rightsIdentifier",
        d.terms().id(),
        "rightsIdentifierScheme",
        "SPDX",
        "schemeURI",
        SPDX);
    out.leaf(
        "rights",
        dossier.access().words(),
        "rightsURI",
        dossier.access().address(),
        "schemeURI",
        COAR);
    out.close();
    out.open("descriptions").leaf("description", d.summary(), "descriptionType", "Abstract");
    d.declared()
        .forEach((kind, why) ->
            out.leaf("description", kind + ": " + why, "descriptionType", "TechnicalInfo"));
    out.close();
    if (d.place() != null) {
      out.open("geoLocations").open("geoLocation");
      out.leaf("geoLocationPlace", Objects.requireNonNull(d.place())).close().close();
    }
    if (!d.funding().isEmpty()) {
      out.open("fundingReferences");
      for (Description.Funding f : d.funding()) {
        out.open("fundingReference").leaf("funderName", f.funder());
        if (f.award() != null) {
          out.leaf("awardNumber", Objects.requireNonNull(f.award()));
        }
        out.close();
      }
      out.close();
    }
    out.close();
  }

  /// A day, or two with `/` between them.
  ///
  /// @param type as DataCite names it
  private record Dated(String date, String type, @Nullable String about) {}

  private static List<Dated> dates(Dossier dossier) {
    Publication publication = dossier.publication();
    Description.Period collected = dossier.description().collected();
    List<Dated> dates = new ArrayList<>();
    dates.add(new Dated(day(publication.published()), "Issued", null));
    Instant available = publication.opens() == null ? publication.published() : publication.opens();
    dates.add(new Dated(day(available), "Available", null));
    if (collected != null) {
      dates.add(new Dated(collected.from() + "/" + collected.to(), "Collected", null));
    }
    if (publication.withdrawn() != null) {
      dates.add(new Dated(day(publication.withdrawn()), "Withdrawn", publication.reason()));
    }
    return dates;
  }

  private static List<Description.Related> related(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    List<Description.Related> all = new ArrayList<>();
    String metadata = dossier.addresses().metadata(publication.slug(), Format.CROISSANT);
    all.add(new Description.Related("HasMetadata", metadata));
    if (d.supersedes() != null) {
      String before = dossier.addresses().landing(Objects.requireNonNull(d.supersedes()));
      all.add(new Description.Related("IsNewVersionOf", before));
    }
    if (publication.successor() != null) {
      String after = dossier.addresses().landing(publication.successor());
      all.add(new Description.Related("IsPreviousVersionOf", after));
    }
    all.addAll(d.related());
    return all;
  }

  private static List<String> formats(Dossier dossier) {
    return dossier.items().stream().map(Item::type).distinct().sorted().toList();
  }

  private static void relate(XmlOut out, String relation, String address) {
    boolean doi = address.startsWith(DOI);
    out.leaf(
        "relatedIdentifier",
        doi ? address.substring(DOI.length()) : address,
        "relatedIdentifierType",
        doi ? "DOI" : "URL",
        "relationType",
        relation);
  }

  /// The attributes of a DOI by DataCite's REST interface.
  static ObjectNode attributes(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    if (d.doi() != null) {
      root.put("doi", d.doi());
    }
    root.put("url", dossier.landing());
    ArrayNode creators = root.putArray("creators");
    d.creators().forEach(c -> describe(creators.addObject(), c));
    root.putArray("titles").addObject().put("title", d.title()).put("lang", "en");
    ObjectNode publisher = root.putObject("publisher").put("name", d.publisher().name());
    if (d.publisher().identifier() != null) {
      String id = Objects.requireNonNull(d.publisher().identifier());
      publisher.put("publisherIdentifier", id).put("publisherIdentifierScheme", scheme(id));
      publisher.put("schemeUri", schemeUri(id));
    }
    root.put("publicationYear", publication.year());
    root.putObject("types").put("resourceTypeGeneral", "Dataset").put("resourceType", "Event data");
    ArrayNode subjects = root.putArray("subjects");
    d.keywords().forEach(k -> subjects.addObject().put("subject", k));
    ArrayNode dates = root.putArray("dates");
    for (Dated dated : dates(dossier)) {
      ObjectNode date = dates.addObject().put("date", dated.date).put("dateType", dated.type);
      if (dated.about != null) {
        date.put("dateInformation", dated.about);
      }
    }
    root.put("language", "en");
    ArrayNode related = root.putArray("relatedIdentifiers");
    related(dossier).forEach(r -> relate(related.addObject(), r));
    root.putArray("sizes").add(publication.files() + " files").add(publication.bytes() + " bytes");
    ArrayNode formats = root.putArray("formats");
    formats(dossier).forEach(formats::add);
    root.put("version", d.version());
    ArrayNode rights = root.putArray("rightsList");
    ObjectNode licence = rights.addObject().put("rights", d.terms().name());
    licence.put("rightsUri", d.terms().url()).put("rightsIdentifier", d.terms().id());
    licence.put("rightsIdentifierScheme", "SPDX").put("schemeUri", SPDX);
    ObjectNode access = rights.addObject().put("rights", dossier.access().words());
    access.put("rightsUri", dossier.access().address()).put("schemeUri", COAR);
    ArrayNode words = root.putArray("descriptions");
    words.addObject().put("description", d.summary()).put("descriptionType", "Abstract");
    d.declared()
        .forEach((kind, why) ->
            words
                .addObject()
                .put("description", kind + ": " + why)
                .put("descriptionType", "TechnicalInfo"));
    ArrayNode places = root.putArray("geoLocations");
    if (d.place() != null) {
      places.addObject().put("geoLocationPlace", d.place());
    }
    ArrayNode funding = root.putArray("fundingReferences");
    for (Description.Funding f : d.funding()) {
      ObjectNode one = funding.addObject().put("funderName", f.funder());
      if (f.award() != null) {
        one.put("awardNumber", f.award());
      }
    }
    root.put("schemaVersion", NAMESPACE);
    return root;
  }

  private static void describe(ObjectNode creator, Description.Agent agent) {
    creator.put("name", agent.name()).put("nameType", kind(agent));
    if (agent.identifier() != null) {
      String id = Objects.requireNonNull(agent.identifier());
      ObjectNode named = creator.putArray("nameIdentifiers").addObject();
      named.put("nameIdentifier", id).put("nameIdentifierScheme", scheme(id));
      named.put("schemeUri", schemeUri(id));
    }
    if (agent.affiliation() != null) {
      creator.putArray("affiliation").addObject().put("name", agent.affiliation());
    }
  }

  private static void relate(ObjectNode node, Description.Related related) {
    boolean doi = related.identifier().startsWith(DOI);
    node.put("relationType", related.relation()).put("relatedIdentifierType", doi ? "DOI" : "URL");
    node.put(
        "relatedIdentifier",
        doi ? related.identifier().substring(DOI.length()) : related.identifier());
  }

  static byte[] json(Dossier dossier) {
    return Json.bytes(attributes(dossier));
  }

  private static String kind(Description.Agent agent) {
    return agent.person() ? "Personal" : "Organizational";
  }

  private static String scheme(String identifier) {
    return identifier.contains("orcid.org")
        ? "ORCID"
        : identifier.contains("ror.org") ? "ROR" : "URL";
  }

  private static String schemeUri(String identifier) {
    return switch (scheme(identifier)) {
      case "ORCID" -> "https://orcid.org/";
      case "ROR" -> "https://ror.org/";
      default -> "https://www.w3.org/TR/url-1/";
    };
  }

  private static String day(Instant moment) {
    return moment.toString().substring(0, 10);
  }
}
