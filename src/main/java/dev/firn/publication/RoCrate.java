package dev.firn.publication;

import dev.firn.model.ChecksumAlgorithm;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A publication as an RO-Crate 1.2: what `ro-crate-metadata.json` says beside the files, or on the
/// web about them.
final class RoCrate {
  private RoCrate() {}

  /// @param attached whether the document lies in the payload of a bag, where files are named by
  ///   their paths; otherwise they are named by their addresses
  static ObjectNode of(Dossier dossier, boolean attached) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.put("@context", "https://w3id.org/ro/crate/1.2/context");
    ArrayNode graph = document.putArray("@graph");
    String rootId = attached ? "./" : dossier.landing();
    ObjectNode descriptor = graph.addObject().put("@id", "ro-crate-metadata.json");
    descriptor.put("@type", "CreativeWork");
    descriptor.putObject("about").put("@id", rootId);
    descriptor.putObject("conformsTo").put("@id", "https://w3id.org/ro/crate/1.2");

    ObjectNode root = graph.addObject().put("@id", rootId).put("@type", "Dataset");
    root.put("name", d.title());
    root.put("description", d.summary());
    root.put("datePublished", publication.published().toString().substring(0, 10));
    root.put("identifier", dossier.identifier());
    root.put("cite-as", dossier.identifier());
    root.put("version", d.version());
    root.put("url", dossier.landing());
    root.putObject("license").put("@id", d.terms().url());
    ArrayNode keywords = root.putArray("keywords");
    d.keywords().forEach(keywords::add);

    ArrayNode authors = root.putArray("author");
    int number = 0;
    for (Description.Agent creator : d.creators()) {
      String id = creator.identifier() == null ? "#creator-" + ++number : creator.identifier();
      authors.addObject().put("@id", id);
      agent(graph.addObject(), id, creator);
    }
    String publisher =
        d.publisher().identifier() == null ? "#publisher" : d.publisher().identifier();
    root.putObject("publisher").put("@id", publisher);
    boolean described = d.creators().stream().anyMatch(c -> publisher.equals(c.identifier()));
    if (!described) {
      agent(graph.addObject(), publisher, d.publisher());
    }
    ObjectNode licence = graph.addObject().put("@id", d.terms().url());
    licence.put("@type", "CreativeWork").put("name", d.terms().name());
    licence.put("identifier", d.terms().id());

    ArrayNode parts = root.putArray("hasPart");
    if (attached || dossier.open()) {
      for (Item item : dossier.items()) {
        String id = attached ? encoded(item, dossier) : item.address();
        parts.addObject().put("@id", id);
        ObjectNode file = graph.addObject().put("@id", id).put("@type", "File");
        file.put("name", item.name().segments().getLast());
        file.put("contentSize", Long.toString(item.size()));
        file.put("encodingFormat", item.type());
        item.checksums()
            .find(ChecksumAlgorithm.SHA512)
            .ifPresent(c -> file.put("identifier", "sha512:" + c.hex()));
      }
    }
    return document;
  }

  private static String encoded(Item item, Dossier dossier) {
    return item.address().substring(dossier.addresses().base().length() + 1);
  }

  private static void agent(ObjectNode node, String id, Description.Agent agent) {
    node.put("@id", id);
    node.put("@type", agent.person() ? "Person" : "Organization");
    node.put("name", agent.name());
    if (agent.affiliation() != null) {
      node.put("affiliation", agent.affiliation());
    }
  }
}
