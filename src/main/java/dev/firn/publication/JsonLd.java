package dev.firn.publication;

import dev.firn.model.ChecksumAlgorithm;
import java.util.Objects;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A publication as linked data: one document that is both schema.org's `Dataset`, as search
/// engines read it, and Croissant 1.1, as trainers do.
///
/// Croissant wants sha256 or md5 of a file. Files of which the catalog knows neither are shown as
/// schema.org's `DataDownload` with their sha512, and the document then says nothing of Croissant.
final class JsonLd {
  private JsonLd() {}

  static ObjectNode of(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.set("@context", Croissant.context());
    root.put("@type", "sc:Dataset");
    root.put("@id", dossier.identifier());
    if (dossier.croissant()) {
      root.put("conformsTo", Croissant.CONFORMS_TO);
    }
    root.put("name", d.title());
    root.put("description", d.summary());
    root.put("url", dossier.landing());
    ObjectNode identifier = root.putObject("identifier");
    identifier.put("@type", "PropertyValue");
    identifier.put(
        "propertyID",
        d.doi() == null
            ? "https://www.w3.org/TR/url-1/"
            : "https://registry.identifiers.org/registry/doi");
    identifier.put("value", d.doi() == null ? dossier.landing() : "doi:" + d.doi());
    identifier.put("url", dossier.identifier());
    root.put("license", d.terms().url());
    root.put("version", d.version());
    root.put("datePublished", publication.published().toString().substring(0, 10));
    root.put("dateModified", publication.datestamp(dossier.now()).toString());
    root.put("citeAs", publication.citation(dossier.identifier()));
    root.put("isLiveDataset", false);
    root.put("isAccessibleForFree", dossier.open());
    root.put("conditionsOfAccess", dossier.access().address());
    agents(root.putArray("creator"), d);
    root.set("publisher", agent(d.publisher()));
    if (!d.keywords().isEmpty()) {
      ArrayNode keywords = root.putArray("keywords");
      d.keywords().forEach(keywords::add);
    }
    Description.Period collected = d.collected();
    if (collected != null) {
      root.put("temporalCoverage", collected.from() + "/" + collected.to());
    }
    if (d.place() != null) {
      root.putObject("spatialCoverage").put("@type", "Place").put("name", d.place());
    }
    variables(root, d);
    provenance(root, dossier);
    distribution(root, dossier);
    return root;
  }

  private static void agents(ArrayNode to, Description d) {
    d.creators().forEach(c -> to.add(agent(c)));
  }

  private static ObjectNode agent(Description.Agent agent) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("@type", agent.person() ? "Person" : "Organization");
    if (agent.identifier() != null) {
      node.put("@id", agent.identifier());
    }
    node.put("name", agent.name());
    if (agent.affiliation() != null) {
      node.putObject("affiliation").put("@type", "Organization").put("name", agent.affiliation());
    }
    return node;
  }

  private static void variables(ObjectNode root, Description d) {
    if (d.variables().isEmpty()) {
      return;
    }
    ArrayNode variables = root.putArray("variableMeasured");
    for (Description.Variable v : d.variables()) {
      ObjectNode node = variables.addObject().put("@type", "PropertyValue").put("name", v.name());
      if (v.unit() != null) {
        node.put("unitText", v.unit());
      }
      if (v.description() != null) {
        node.put("description", v.description());
      }
    }
  }

  private static void provenance(ObjectNode root, Dossier dossier) {
    Description d = dossier.description();
    ArrayNode citations = JsonNodeFactory.instance.arrayNode();
    ArrayNode sources = JsonNodeFactory.instance.arrayNode();
    for (Description.Related r : d.related()) {
      (r.relation().equals("IsDerivedFrom") ? sources : citations).add(r.identifier());
    }
    if (d.supersedes() != null) {
      root.put(
          "prov:wasRevisionOf",
          dossier.addresses().landing(Objects.requireNonNull(d.supersedes())));
    }
    if (!citations.isEmpty()) {
      root.set("citation", citations);
    }
    if (!sources.isEmpty()) {
      root.set("isBasedOn", sources);
      root.set("prov:wasDerivedFrom", sources);
    }
    if (!d.funding().isEmpty()) {
      ArrayNode funding = root.putArray("funding");
      for (Description.Funding f : d.funding()) {
        ObjectNode grant = funding.addObject().put("@type", "Grant");
        if (f.award() != null) {
          grant.put("identifier", f.award());
        }
        grant.putObject("funder").put("@type", "Organization").put("name", f.funder());
      }
    }
    ObjectNode made = root.putObject("prov:wasGeneratedBy").put("@type", "prov:Activity");
    made.put("name", "Firn froze the snapshot " + dossier.publication().dataset());
    made.put("identifier", "sha256:" + dossier.publication().digest());
  }

  /// Withheld files are not offered.
  private static void distribution(ObjectNode root, Dossier dossier) {
    ArrayNode all = root.putArray("distribution");
    if (!dossier.open()) {
      return;
    }
    for (Item item : dossier.items()) {
      var sha256 = item.checksums().find(ChecksumAlgorithm.SHA256);
      var md5 = item.checksums().find(ChecksumAlgorithm.MD5);
      ObjectNode file = all.addObject();
      file.put("@type", item.croissant() ? "cr:FileObject" : "DataDownload");
      file.put("@id", item.address());
      file.put("name", item.name().segments().getLast());
      file.put("contentUrl", item.address());
      file.put("contentSize", item.size() + " B");
      file.put("encodingFormat", item.type());
      sha256.ifPresent(c -> file.put("sha256", c.hex()));
      md5.ifPresent(c -> file.put("md5", c.hex()));
      item.checksums()
          .find(ChecksumAlgorithm.SHA512)
          .ifPresent(c -> file.put("identifier", "sha512:" + c.hex()));
    }
  }
}
