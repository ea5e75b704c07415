package dev.firn.publication;

import dev.firn.http.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Typed links by which programs find their way: FAIR Signposting level 2, as `Link` headers and as
/// a linkset (RFC 9264).
final class Signposting {
  /// With more links of one relation than this, headers name the linkset alone: long headers break
  /// proxies.
  private static final int MOST_IN_HEADER = 5;

  private static final String ABOUT_PAGE = "https://schema.org/AboutPage";
  private static final String DATASET = "https://schema.org/Dataset";

  /// A link of the landing page.
  ///
  /// @param type the target's media type, empty where it is none of ours
  record Link(String relation, String target, String type, String profile) {
    String header() {
      StringBuilder out = new StringBuilder("<" + target + ">; rel=\"" + relation + "\"");
      if (!type.isEmpty()) {
        out.append("; type=\"").append(type).append('"');
      }
      if (!profile.isEmpty()) {
        out.append("; profile=\"").append(profile).append('"');
      }
      return out.toString();
    }
  }

  private Signposting() {}

  /// All links of a publication's page.
  static List<Link> links(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    String slug = publication.slug();
    List<Link> links = new ArrayList<>();
    links.add(new Link("cite-as", dossier.identifier(), "", ""));
    for (Format format : Format.values()) {
      if (format != Format.LINKSET && format != Format.CITATION) {
        links.add(
            new Link(
                "describedby",
                dossier.addresses().metadata(slug, format),
                format.mediaType(),
                dossier.profile(format)));
      }
    }
    links.add(new Link("type", ABOUT_PAGE, "", ""));
    links.add(new Link("type", DATASET, "", ""));
    links.add(new Link("license", d.terms().url(), "", ""));
    for (Description.Agent creator : d.creators()) {
      if (creator.identifier() != null) {
        links.add(new Link("author", Objects.requireNonNull(creator.identifier()), "", ""));
      }
    }
    if (d.supersedes() != null) {
      String before = dossier.addresses().landing(Objects.requireNonNull(d.supersedes()));
      links.add(new Link("predecessor-version", before, "text/html", ""));
    }
    if (publication.successor() != null) {
      String next = dossier.addresses().landing(publication.successor());
      links.add(new Link("successor-version", next, "text/html", ""));
    }
    if (dossier.open()) {
      for (Item item : dossier.items()) {
        links.add(new Link("item", item.address(), item.type(), ""));
      }
    }
    return links;
  }

  private static Link linkset(Dossier dossier) {
    String at = dossier.addresses().metadata(dossier.publication().slug(), Format.LINKSET);
    return new Link("linkset", at, Format.LINKSET.mediaType(), "");
  }

  /// Those that stand in the page's head and in its answer's headers.
  static List<Link> brief(Dossier dossier) {
    List<Link> links = links(dossier);
    Map<String, Integer> counts = new LinkedHashMap<>();
    links.forEach(l -> counts.merge(l.relation(), 1, Integer::sum));
    List<Link> brief = new ArrayList<>();
    for (Link link : links) {
      boolean unbounded = List.of("item", "author").contains(link.relation());
      if (!unbounded || counts.getOrDefault(link.relation(), 0) <= MOST_IN_HEADER) {
        brief.add(link);
      }
    }
    brief.add(linkset(dossier));
    return brief;
  }

  static byte[] document(Dossier dossier) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode set = root.putArray("linkset");
    ObjectNode page = set.addObject().put("anchor", dossier.landing());
    Map<String, ArrayNode> byRelation = new LinkedHashMap<>();
    List<Link> links = links(dossier);
    for (Link link : links) {
      ArrayNode targets = byRelation.computeIfAbsent(link.relation(), page::putArray);
      ObjectNode target = targets.addObject().put("href", link.target());
      if (!link.type().isEmpty()) {
        target.put("type", link.type());
      }
      if (!link.profile().isEmpty()) {
        target.putArray("profile").add(link.profile()); // an attribute that may be repeated
      }
    }
    for (Link link : links) {
      String back =
          switch (link.relation()) {
            case "item" -> "collection";
            case "describedby" -> "describes";
            default -> "";
          };
      if (!back.isEmpty()) {
        ObjectNode other = set.addObject().put("anchor", link.target());
        other.putArray(back).addObject().put("href", dossier.landing()).put("type", "text/html");
      }
    }
    return Json.bytes(root);
  }
}
