package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.publication.LinkedDataReaders;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.HereSite;
import gov.loc.repository.bagit.reader.BagReader;
import gov.loc.repository.bagit.verify.BagVerifier;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A dataset on its way from the door to the world, through a whole hub.
@Tag("slow")
class PublishingTest {
  private static final String DESCRIPTION =
      """
      {"title":"Events <b>& more</b> </script>","summary":"s","creators":[{"name":"IceCube"}],
       "publisher":{"name":"IceCube"},"licence":"CC-BY-4.0","keywords":["neutrino"]%s}
      """;

  @TempDir Path dir;
  private TestDatabase database;
  private SiteConfig config;
  private Site site;
  private HttpFetcher client;

  private record Answer(int status, byte[] bytes, List<String> links, String type) {
    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  @BeforeEach
  void start() throws IOException {
    database = TestDatabase.create();
    Path here = HereSite.prepare(dir, new HereSite.Wish(0, 0, false, List.of()), Instant.now());
    Path password = Files.writeString(dir.resolve("password"), database.address().password());
    String record =
        "\n[database]\nurl = \"%s\"\nuser = \"%s\"\npassword-file = \"%s\"\n"
            .formatted(database.address().jdbcUrl(), database.address().user(), password);
    Path file = dir.resolve("site.toml");
    Files.writeString(file, Files.readString(here) + record);
    config = SiteConfig.from(ConfigFile.read(file));
    site = Site.start(config);
    client = HttpClients.create(HttpClients.Config.trusting(dir.resolve("tls/ca.pem")));
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    site.close();
    database.close();
  }

  private Answer send(Request request) throws IOException {
    try (Response response = client.send(request)) {
      return new Answer(
          response.status(),
          response.body().readAllBytes(),
          response.headers("Link"),
          response.header("Content-Type").orElse(""));
    }
  }

  private Request request(String method, String path) {
    return Request.of(method, URI.create(config.url() + path));
  }

  private Answer get(String path) throws IOException {
    return send(request("GET", path));
  }

  private Answer operator(String method, String path, String body) throws IOException {
    String token = Files.readString(dir.resolve("operator.token")).strip();
    Request request = request(method, path).withBearer(token);
    return send(
        body.isEmpty()
            ? request
            : request.withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8))));
  }

  private void publish(String slug, String more) throws IOException {
    String body =
        "{\"slug\":\"%s\",\"snapshot\":\"open/one\",\"description\":%s}"
            .formatted(slug, DESCRIPTION.formatted(more));
    Answer made = operator("POST", "/api/v1/publications", body);
    assertThat(made.status()).as(made.text()).isEqualTo(201);
  }

  /// With its sha256, which the catalog then knows.
  private Answer upload(String name, String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
    return send(
        request("PUT", name)
            .withBearer(Files.readString(dir.resolve("operator.token")).strip())
            .withHeader(
                "Repr-Digest", "sha-256=:" + Base64.getEncoder().encodeToString(digest) + ":")
            .withBody(BodySource.bytes(bytes)));
  }

  private Map<String, byte[]> fill() throws Exception {
    Map<String, byte[]> files = new HashMap<>();
    String longName = "n".repeat(120) + ".csv";
    for (String name : List.of("a.csv", "b%20c.csv", longName)) {
      String text = "energy\n" + name + "\n";
      assertThat(upload("/data/open/" + name, text).status()).isEqualTo(201);
      files.put(
          "data/data/open/" + name.replace("%20", " "), text.getBytes(StandardCharsets.UTF_8));
    }
    assertThat(operator("PUT", "/data/closed", "not for you").status()).isEqualTo(201);
    String freeze =
        "{\"name\":\"open/one\",\"kind\":\"snapshot\",\"query\":\"name ~ /data/open/**\"}";
    assertThat(operator("POST", "/api/v1/datasets", freeze).status()).isEqualTo(201);
    return files;
  }

  @Test
  void aSnapshotIsReadBackPublishedAndReadByAnybody() throws Exception {
    Map<String, byte[]> files = fill();
    String check = "/api/v1/publication-check?snapshot=open/one";
    assertThat(operator("GET", check, "").text()).contains("\"unverified\",\"count\":3");
    assertThat(get("/data/open/a.csv").status()).isEqualTo(401);
    Answer read = operator("POST", "/api/v1/publication-verify?snapshot=open/one", "");
    assertThat(read.text().lines()).hasSize(3).allMatch(l -> l.contains("\"verified\""));
    publish("one", "");

    assertThat(get("/data/open/a.csv").text()).isEqualTo("energy\na.csv\n");
    assertThat(get("/data/closed").status()).isEqualTo(401);
    assertThat(get("/data/open/").status()).as("a listing shows what is not open").isEqualTo(401);
    assertThat(send(request("DELETE", "/data/open/a.csv")).status()).isEqualTo(401);

    byte[] bag = get("/open/one/one.tar").bytes();
    Map<String, String> sums = new HashMap<>();
    Map<String, byte[]> found = new HashMap<>();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(bag))) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        assertThat(e.getName()).startsWith("one/");
        found.put(e.getName().substring(4), tar.readAllBytes());
      }
    }
    String manifest =
        new String(found.getOrDefault("manifest-sha512.txt", new byte[0]), StandardCharsets.UTF_8);
    manifest.lines().forEach(l -> sums.put(l.substring(130), l.substring(0, 128)));
    assertThat(sums.keySet()).containsAll(files.keySet()).hasSize(files.size() + 1);
    for (Map.Entry<String, String> sum : sums.entrySet()) {
      byte[] bytes = found.get(sum.getKey());
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(bytes);
      assertThat(HexFormat.of().formatHex(digest)).as(sum.getKey()).isEqualTo(sum.getValue());
    }
    files.forEach((name, bytes) -> assertThat(found.get(name)).as(name).isEqualTo(bytes));
    requireSoundBag(found);
    for (int from : new int[] {0, 511, 512, 1000, bag.length - 1}) {
      Answer part =
          send(request("GET", "/open/one/one.tar").withHeader("Range", "bytes=" + from + "-"));
      assertThat(part.status()).isEqualTo(206);
      assertThat(part.bytes()).isEqualTo(java.util.Arrays.copyOfRange(bag, from, bag.length));
    }
  }

  /// The Library of Congress's own reader finds the bag complete and every checksum right.
  private void requireSoundBag(Map<String, byte[]> found) throws Exception {
    Path bag = Files.createDirectories(dir.resolve("bag"));
    for (Map.Entry<String, byte[]> file : found.entrySet()) {
      Path path = bag.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    try (BagVerifier verifier = new BagVerifier()) {
      verifier.isValid(new BagReader().read(bag), false);
    }
  }

  @Test
  void thePageSpeaksToPeopleAndPrograms() throws Exception {
    fill();
    operator("POST", "/api/v1/publication-verify?snapshot=open/one", "");
    publish("one", ",\"doi\":\"10.5072/firn.1\"");
    Answer page = get("/open/one");
    assertThat(page.text()).doesNotContain("<b>").doesNotContain("more</script>");
    int json = page.text().indexOf("ld+json\">") + "ld+json\">".length();
    String embedded = page.text().substring(json, page.text().indexOf("</script>"));
    assertThat(Json.mapper().readTree(embedded).path("name").asString())
        .isEqualTo("Events <b>& more</b> </script>");
    assertThat(page.links())
        .anyMatch(l -> l.equals("<https://doi.org/10.5072/firn.1>; rel=\"cite-as\""));

    Map<String, String> forms =
        Map.of(
            "application/ld+json", "\"sc:Dataset\"",
            "application/vnd.datacite.datacite+xml",
                "<identifier identifierType=\"DOI\">10.5072/firn.1<",
            "application/vnd.datacite.datacite+json", "\"publicationYear\"",
            "application/linkset+json", "\"linkset\"",
            "application/x-bibtex", "@misc{one",
            "text/html;q=0.5, application/x-bibtex;q=0.4", "<!doctype html>");
    for (Map.Entry<String, String> form : forms.entrySet()) {
      Answer answer = send(request("GET", "/open/one").withHeader("Accept", form.getKey()));
      assertThat(answer.text()).as(form.getKey()).contains(form.getValue());
    }
    // Every address that the linkset names answers, with the type it is said to have.
    var linkset = Json.mapper().readTree(get("/open/one/metadata/linkset").text()).path("linkset");
    int tried = 0;
    for (String relation : List.of("describedby", "item")) {
      for (var target : linkset.get(0).path(relation)) {
        String path = target.path("href").asString().substring(config.url().toString().length());
        Answer answer = get(path);
        assertThat(answer.status()).as(path).isEqualTo(200);
        if (relation.equals("describedby")) {
          assertThat(answer.type()).startsWith(target.path("type").asString());
        }
        tried++;
      }
    }
    assertThat(tried).isEqualTo(10);
    JsonNode fair = Json.mapper().readTree(get("/api/v1/publications/one/fair").text());
    assertThat(fair.path("results").valueStream().map(r -> r.path("id").asString()))
        .hasSize(31)
        .doesNotHaveDuplicates()
        .contains("FsF-F1-02MD-2", "FsF-A1.2-01MD-2", "FsF-R1.3-02D-1");
    assertThat(fair.path("of").asDouble()).isEqualTo(26);
    assertThat(fair.path("score").asDouble()).isBetween(15.0, 26.0);
    assertThat(get("/open").text()).contains("/open/one");
  }

  @Test
  void independentReadersTakeTheLinkedData() throws Exception {
    fill();
    operator("POST", "/api/v1/publication-verify?snapshot=open/one", "");
    publish(
        "one",
        """
        ,"doi":"10.5072/firn.1","collected":{"from":"2017-05-18","to":"2018-07-10"},
        "place":"South Pole","variables":[{"name":"energy","unit":"GeV","description":"e"}],
        "related":[{"relation":"IsDerivedFrom","identifier":"https://example.org/raw"}],
        "funding":[{"funder":"NSF","award":"1"}]
        """);
    ObjectNode croissant = document(get("/open/one/metadata/croissant").bytes());
    ObjectNode crate = document(get("/open/one/metadata/ro-crate").bytes());
    byte[] packed = new byte[0];
    byte[] bag = get("/open/one/one.tar").bytes();
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new ByteArrayInputStream(bag))) {
      for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
        packed = e.getName().endsWith("/ro-crate-metadata.json") ? tar.readAllBytes() : packed;
      }
    }
    Map<String, ObjectNode> documents = new LinkedHashMap<>();
    documents.put("Croissant", croissant);
    documents.put("schema.org", document(get("/open/one/metadata/jsonld").bytes()));
    documents.put("RO-Crate", crate);
    documents.put("RO-Crate in a bag", document(packed));
    documents.put("wrong: no licence", croissant.deepCopy().without("license"));
    documents.put("wrong: no such term", croissant.deepCopy().put("licence", "x"));
    ObjectNode sums = croissant.deepCopy();
    ((ObjectNode) sums.path("distribution").get(0)).put("sha256", "abc");
    documents.put("wrong: a sha256 that is none", sums);
    ObjectNode lost = crate.deepCopy();
    ((ObjectNode) lost.path("@graph").get(1)).put("titel", "lost on the way");
    documents.put("wrong: no such term of RO-Crate", lost);
    ObjectNode nameless = crate.deepCopy();
    ((ObjectNode) nameless.path("@graph").get(1)).remove("name");
    documents.put("wrong: no name", nameless);
    List<String> verdicts = LinkedDataReaders.verdicts(List.copyOf(documents.values()));
    int i = 0;
    for (String name : documents.keySet()) {
      String verdict = verdicts.get(i++);
      assertThat(verdict.equals("true"))
          .as(name + ": " + verdict)
          .isEqualTo(!name.startsWith("wrong"));
    }
  }

  /// Croissant wants a sha256 of every file: what the door was not given one of has it from reading
  /// back, and until then the document does not say that it is Croissant.
  @Test
  void readingBackMakesItCroissant() throws Exception {
    fill();
    assertThat(operator("PUT", "/data/open/d.csv", "energy\n").status()).isEqualTo(201);
    String freeze =
        "{\"name\":\"open/two\",\"kind\":\"snapshot\",\"query\":\"name ~ /data/open/**\"}";
    assertThat(operator("POST", "/api/v1/datasets", freeze).status()).isEqualTo(201);
    String body =
        "{\"slug\":\"two\",\"snapshot\":\"open/two\",\"description\":%s}"
            .formatted(DESCRIPTION.formatted(",\"declared\":{\"unverified\":\"soon\"}"));
    assertThat(operator("POST", "/api/v1/publications", body).status()).isEqualTo(201);
    Answer before = get("/open/two/metadata/croissant");
    assertThat(before.text()).contains("DataDownload").doesNotContain("conformsTo\":\"http");
    assertThat(before.type()).isEqualTo("application/ld+json");
    assertThat(get("/open/two").links()).noneMatch(l -> l.contains("mlcommons.org"));

    operator("POST", "/api/v1/publication-verify?snapshot=open/two", "");
    Answer after = get("/open/two/metadata/croissant");
    JsonNode document = Json.mapper().readTree(after.text());
    assertThat(document.path("conformsTo").asString()).endsWith("croissant/1.1");
    assertThat(document.path("distribution").valueStream())
        .hasSize(4)
        .allMatch(f -> f.path("@type").asString().equals("cr:FileObject"))
        .allMatch(f -> f.path("sha256").asString().length() == 64);
    assertThat(after.type()).contains("mlcommons.org");
    Answer again = operator("POST", "/api/v1/publication-verify?snapshot=open/two", "");
    assertThat(again.text()).isEmpty();
  }

  /// RFC 9264 section 4.2.4.3: what may stand there more than once is an array.
  @Test
  void profilesInTheLinksetAreArrays() throws Exception {
    fill();
    operator("POST", "/api/v1/publication-verify?snapshot=open/one", "");
    publish("one", "");
    var linkset = Json.mapper().readTree(get("/open/one/metadata/linkset").text()).path("linkset");
    assertThat(linkset.get(0).path("describedby").valueStream().map(l -> l.path("profile")))
        .anyMatch(p -> p.size() == 1)
        .allMatch(p -> p.isMissingNode() || p.isArray());
  }

  private static ObjectNode document(byte[] bytes) {
    return (ObjectNode) Json.mapper().readTree(bytes);
  }

  @Test
  void whatIsWithdrawnKeepsItsTombstoneAndGivesNoFile() throws Exception {
    fill();
    operator("POST", "/api/v1/publication-verify?snapshot=open/one", "");
    publish("one", "");
    String body = "{\"reason\":\"wrong <calibration>\"}";
    assertThat(
            send(request("POST", "/api/v1/publications/one/withdraw")
                    .withBody(BodySource.bytes(body.getBytes(StandardCharsets.UTF_8))))
                .status())
        .isEqualTo(401);
    assertThat(operator("POST", "/api/v1/publications/one/withdraw", body).status()).isEqualTo(200);
    assertThat(get("/open/one").status()).isEqualTo(410);
    assertThat(get("/open/one").text()).contains("wrong &lt;calibration&gt;");
    assertThat(get("/open/one/one.tar").status()).isEqualTo(410);
    assertThat(get("/data/open/a.csv").status()).isEqualTo(401);
    assertThat(get("/oai?verb=ListRecords&metadataPrefix=oai_dc").text()).contains("\"deleted\"");
  }
}
