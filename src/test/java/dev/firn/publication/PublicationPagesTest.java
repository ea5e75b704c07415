package dev.firn.publication;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.console.Browser;
import dev.firn.events.EventWorld;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import javax.xml.transform.stream.StreamSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// Published datasets as Chromium shows them to everybody, and as DataCite would read them.
@Tag("peer")
class PublicationPagesTest {
  private static final Path PICTURES = Path.of("target", "pictures");
  private static final Cause ME = new Cause("me", "test");
  private static final String EVIL = "Cascades <img src=x onerror=alert(1)> & \\\"tracks\\\"";
  private static final String SEEN = "Cascades <img src=x onerror=alert(1)> & \"tracks\"";

  @TempDir static Path directory;
  private static EventWorld world;
  private static Publications publications;
  private static HttpServer server;
  private static Browser browser;
  private static String base;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    world = new EventWorld(directory);
    Datasets datasets = new Datasets(world.database, world.catalog);
    publications = new Publications(world.database, world.catalog, datasets, Clock.systemUTC());
    Router router = new Router();
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
    base = "http://127.0.0.1:" + server.plainPort();
    new PublicationRoutes(
            publications, world.area, EventWorld.HUB, URI.create(base), Clock.systemUTC())
        .addTo(router);
    register();
    datasets.snapshot("l2", FileQuery.parse("name ~ /data/exp/**"), "", ME);
    publish("cascades-1", EVIL, "");
    publish("cascades-2", "Cascades, again", ",\"supersedes\":\"cascades-1\"");
    publish("secret-1", "Not yet", ",\"embargo\":\"2099-01-01\"");
    publish("wrong-1", "A mistake", "");
    publications.withdraw("wrong-1", "the energies were wrong by a factor of two", ME);
  }

  @AfterAll
  static void stop() throws Exception {
    if (server != null) {
      server.close();
      world.close();
      browser.close();
    }
  }

  private static void register() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int part = 0; part < 12; part++) {
      lines.append(
          """
          {"name":"/data/exp/IceCube/2017/filtered/level2/0518/Run00129523/\
          Level2_IC86.2017_data_Run00129523_Subrun00000000_%08d.i3.zst","size":123456789,\
          "checksums":{"sha512":"%0128x"},\
          "metadata":{"run":129523,"subrun":0,"part":%d,"level":"L2"},\
          "replicas":[{"site":"madison"}]}
          """
              .formatted(part, part, part));
    }
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    new BulkLoad(world.catalog).load(new ByteArrayInputStream(bytes), ME, line -> {});
    List<CatalogFile> files = new ArrayList<>();
    world.catalog.queries().<RuntimeException>stream(
        FileQuery.parse("name ~ /data/exp/**"), files::add);
    for (CatalogFile file : files) {
      Verification read =
          new Verification(
              file.id(),
              EventWorld.HUB,
              123_456_789,
              file.checksums(),
              "read back",
              Clock.systemUTC().instant());
      world.database.inTransaction(c -> world.catalog.verify(c, read, "me"));
    }
  }

  private static void publish(String slug, String title, String more) {
    Description description =
        Description.parse(
            """
            {"title":"%s","summary":"Events of a season, with what each was taken for.",
             "creators":[{"name":"IceCube Collaboration"},
               {"name":"Curie, Marie","kind":"person",
                "identifier":"https://orcid.org/0000-0002-1825-0097","affiliation":"Sorbonne"}],
             "publisher":{"name":"IceCube Neutrino Observatory",
               "identifier":"https://ror.org/05evsby29"},
             "collected":{"from":"2017-05-18","to":"2018-07-10"},
             "variables":[{"name":"energy","unit":"GeV","description":"reconstructed energy"}],
             "related":[{"relation":"IsDocumentedBy","identifier":"https://doi.org/10.5072/x"}],
             "keywords":["neutrinos","South Pole"],"place":"South Pole",
             "funding":[{"funder":"National Science Foundation","award":"PHY-1"}],
             "licence":"CC-BY-4.0"%s}
            """
                .formatted(title, more));
    publications.publish(slug, "l2", description, ME);
  }

  @Test
  void fromTheListToADatasetAndItsFilesWithoutScripts() throws Exception {
    for (boolean scripts : new boolean[] {true, false}) {
      browser.size(1280, 1000).scripts(scripts).open(base + "/open");
      assertThat(browser.texts("li a")).contains(SEEN, "Cascades, again", "Not yet");
      assertThat(browser.texts("li p").getLast()).contains("withdrawn");
      browser.click("li a");
      assertThat(browser.address()).isEqualTo(base + "/open/cascades-1");
      assertThat(browser.text("h1")).isEqualTo(SEEN);
      assertThat(browser.texts("h2")).contains("What is in it", "How to cite", "Files");
      assertThat(browser.text(".notice")).contains("newer version").contains("cascades-2");
      assertThat(browser.texts("dt")).contains("Is documented by");
      assertThat(browser.texts("tbody td a")).hasSize(12);
      assertThat(browser.texts(".formats a")).hasSize(Format.values().length);
    }
    browser.picture(PICTURES.resolve("publication.png"));
    // Of the tombstone's 410, and of the picture that the whole hub has, it may complain.
    assertThat(browser.complaints())
        .allMatch(c -> c.contains("410 (Gone)") || c.endsWith("/favicon.ico"));
  }

  @Test
  void whatIsWithdrawnSaysWhyAndWhatIsNotYetOpenSaysWhen() throws Exception {
    browser.size(1280, 1000).open(base + "/open/wrong-1");
    assertThat(browser.text(".notice"))
        .contains("Withdrawn on")
        .contains("the energies were wrong by a factor of two");
    assertThat(browser.texts("tbody td a")).isEmpty();
    browser.picture(PICTURES.resolve("publication-withdrawn.png"));
    browser.open(base + "/open/secret-1");
    assertThat(browser.text(".notice")).contains("under embargo until 2099-01-01");
    assertThat(browser.texts("tbody td a")).isEmpty();
  }

  @Test
  void nothingIsWiderThanATelephone() throws Exception {
    for (String page :
        List.of(
            "/open", "/open/cascades-1", "/open/cascades-2", "/open/secret-1", "/open/wrong-1")) {
      browser.size(390, 844).open(base + page);
      assertThat(browser.tooWide()).as(page).isFalse();
    }
    browser.open(base + "/open/cascades-1");
    browser.picture(PICTURES.resolve("publication-narrow.png"));
    browser.open(base + "/open");
    browser.picture(PICTURES.resolve("publications-narrow.png"));
  }

  private static String metadata(String slug, String form) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI at = URI.create(base + "/open/" + slug + "/metadata/" + form);
      HttpResponse<String> answer =
          client.send(HttpRequest.newBuilder(at).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }

  /// DataCite's REST interface has the year as a number, this schema as text; all else must agree.
  @Test
  void datacitesDocumentsAreValidByItsSchemas() throws Exception {
    Path schemas = DataCiteSchemas.directory();
    Schema json =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2019_09)
            .getSchema(
                Files.readString(schemas.resolve(DataCiteSchemas.JSON))
                    .replace("2019-09/schema#", "2019-09/schema")
                    .replace("\"id\": \"" + DataCiteSchemas.JSON + "\",", ""),
                InputFormat.JSON);
    for (String slug : List.of("cascades-1", "cascades-2", "secret-1", "wrong-1")) {
      DataCiteSchemas.xml(schemas)
          .validate(new StreamSource(new StringReader(metadata(slug, "datacite.xml"))));
      ObjectNode root = (ObjectNode) Json.mapper().readTree(metadata(slug, "datacite.json"));
      assertThat(root.path("publicationYear").isInt()).isTrue();
      root.put("publicationYear", root.path("publicationYear").asString());
      assertThat(json.validate(root.toString(), InputFormat.JSON)).as(slug).isEmpty();
      root.withArray("relatedIdentifiers").addObject().put("relationType", "Likes");
      root.put("flavour", "strange");
      assertThat(json.validate(root.toString(), InputFormat.JSON)).hasSizeGreaterThan(1);
    }
  }
}
