package dev.firn.publication;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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

  /// One of F-UJI's tests.
  ///
  /// @param id `FsF-F1-01MD-1`: the metric is all but the last part
  /// @param score what passing is worth; 0 for tests that F-UJI does not score
  private record Test(String id, double score, String about, boolean passes, String advice) {
    String metric() {
      return id.substring(0, id.lastIndexOf('-'));
    }
  }

  /// What a metric is worth altogether, where its tests are alternatives or add up to more.
  private static final Map<String, Double> MOST =
      Map.of("FsF-I1-01M", 2.0, "FsF-I3-01M", 2.0, "FsF-R1.2-01M", 1.0, "FsF-R1.3-01M", 1.0);

  private FairCheck() {}

  static ObjectNode of(Dossier dossier) {
    List<Test> tests = tests(dossier);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("slug", dossier.publication().slug());
    view.put("after", "F-UJI v0.8, checked by Firn itself");
    view.put("passed", tests.stream().filter(Test::passes).count());
    view.put("tests", tests.size());
    view.put("score", score(tests, true)).put("of", score(tests, false));
    ArrayNode all = view.putArray("results");
    for (Test t : tests) {
      ObjectNode one = all.addObject().put("id", t.id()).put("about", t.about());
      one.put("passes", t.passes()).put("score", t.score());
      if (!t.passes()) {
        one.put("missing", t.advice());
      }
    }
    return view;
  }

  /// The sum over metrics, each capped at what it is worth.
  private static double score(List<Test> tests, boolean passedOnly) {
    Map<String, Double> sums = new TreeMap<>();
    for (Test t : tests) {
      sums.merge(t.metric(), t.passes() || !passedOnly ? t.score() : 0, Double::sum);
    }
    return sums.entrySet().stream()
        .mapToDouble(e -> Math.min(e.getValue(), MOST.getOrDefault(e.getKey(), 9.0)))
        .sum();
  }

  private static List<Test> tests(Dossier dossier) {
    List<Test> all = new ArrayList<>(findable(dossier));
    all.addAll(accessible(dossier));
    all.addAll(interoperable(dossier));
    all.addAll(reusable(dossier));
    return all;
  }

  private static List<Test> findable(Dossier dossier) {
    boolean https = dossier.landing().startsWith("https://");
    boolean doi = dossier.description().doi() != null;
    String register = "register a DOI: description.doi";
    return List.of(
        new Test(
            "FsF-F1-01MD-1",
            1,
            "the metadata's identifier is of a known scheme",
            doi || https,
            "serve it by https"),
        new Test(
            "FsF-F1-01MD-2", 0, "so is the data's", files(dossier) && https, withheld(dossier)),
        new Test("FsF-F1-02MD-1", 0.5, "the metadata's identifier is persistent", doi, register),
        new Test("FsF-F1-02MD-2", 0.5, "and registered", doi, register),
        new Test(
            "FsF-F1-02MD-4",
            0,
            "the data's identifier is persistent",
            false,
            "files have addresses here, and no identifiers of their own"),
        new Test(
            "FsF-F1-02MD-5",
            0,
            "and registered",
            false,
            "files have addresses here, and no identifiers of their own"),
        new Test("FsF-F2-01M-2", 1, "core metadata for citation", true, ""),
        new Test(
            "FsF-F2-01M-3",
            1,
            "summary and keywords",
            !dossier.description().keywords().isEmpty(),
            "add keywords"),
        new Test(
            "FsF-F3-01M-2",
            1,
            "metadata name the data's addresses",
            files(dossier),
            withheld(dossier)),
        new Test("FsF-F4-01M-1", 2, "metadata that search engines read", true, ""));
  }

  private static List<Test> accessible(Dossier dossier) {
    boolean https = dossier.landing().startsWith("https://");
    boolean files = files(dossier);
    String advice = files ? "serve it by https" : withheld(dossier);
    return List.of(
        new Test("FsF-A1-01M-1", 1, "access level by a vocabulary", true, ""),
        new Test("FsF-A1-02MD-1", 1, "metadata at their identifier", true, ""),
        new Test("FsF-A1-02MD-2", 1, "data at their addresses", files, withheld(dossier)),
        new Test("FsF-A1.1-01MD-1", 1, "metadata by an open protocol", true, ""),
        new Test("FsF-A1.1-01MD-2", 1, "data by an open protocol", files, withheld(dossier)),
        new Test(
            "FsF-A1.2-01MD-1", 1, "that protocol can authenticate", https, "serve it by https"),
        new Test("FsF-A1.2-01MD-2", 1, "the data's can", files && https, advice));
  }

  private static List<Test> interoperable(Dossier dossier) {
    Description d = dossier.description();
    boolean related = !d.related().isEmpty() || d.supersedes() != null;
    return List.of(
        new Test("FsF-I1-01M-1", 2, "structured data in the page", true, ""),
        new Test("FsF-I1-01M-2", 2, "linked data by negotiation and typed links", true, ""),
        new Test("FsF-I2-01M-2", 2, "registered vocabularies", true, ""),
        new Test(
            "FsF-I3-01M-1", 2, "related works with their relation", related, "add related works"),
        new Test(
            "FsF-I3-01M-2",
            2,
            "related works by identifiers that resolve",
            related,
            "add related works"));
  }

  private static List<Test> reusable(Dossier dossier) {
    boolean typed =
        dossier.items().stream().noneMatch(i -> i.type().equals("application/octet-stream"));
    return List.of(
        new Test("FsF-R1-01M-1", 1, "type of the resource", true, ""),
        new Test(
            "FsF-R1-01M-2",
            1,
            "size and media type of each file",
            files(dossier) && typed,
            files(dossier) ? "give files endings that tell their type" : withheld(dossier)),
        new Test(
            "FsF-R1-01M-3",
            0,
            "what was measured",
            !dossier.description().variables().isEmpty(),
            "add variables"),
        new Test("FsF-R1.1-01M-1", 1, "a licence", true, ""),
        new Test("FsF-R1.2-01M-1", 1, "who made it and when", true, ""),
        new Test("FsF-R1.2-01M-2", 1, "provenance by PROV", true, ""),
        new Test(
            "FsF-R1.3-01M-1",
            1,
            "a metadata standard of the field",
            false,
            "astronomy's is VOResource, which Firn does not write"),
        new Test("FsF-R1.3-01M-3", 1, "a general metadata standard", true, ""),
        new Test(
            "FsF-R1.3-02D-1",
            1,
            "an open file format of the field",
            dossier.items().stream().anyMatch(i -> OPEN_ENDINGS.contains(i.type())),
            "offer FITS, HDF5 or CSV beside the rest (Parquet is not in F-UJI's list)"));
  }

  private static boolean files(Dossier dossier) {
    return dossier.open() && !dossier.items().isEmpty();
  }

  private static String withheld(Dossier dossier) {
    return dossier.open()
        ? "the snapshot is empty"
        : "the files are withheld: " + dossier.access().words();
  }
}
