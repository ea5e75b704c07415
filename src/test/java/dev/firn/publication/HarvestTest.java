package dev.firn.publication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import io.gdcc.xoai.serviceprovider.ServiceProvider;
import io.gdcc.xoai.serviceprovider.client.OAIClient;
import io.gdcc.xoai.serviceprovider.model.Context;
import io.gdcc.xoai.serviceprovider.parameters.ListRecordsParameters;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Validator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What harvesters see of publications, over OAI-PMH.
class HarvestTest extends PublicationFixture {
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
