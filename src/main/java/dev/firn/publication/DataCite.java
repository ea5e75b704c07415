package dev.firn.publication;

import dev.firn.http.Json;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A publication by DataCite's metadata schema 4 (written as 4.6, which 4.7 reads), as XML and as
/// the attributes of its REST interface.
final class DataCite {
  private static final String NAMESPACE = "http://datacite.org/schema/kernel-4";
  private static final String COAR = "http://purl.org/coar/access_right/";

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
    dates(out, dossier);
    out.leaf("language", "en");
    related(out, dossier);
    out.open("sizes");
    out.leaf("size", publication.files() + " files").leaf("size", publication.bytes() + " bytes");
    out.close();
    List<String> formats = dossier.items().stream().map(Item::type).distinct().sorted().toList();
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
        "https://spdx.org/licenses/");
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

  private static void dates(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    Description.Period collected = dossier.description().collected();
    out.open("dates");
    out.leaf("date", day(publication.published().toString()), "dateType", "Issued");
    String available =
        (publication.opens() == null ? publication.published() : publication.opens()).toString();
    out.leaf("date", day(available), "dateType", "Available");
    if (collected != null) {
      out.leaf("date", collected.from() + "/" + collected.to(), "dateType", "Collected");
    }
    if (publication.withdrawn() != null) {
      out.leaf(
          "date",
          day(publication.withdrawn().toString()),
          "dateType",
          "Withdrawn",
          "dateInformation",
          publication.reason());
    }
    out.close();
  }

  private static void related(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    out.open("relatedIdentifiers");
    relate(out, "HasMetadata", dossier.addresses().metadata(publication.slug(), Format.CROISSANT));
    if (d.supersedes() != null) {
      relate(
          out,
          "IsNewVersionOf",
          dossier.addresses().landing(Objects.requireNonNull(d.supersedes())));
    }
    if (publication.successor() != null) {
      relate(out, "IsPreviousVersionOf", dossier.addresses().landing(publication.successor()));
    }
    d.related().forEach(r -> relate(out, r.relation(), r.identifier()));
    out.close();
  }

  private static void relate(XmlOut out, String relation, String address) {
    boolean doi = address.startsWith("https://doi.org/");
    out.leaf(
        "relatedIdentifier",
        doi ? address.substring("https://doi.org/".length()) : address,
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
    for (Description.Agent c : d.creators()) {
      ObjectNode creator = creators.addObject().put("name", c.name()).put("nameType", kind(c));
      if (c.identifier() != null) {
        String id = Objects.requireNonNull(c.identifier());
        ObjectNode named = creator.putArray("nameIdentifiers").addObject();
        named.put("nameIdentifier", id).put("nameIdentifierScheme", scheme(id));
        named.put("schemeUri", schemeUri(id));
      }
    }
    root.putArray("titles").addObject().put("title", d.title());
    root.putObject("publisher").put("name", d.publisher().name());
    root.put("publicationYear", publication.year());
    root.putObject("types").put("resourceTypeGeneral", "Dataset").put("resourceType", "Event data");
    ArrayNode subjects = root.putArray("subjects");
    d.keywords().forEach(k -> subjects.addObject().put("subject", k));
    ArrayNode related = root.putArray("relatedIdentifiers");
    for (Description.Related r : d.related()) {
      boolean doi = r.identifier().startsWith("https://doi.org/");
      ObjectNode node = related.addObject().put("relationType", r.relation());
      node.put("relatedIdentifierType", doi ? "DOI" : "URL");
      node.put("relatedIdentifier", doi ? r.identifier().substring(16) : r.identifier());
    }
    root.putArray("sizes").add(publication.files() + " files").add(publication.bytes() + " bytes");
    root.put("version", d.version());
    ObjectNode rights = root.putArray("rightsList").addObject().put("rights", d.terms().name());
    rights.put("rightsUri", d.terms().url()).put("rightsIdentifier", d.terms().id());
    rights.put("rightsIdentifierScheme", "SPDX");
    ObjectNode summary = root.putArray("descriptions").addObject().put("description", d.summary());
    summary.put("descriptionType", "Abstract");
    root.put("schemaVersion", NAMESPACE);
    return root;
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

  private static String day(String instant) {
    return instant.substring(0, 10);
  }
}
