package dev.firn.publication;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Our own check of a publication after the tests of F-UJI v0.8, by their ids. It looks at what the
/// publication says, not at the network: whether an address resolves from outside is F-UJI's to
/// try.
final class FairCheck {
  private static final List<String> OPEN_ENDINGS =
      List.of(
          "application/fits", "application/x-hdf5", "text/csv", "text/plain", "application/json");

  private record Test(String id, String about, boolean passes, String advice) {}

  private FairCheck() {}

  static ObjectNode of(Dossier dossier) {
    List<Test> tests = tests(dossier);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("slug", dossier.publication().slug());
    view.put("after", "F-UJI v0.8, checked by Firn itself");
    view.put("passed", tests.stream().filter(Test::passes).count());
    view.put("tests", tests.size());
    ArrayNode all = view.putArray("results");
    for (Test t : tests) {
      ObjectNode one = all.addObject().put("id", t.id()).put("about", t.about());
      one.put("passes", t.passes());
      if (!t.passes()) {
        one.put("missing", t.advice());
      }
    }
    return view;
  }

  private static List<Test> tests(Dossier dossier) {
    Description d = dossier.description();
    Publication.Access access = dossier.access();
    boolean https = dossier.landing().startsWith("https://");
    boolean doi = d.doi() != null;
    boolean files = dossier.open() && !dossier.items().isEmpty();
    boolean people = d.creators().stream().allMatch(c -> c.identifier() != null);
    boolean format = dossier.items().stream().anyMatch(i -> OPEN_ENDINGS.contains(i.type()));
    boolean typed =
        dossier.items().stream().noneMatch(i -> i.type().equals("application/octet-stream"));
    return List.of(
        new Test(
            "FsF-F1-01MD",
            "a unique identifier of a known scheme",
            doi || https,
            "serve it by https"),
        new Test(
            "FsF-F1-02MD",
            "a persistent, registered identifier",
            doi,
            "register a DOI: description.doi"),
        new Test("FsF-F2-01M-2", "core metadata for citation", true, ""),
        new Test("FsF-F2-01M-3", "summary and keywords", !d.keywords().isEmpty(), "add keywords"),
        new Test(
            "FsF-F3-01M-2",
            "metadata name the data's addresses",
            files,
            access == Publication.Access.OPEN
                ? "the snapshot is empty"
                : "the files are withheld: " + access.words()),
        new Test("FsF-F4-01M-1", "metadata that search engines read", true, ""),
        new Test("FsF-A1-01M-1", "access level by a vocabulary", true, ""),
        new Test(
            "FsF-A1-02MD-2",
            "data addresses that answer",
            files,
            "the files are withheld or absent"),
        new Test("FsF-A1.1-01MD", "an open protocol", true, ""),
        new Test("FsF-A1.2-01MD", "a protocol that can authenticate", https, "serve it by https"),
        new Test("FsF-I1-01M-1", "structured data in the page", true, ""),
        new Test("FsF-I1-01M-2", "linked data by negotiation and typed links", true, ""),
        new Test("FsF-I2-01M-2", "registered vocabularies", true, ""),
        new Test(
            "FsF-I3-01M-1",
            "related works with their relation",
            !d.related().isEmpty(),
            "add related works"),
        new Test(
            "FsF-I3-01M-2",
            "people and works by resolvable identifiers",
            people,
            "add an ORCID or ROR to every creator"),
        new Test("FsF-R1-01M-1", "type of the resource", true, ""),
        new Test(
            "FsF-R1-01M-2",
            "size and media type of each file; what was measured",
            files && typed && !d.variables().isEmpty(),
            "add variables, and give files endings that tell their type"),
        new Test("FsF-R1.1-01M-1", "a licence", true, ""),
        new Test(
            "FsF-R1.2-01M-1",
            "where it comes from",
            d.collected() != null,
            "add collected.from and collected.to"),
        new Test("FsF-R1.2-01M-2", "provenance by PROV", true, ""),
        new Test("FsF-R1.3-01M-3", "a general metadata standard", true, ""),
        new Test(
            "FsF-R1.3-02D-1",
            "an open file format of the field",
            format,
            "offer FITS, HDF5 or CSV beside the rest (Parquet is not in F-UJI's list)"));
  }
}
