package dev.firn.publication;

import dev.firn.http.Json;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// The pages that people see: the list of all publications, and one's own. No script runs on them;
/// the one in the head is data.
final class LandingPage {
  private static final int EMBEDDED = 100;

  private LandingPage() {}

  static byte[] of(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    XmlOut out = XmlOut.html().open("html", "lang", "en").open("head");
    head(out, d.title());
    for (Signposting.Link link : Signposting.brief(dossier)) {
      out.empty(
          "link",
          "rel",
          link.relation(),
          "href",
          link.target(),
          "type",
          link.type().isEmpty() ? null : link.type());
    }
    meta(out, dossier);
    embed(out, dossier);
    out.close().open("body").open("main");
    out.open("p", "class", "crumb").leaf("a", "Open data", "href", "/open").close();
    out.leaf("h1", d.title());
    notice(out, dossier);
    out.open("p", "class", "by");
    boolean first = true;
    for (Description.Agent creator : d.creators()) {
      out.text(first ? "" : "; ");
      first = false;
      if (creator.identifier() == null) {
        out.text(creator.name());
      } else {
        out.leaf("a", creator.name(), "href", creator.identifier());
      }
    }
    out.text(" · " + publication.published().toString().substring(0, 10));
    out.text(" · version " + d.version()).close();
    out.leaf("p", d.summary(), "class", "summary");
    facts(out, dossier);
    if (!d.variables().isEmpty()) {
      out.leaf("h2", "What is in it").open("table").open("tbody");
      for (Description.Variable v : d.variables()) {
        out.open("tr").leaf("th", v.name(), "scope", "row");
        out.leaf("td", Objects.requireNonNullElse(v.unit(), ""));
        out.leaf("td", Objects.requireNonNullElse(v.description(), "")).close();
      }
      out.close().close();
    }
    if (!d.declared().isEmpty()) {
      out.leaf("h2", "Known limits").open("ul");
      d.declared().forEach((kind, why) -> out.leaf("li", kind + ": " + why));
      out.close();
    }
    out.leaf("h2", "How to cite").leaf("blockquote", publication.citation(dossier.identifier()));
    files(out, dossier);
    out.leaf("h2", "This page for programs").open("ul", "class", "formats");
    for (Format format : Format.values()) {
      out.open("li");
      String at = dossier.addresses().metadata(publication.slug(), format);
      out.leaf("a", format.word(), "href", at).close();
    }
    out.close().close().close().close();
    return out.bytes();
  }

  /// Publications, newest last.
  ///
  /// @param more address of those that follow; empty when there are none
  static byte[] list(List<Dossier> all, String more) {
    XmlOut out = XmlOut.html().open("html", "lang", "en").open("head");
    head(out, "Open data");
    out.close().open("body").open("main").leaf("h1", "Open data");
    if (all.isEmpty()) {
      out.leaf("p", "Nothing has been published yet.", "class", "notice");
    }
    out.open("ul", "class", "all");
    for (Dossier one : all) {
      out.open("li").leaf("a", one.description().title(), "href", one.landing());
      out.open("p").text(one.publication().published().toString().substring(0, 10) + " · ");
      out.text("version " + one.description().version() + " · " + standing(one));
      out.text(" · " + new ByteSize(one.publication().bytes())).close().close();
    }
    out.close();
    if (!more.isEmpty()) {
      out.open("p").leaf("a", "More", "href", more).close();
    }
    out.close().close().close();
    return out.bytes();
  }

  private static String standing(Dossier dossier) {
    return dossier.publication().withdrawn() == null ? dossier.access().words() : "withdrawn";
  }

  private static void head(XmlOut out, String title) {
    out.empty("meta", "charset", "utf-8");
    out.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
    out.leaf("title", title);
    out.empty("link", "rel", "stylesheet", "href", "/open/style.css");
  }

  private static void meta(XmlOut out, Dossier dossier) {
    Description d = dossier.description();
    out.empty("link", "rel", "schema.DC", "href", "http://purl.org/dc/elements/1.1/");
    out.empty("meta", "name", "DC.title", "content", d.title());
    d.creators().forEach(c -> out.empty("meta", "name", "DC.creator", "content", c.name()));
    out.empty("meta", "name", "DC.publisher", "content", d.publisher().name());
    out.empty("meta", "name", "DC.identifier", "content", dossier.identifier());
    String day = dossier.publication().published().toString().substring(0, 10);
    out.empty("meta", "name", "DC.date", "content", day);
    out.empty("meta", "name", "DC.type", "content", "Dataset");
    out.empty("meta", "name", "DC.rights", "content", d.terms().url());
    out.empty("meta", "name", "description", "content", d.summary());
  }

  /// JSON-LD in the head. Its markup characters are written as JSON escapes, so that no text of an
  /// author's ends the element.
  private static void embed(XmlOut out, Dossier dossier) {
    List<Item> few = dossier.items().subList(0, Math.min(EMBEDDED, dossier.items().size()));
    Dossier brief = new Dossier(dossier.publication(), few, dossier.addresses(), dossier.now());
    String json =
        new String(Json.bytes(JsonLd.of(brief)), StandardCharsets.UTF_8)
            .replace("<", "\\u003c")
            .replace(">", "\\u003e")
            .replace("&", "\\u0026");
    out.leaf("script", json, "type", "application/ld+json");
  }

  private static void notice(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    if (publication.withdrawn() != null) {
      out.open("p", "class", "notice withdrawn");
      out.text("Withdrawn on " + publication.withdrawn().toString().substring(0, 10) + ": ");
      out.text(String.valueOf(publication.reason())).close();
    } else if (!dossier.open() && publication.opens() != null) {
      out.open("p", "class", "notice");
      out.text(
          "The files are under embargo until " + publication.opens().toString().substring(0, 10));
      out.text(". What describes them is free.").close();
    }
    if (publication.successor() != null) {
      out.open("p", "class", "notice").text("There is a newer version: ");
      String next = dossier.addresses().landing(publication.successor());
      out.leaf("a", publication.successor(), "href", next).close();
    }
  }

  private static void facts(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    out.open("dl");
    out.leaf("dt", "Identifier").open("dd");
    out.leaf("a", dossier.identifier(), "href", dossier.identifier()).close();
    out.leaf("dt", "Licence").open("dd").leaf("a", d.terms().name(), "href", d.terms().url());
    out.close();
    out.leaf("dt", "Publisher").leaf("dd", d.publisher().name());
    out.leaf("dt", "Access").leaf("dd", dossier.access().words());
    out.leaf("dt", "Size");
    out.leaf("dd", publication.files() + " files, " + new ByteSize(publication.bytes()));
    Description.Period collected = d.collected();
    if (collected != null) {
      out.leaf("dt", "Data taken").leaf("dd", collected.from() + " to " + collected.to());
    }
    if (d.place() != null) {
      out.leaf("dt", "Place").leaf("dd", Objects.requireNonNull(d.place()));
    }
    if (d.contact() != null) {
      out.leaf("dt", "Contact").leaf("dd", Objects.requireNonNull(d.contact()));
    }
    if (!d.keywords().isEmpty()) {
      out.leaf("dt", "Keywords").leaf("dd", String.join(", ", d.keywords()));
    }
    if (!d.funding().isEmpty()) {
      out.leaf("dt", "Funding");
      d.funding()
          .forEach(
              f -> out.leaf("dd", f.funder() + (f.award() == null ? "" : " (" + f.award() + ")")));
    }
    if (d.supersedes() != null) {
      String before = Objects.requireNonNull(d.supersedes());
      out.leaf("dt", "Earlier version").open("dd");
      out.leaf("a", before, "href", dossier.addresses().landing(before)).close();
    }
    for (Description.Related r : d.related()) {
      out.leaf("dt", words(r.relation())).open("dd");
      out.leaf("a", r.identifier(), "href", r.identifier()).close();
    }
    out.leaf("dt", "Members' digest").open("dd");
    out.leaf("code", "sha256:" + publication.digest()).close();
    out.close();
  }

  /// `IsDocumentedBy` for people: `Is documented by`.
  private static String words(String relation) {
    String apart = relation.replaceAll("(?<=[a-z])(?=[A-Z])", " ");
    return apart.charAt(0) + apart.substring(1).toLowerCase(Locale.ROOT);
  }

  private static void files(XmlOut out, Dossier dossier) {
    Publication publication = dossier.publication();
    out.leaf("h2", "Files");
    if (!dossier.open()) {
      out.leaf("p", "They cannot be downloaded: " + standing(dossier) + ".");
      return;
    }
    String slug = publication.slug();
    out.open("p").text("Everything: ");
    out.leaf("a", slug + ".tar", "href", dossier.addresses().bag(slug)).text(" (BagIt), ");
    out.leaf("a", "SHA512SUMS", "href", dossier.addresses().checksums(slug)).close();
    out.open("table").open("thead").open("tr").leaf("th", "name").leaf("th", "size", "class", "n");
    out.leaf("th", "sha512", "class", "sum").close().close().open("tbody");
    for (Item item : dossier.items()) {
      out.open("tr").open("td").leaf("a", item.name().toString(), "href", item.address()).close();
      out.leaf("td", new ByteSize(item.size()).toString(), "class", "n");
      String sum =
          item.checksums()
              .find(ChecksumAlgorithm.SHA512)
              .map(c -> c.hex().substring(0, 16))
              .orElse("");
      out.open("td", "class", "sum").leaf("code", sum + "…").close().close();
    }
    out.close().close();
    if (publication.files() > dossier.items().size()) {
      out.leaf(
          "p", "and " + (publication.files() - dossier.items().size()) + " more in SHA512SUMS");
    }
  }
}
