package dev.firn.publication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.Hands;
import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.run.Runs;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import io.gdcc.xoai.serviceprovider.ServiceProvider;
import io.gdcc.xoai.serviceprovider.client.OAIClient;
import io.gdcc.xoai.serviceprovider.model.Context;
import io.gdcc.xoai.serviceprovider.parameters.ListRecordsParameters;
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
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Validator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What may be published, until when it is withheld, and what harvesters see of it.
class PublicationsTest {
  private static final Cause ME = new Cause("me", "test");
  private static final SiteName MADISON = new SiteName("madison");
  private final Hands clock = new Hands(Instant.parse("2026-11-26T00:00:00Z"));
  private TestDatabase test;
  private Catalog catalog;
  private Datasets datasets;
  private Publications publications;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    datasets = new Datasets(test.database(), catalog);
    publications = new Publications(test.database(), catalog, datasets, clock);
  }

  @AfterEach
  void close() {
    test.close();
  }

  /// Registers files of one run, content and part as given, with a verified copy at madison.
  private void register(String directory, int run, int... parts) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int part : parts) {
      lines.append(
          """
          {"name":"/data/%s/run%d/part%d","size":10,"checksums":{"sha512":"%0128x"},\
          "metadata":{"run":%d,"part":%d,"level":"L2"},"replicas":[{"site":"madison"}]}
          """
              .formatted(
                  directory,
                  run,
                  part,
                  directory.hashCode() * 1000L + run * 100L + part & 0xffffffL,
                  run,
                  part));
    }
    new BulkLoad(catalog)
        .load(
            new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
            ME,
            line -> {});
  }

  private void verify(String directory) {
    FileQuery all = FileQuery.parse("name ~ /data/" + directory + "/**");
    List<CatalogFile> files = new ArrayList<>();
    catalog.<RuntimeException>stream(all, files::add);
    for (CatalogFile file : files) {
      test.database()
          .inTransaction(c ->
              catalog.verify(
                  c,
                  new Verification(
                      file.id(), MADISON, 10, file.checksums(), "read back", clock.instant()),
                  "me"));
    }
  }

  private void freeze(String name, String directory) {
    datasets.snapshot(name, FileQuery.parse("name ~ /data/" + directory + "/**"), "", ME);
  }

  private static Description description(String title, String more) {
    return Description.parse(
        """
        {"title":"%s","summary":"s","creators":[{"name":"A & B"}],"publisher":{"name":"P"},
         "licence":"CC-BY-4.0"%s}
        """
            .formatted(title, more));
  }

  private void ready(String name) throws IOException {
    register(name, 1, 0, 1, 2);
    verify(name);
    freeze("set/" + name, name);
  }

  @Test
  void whatIsUnverifiedTwiceOrMissingIsRefusedUntilDeclared() throws IOException {
    register("a", 7, 0, 1, 4, 6);
    register("a", 8, 3);
    freeze("set/a", "a");
    assertThat(publications.check("set/a"))
        .extracting(Finding::kind, Finding::count)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("unverified", 5L),
            org.assertj.core.groups.Tuple.tuple("gaps", 3L));
    assertThat(publications.check("set/a").get(1).examples())
        .containsExactly("run 7 L2: part 2 to 3", "run 7 L2: part 5", "run 8 L2: part 1 to 2");
    Description plain = description("t", "");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .isInstanceOf(PublicationException.class)
        .hasMessageContaining("5 unverified")
        .hasMessageContaining("part 5");
    verify("a");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .hasMessageNotContainingAny("unverified")
        .hasMessageContaining("3 gaps");
    Description declared = description("t", ",\"declared\":{\"gaps\":\"detector was off\"}");
    assertThat(publications.publish("a1", "set/a", declared, ME).files()).isEqualTo(5);
    assertThat(publications.publish("a1", "set/a", declared, ME).slug()).isEqualTo("a1");
    assertThatThrownBy(() -> publications.publish("a1", "set/a", plain, ME))
        .hasMessageContaining("does not change");
  }

  @Test
  void theFirstAndTheLastPartThatTheCatalogKnowsOfAreMissed() throws IOException {
    register("b", 9, 1, 2);
    register("others", 9, 0, 3, 4);
    verify("b");
    freeze("set/b", "b");
    assertThat(publications.check("set/b"))
        .singleElement()
        .extracting(Finding::kind, Finding::examples)
        .containsExactly("gaps", List.of("run 9 L2: part 0", "run 9 L2: part 3 to 4"));
  }

  /// Where no part 0 is known of, numbering began at 1; where none below 3 is, some are missing.
  @Test
  void numberingMayBeginAtOneAndNotLater() throws IOException {
    register("one", 9, 1, 2);
    register("three", 10, 3);
    verify("one");
    verify("three");
    freeze("set/one", "one");
    freeze("set/three", "three");
    assertThat(publications.check("set/one")).isEmpty();
    assertThat(publications.check("set/three").getFirst().examples())
        .containsExactly("run 10 L2: part 1 to 2");
  }

  @Test
  void theFirstAndTheLastGoodRunOfASeasonAreMissed() throws IOException {
    new Runs(test.database())
        .keep(
            "IC86_2017_GoodRunInfo.txt",
            """
            RunNum Good_i3 Good_it LiveTime(s)
            129020 1 1 100
            129021 1 1 100
            129022 0 0 100
            129023 1 1 100
            """
                .getBytes(StandardCharsets.UTF_8),
            "me");
    register("c", 129_021, 0);
    verify("c");
    catalog.<RuntimeException>stream(
        FileQuery.parse("name ~ /data/c/**"),
        file ->
            test.database()
                .inTransaction(c -> {
                  catalog.describe(c, file.id(), file.metadata().withSeason(2017), ME);
                  return true;
                }));
    freeze("set/c", "c");
    assertThat(publications.check("set/c"))
        .singleElement()
        .extracting(Finding::kind, Finding::count, Finding::examples)
        .containsExactly(
            "gaps", 2L, List.of("run 129020 L2: all of it", "run 129023 L2: all of it"));
  }

  @Test
  void aNameReplacedAfterTheSnapshotIsFound() throws IOException {
    ready("r");
    CatalogFile file = catalog.find(LogicalName.parse("/data/r/run1/part1")).orElseThrow();
    test.database()
        .inTransaction(c -> {
          catalog.supersede(c, file.id(), ME);
          return null;
        });
    assertThat(publications.check("set/r")).extracting(Finding::kind).containsExactly("replaced");
  }

  @Test
  void anEmbargoOpensByItsDateAlone() throws IOException {
    ready("e");
    LogicalName file = LogicalName.parse("/data/e/run1/part1");
    assertThat(publications.isOpen(file)).isFalse();
    Publication held =
        publications.publish("e1", "set/e", description("t", ",\"embargo\":\"2027-01-01\""), ME);
    assertThat(held.access(clock.instant())).isEqualTo(Publication.Access.EMBARGOED);
    assertThat(publications.isOpen(file)).isFalse();
    clock.set(Instant.parse("2026-12-31T23:59:59Z"));
    assertThat(publications.isOpen(file)).isFalse();
    clock.set(Instant.parse("2027-01-01T00:00:00Z"));
    assertThat(publications.isOpen(file)).isTrue();
    assertThat(publications.isOpen(LogicalName.parse("/data/e/run1"))).isFalse();
    assertThat(publications.isOpen(LogicalName.parse("/data/e/run1/part"))).isFalse();
    // Its opening is a change that harvesters see.
    Instant opened = Instant.parse("2027-01-01T00:00:00Z");
    assertThat(publications.changed(opened, opened.plusSeconds(1), null, 10).page()).hasSize(1);
    publications.withdraw("e1", "wrong calibration", ME);
    assertThat(publications.isOpen(file)).isFalse();
  }

  @Test
  void versionsFormOneChain() throws IOException {
    ready("v");
    publications.publish("v1", "set/v", description("t", ""), ME);
    publications.publish("v2", "set/v", description("t", ",\"supersedes\":\"v1\""), ME);
    assertThat(publications.load("v1").successor()).isEqualTo("v2");
    Description another = description("t", ",\"supersedes\":\"v1\"");
    assertThatThrownBy(() -> publications.publish("v3", "set/v", another, ME))
        .hasMessageContaining("already replaced by v2");
  }

  @Test
  void aDescriptionThatLacksSomethingSaysWhat() {
    for (String wrong :
        List.of(
            "\"licence\":\"MIT\"",
            "\"embargo\":\"tomorrow\"",
            "\"version\":\"2\"",
            "\"doi\":\"nonsense\"",
            "\"declared\":{\"weather\":\"bad\"}",
            "\"colour\":\"blue\"",
            "\"related\":[{\"relation\":\"Loves\",\"identifier\":\"https://a.example\"}]",
            "\"collected\":{\"from\":\"2020-01-02\",\"to\":\"2020-01-01\"}",
            "\"creators\":[{\"name\":\"x\",\"identifier\":\"javascript:alert(1)\"}]")) {
      assertThatThrownBy(() -> description("t", "," + wrong))
          .as(wrong)
          .isInstanceOf(PublicationException.class);
    }
  }

  private HttpServer serve(int page) throws IOException {
    Router router = new Router();
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    HttpServer server = HttpServer.start(HttpServerConfig.plainOnly(loopback), router);
    URI url = URI.create("http://127.0.0.1:" + server.plainPort());
    OaiRoutes.Contact contact = new OaiRoutes.Contact("Test", "data@example.org");
    new OaiRoutes(publications, url, contact, clock, page).addTo(router);
    return server;
  }

  private static String ask(HttpServer server, String query) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.plainPort() + "/oai?" + query);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      return answer.body();
    }
  }

  private void publishFive() throws IOException {
    ready("h");
    for (int i = 1; i <= 5; i++) {
      publications.publish("h" + i, "set/h", description("title <" + i + "> \\u0001 ]]>", ""), ME);
      if (i % 2 == 0) { // two at a time share a second
        clock.turn(Duration.ofSeconds(60));
      }
    }
    publications.withdraw("h2", "wrong", ME);
  }

  @Test
  void everyRecordIsHarvestedOnceOverPagesOfTwo() throws Exception {
    publishFive();
    try (HttpServer server = serve(2)) {
      List<String> found = new ArrayList<>();
      String query = "verb=ListRecords&metadataPrefix=oai_datacite";
      for (int page = 0; page < 5 && query != null; page++) {
        String answer = ask(server, query);
        assertThat(ask(server, query)).as("a token works twice").isEqualTo(answer);
        Matcher ids =
            Pattern.compile("<identifier>oai:127.0.0.1:(h\\d)</identifier>").matcher(answer);
        while (ids.find()) {
          found.add(ids.group(1));
        }
        Matcher token = Pattern.compile("cursor=\"\\d\">([^<]+)</resumptionToken>").matcher(answer);
        query = token.find() ? "verb=ListRecords&resumptionToken=" + token.group(1) : null;
      }
      assertThat(found).containsExactlyInAnyOrder("h1", "h2", "h3", "h4", "h5");
      assertThat(ask(server, "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:127.0.0.1:h2"))
          .contains("status=\"deleted\"")
          .doesNotContain("<metadata>");
    }
  }

  @Test
  void bothGranularitiesFindTheDayAndErrorsAreOfTheProtocol() throws Exception {
    publishFive();
    try (HttpServer server = serve(100)) {
      String list = "verb=ListIdentifiers&metadataPrefix=oai_dc&";
      assertThat(ask(server, list + "from=2026-11-26&until=2026-11-26")).contains(":h5<");
      assertThat(ask(server, list + "from=2026-11-26T00:00:00Z&until=2026-11-26T00:00:00Z"))
          .contains(":h1<")
          .doesNotContain(":h3<");
      for (String[] wrong :
          new String[][] {
            {"", "badVerb"},
            {"verb=junk", "badVerb"},
            {"verb=Identify&verb=Identify", "badVerb"},
            {"verb=Identify&x=1", "badArgument"},
            {"verb=ListRecords", "badArgument"},
            {"verb=ListRecords&metadataPrefix=marc21", "cannotDisseminateFormat"},
            {"verb=ListSets", "noSetHierarchy"},
            {list + "set=a", "noSetHierarchy"},
            {list + "from=2026-11-26&until=2026-11-26T00:00:00Z", "badArgument"},
            {list + "from=2027-01-01", "noRecordsMatch"},
            {list + "from=yesterday", "badArgument"},
            {"verb=ListRecords&resumptionToken=%00nonsense", "badResumptionToken"},
            {"verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:y", "idDoesNotExist"},
          }) {
        assertThat(ask(server, wrong[0])).as(wrong[0]).contains("code=\"" + wrong[1] + "\"");
      }
    }
  }

  /// What was withdrawn meanwhile is at the end of the list, and no longer before the token.
  @Test
  void theLastPageComesThoughARecordLeftTheListBetweenPages() throws Exception {
    publishFive();
    try (HttpServer server = serve(2)) {
      String query = "verb=ListIdentifiers&metadataPrefix=oai_dc&until=2026-11-26T00:05:00Z";
      List<String> found = new ArrayList<>();
      for (int page = 0; page < 5 && query != null; page++) {
        String answer = ask(server, query);
        Matcher ids = Pattern.compile(":(h\\d)</identifier>").matcher(answer);
        while (ids.find()) {
          found.add(ids.group(1));
        }
        if (page == 0) {
          clock.turn(Duration.ofHours(1));
          publications.withdraw("h1", "wrong", ME);
        }
        Matcher token = Pattern.compile("cursor=\"\\d\">([^<]+)</resumptionToken>").matcher(answer);
        query = token.find() ? "verb=ListIdentifiers&resumptionToken=" + token.group(1) : null;
      }
      assertThat(found).contains("h1", "h2", "h3", "h4", "h5");
    }
  }

  /// A record is dated by when it is written: nobody who asked before then is told that he has all.
  @Test
  void aRecordThatWaitedIsDatedWhenItIsWritten() throws Exception {
    ready("w");
    publications.publish("w1", "set/w", description("t", ""), ME);
    Description next = description("t", ",\"supersedes\":\"w1\"");
    Instant waited = clock.instant().plusSeconds(60);
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      for (Runnable change :
          List.<Runnable>of(
              () -> publications.publish("w2", "set/w", next, ME),
              () -> publications.withdraw("w1", "wrong", ME))) {
        Future<?> done =
            test.database()
                .inTransaction(c -> {
                  try (Statement hold = c.createStatement()) {
                    hold.execute("SELECT FROM publication WHERE slug = 'w1' FOR UPDATE");
                    hold.execute("SELECT pg_advisory_xact_lock(hashtext('firn datestamps'))");
                    Future<?> begun = other.submit(change);
                    while (waiting(c) == 0) {
                      Thread.onSpinWait();
                    }
                    clock.turn(Duration.ofSeconds(60));
                    return begun;
                  }
                });
        done.get(30, TimeUnit.SECONDS);
        assertThat(publications.load("w1").changed()).isEqualTo(waited);
        waited = waited.plusSeconds(60);
      }
      assertThat(publications.load("w2").published()).isEqualTo(waited.minusSeconds(120));
    }
  }

  private static int waiting(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void twoThatSupersedeOneAtOnceAreAConflict() throws Exception {
    ready("s");
    publications.publish("s1", "set/s", description("t", ""), ME);
    Description next = description("t", ",\"supersedes\":\"s1\"");
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      List<Future<String>> done = new ArrayList<>();
      test.database()
          .inTransaction(c -> {
            try (Statement hold = c.createStatement()) {
              hold.execute("SELECT FROM publication WHERE slug = 's1' FOR UPDATE");
              hold.execute("SELECT pg_advisory_xact_lock(hashtext('firn datestamps'))");
              for (String slug : List.of("s2", "s3")) {
                done.add(both.submit(() -> outcome(slug, next)));
              }
              while (waiting(c) < 2) {
                Thread.onSpinWait();
              }
              return true;
            }
          });
      assertThat(List.of(done.get(0).get(), done.get(1).get()))
          .containsExactlyInAnyOrder("published", "conflict");
    }
  }

  private String outcome(String slug, Description next) {
    try {
      publications.publish(slug, "set/s", next, ME);
      return "published";
    } catch (PublicationException e) {
      return e.code();
    }
  }

  @Test
  void aDoiIsOfOnePublicationAlone() throws IOException {
    ready("d");
    publications.publish("d1", "set/d", description("t", ",\"doi\":\"10.5072/firn.A\""), ME);
    Description same = description("t", ",\"doi\":\"10.5072/FIRN.a\"");
    assertThatThrownBy(() -> publications.publish("d2", "set/d", same, ME))
        .isInstanceOfSatisfying(
            PublicationException.class, e -> assertThat(e.code()).isEqualTo("conflict"))
        .hasMessageContaining("d1");
  }

  private static String token(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Section 3.6: what is a badArgument is not repeated in attributes of `request`.
  @Test
  void anArgumentOfWrongSyntaxIsRefusedWithoutRepeatingIt() throws Exception {
    publishFive();
    try (HttpServer server = serve(2)) {
      String list = "verb=ListRecords&metadataPrefix=oai_dc&";
      for (String wrong :
          List.of(
              "verb=ListRecords&metadataPrefix=oai%20dc",
              "verb=GetRecord&metadataPrefix=oai/dc&identifier=oai:127.0.0.1:h1",
              "verb=GetRecord&metadataPrefix=oai_dc&identifier=no%20uri",
              "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:a%25zz",
              "verb=ListMetadataFormats&identifier=",
              list + "set=a%20b",
              list + "set=a::b")) {
        assertThat(ask(server, wrong))
            .as(wrong)
            .contains("code=\"badArgument\"")
            .contains("<request>http");
      }
      for (String token :
          List.of(
              token("oai_dc 0 253370764800 99999999999999 1 2"),
              token("oai_dc 99999999999999 99999999999999 0 1 2"),
              token("oai_dc -99999999999999 253370764800 0 1 2"))) {
        assertThat(ask(server, "verb=ListRecords&resumptionToken=" + token))
            .contains("code=\"badResumptionToken\"");
      }
      // What the arguments may name, a token holds too.
      String wide = ask(server, list + "from=0001-01-01&until=9999-12-31");
      Matcher token = Pattern.compile("cursor=\"0\">([^<]+)</resumptionToken>").matcher(wide);
      assertThat(token.find()).isTrue();
      assertThat(ask(server, "verb=ListRecords&resumptionToken=" + token.group(1)))
          .contains("<record>");
    }
  }

  @Test
  void xoaiHarvestsThemAllByBothForms() throws Exception {
    publishFive();
    try (HttpServer server = serve(2)) {
      String base = "http://127.0.0.1:" + server.plainPort() + "/oai";
      // The harvester reads records, not what is inside of them.
      Context context =
          new Context()
              .withBaseUrl(base)
              .withOAIClient(OAIClient.newBuilder().withBaseUrl(base).build())
              .withSaveUnparsedMetadata();
      ServiceProvider harvester = new ServiceProvider(context);
      assertThat(harvester.identify().getRepositoryName()).isEqualTo("Test");
      assertThat(harvester.identify().getDeletedRecord().value()).isEqualTo("persistent");
      for (String form : List.of("oai_dc", "oai_datacite", "datacite")) {
        TreeSet<String> found = new TreeSet<>();
        harvester
            .listRecords(ListRecordsParameters.request().withMetadataPrefix(form))
            .forEachRemaining(r ->
                found.add(
                    r.getHeader().getIdentifier() + (r.getHeader().isDeleted() ? " deleted" : "")));
        assertThat(found)
            .containsExactly(
                "oai:127.0.0.1:h1",
                "oai:127.0.0.1:h2 deleted",
                "oai:127.0.0.1:h3",
                "oai:127.0.0.1:h4",
                "oai:127.0.0.1:h5");
      }
    }
  }

  @Test
  void answersOfAllVerbsAreValid() throws Exception {
    Validator validator = OaiSchemas.validator();
    publishFive();
    try (HttpServer server = serve(2)) {
      for (String query :
          List.of(
              "verb=Identify",
              "verb=ListMetadataFormats",
              "verb=ListSets",
              "verb=ListIdentifiers&metadataPrefix=oai_dc",
              "verb=ListRecords&metadataPrefix=oai_dc",
              "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:127.0.0.1:h1",
              "verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:127.0.0.1:h2",
              "verb=Unknown")) {
        String answer = ask(server, query);
        assertThatCode(() -> validator.validate(new StreamSource(new StringReader(answer))))
            .as(query + "\n" + answer)
            .doesNotThrowAnyException();
      }
    }
  }

  @Test
  @Tag("peer")
  void perlsHarvesterGetsThemAll() throws Exception {
    Assumptions.assumeTrue(
        new ProcessBuilder("perl", "-MHTTP::OAI", "-e", "1").start().waitFor() == 0,
        "perl's HTTP::OAI is not installed");
    publishFive();
    try (HttpServer server = serve(2)) {
      String program =
          """
          use HTTP::OAI; my $h = HTTP::OAI::Harvester->new(baseURL => $ARGV[0]);
          my $i = $h->Identify; die $i->message if $i->is_error; print $i->repositoryName, "\\n";
          my $l = $h->ListRecords(metadataPrefix => 'oai_dc', onRecord => sub {
            my $r = shift; print $r->identifier, " ", ($r->is_deleted ? 'deleted' : 'there'), "\\n" });
          die $l->message if $l->is_error;
          """;
      Process perl =
          new ProcessBuilder(
                  "perl", "-e", program, "http://127.0.0.1:" + server.plainPort() + "/oai")
              .redirectErrorStream(true)
              .start();
      String output = new String(perl.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(perl.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(output).startsWith("Test\n");
      TreeSet<String> lines = new TreeSet<>(output.lines().skip(1).toList());
      assertThat(lines)
          .containsExactlyElementsOf(
              Stream.of("h1 there", "h2 deleted", "h3 there", "h4 there", "h5 there")
                  .map(l -> "oai:127.0.0.1:" + l)
                  .toList());
    }
  }
}
