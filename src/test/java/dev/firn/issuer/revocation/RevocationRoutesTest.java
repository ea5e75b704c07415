package dev.firn.issuer.revocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.cli.TokenCommands;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.issuer.revocation.RevocationRecord.Wish;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Revocations;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.Revocation.Kind;
import dev.firn.token.revocation.RevocationDocument;
import dev.firn.token.revocation.RevocationList;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class RevocationRoutesTest {
  private static final String HUB = "https://hub.example";
  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");

  @TempDir Path directory;

  private static Caller caller(String issuer, String subject, Instant issued) {
    return new Caller(
        new Caller.Identity(issuer, subject, "app", "id-1", "key-1", "f"),
        Caller.of(issuer, subject, "storage.read:/").permissions(),
        issued,
        issued.plusSeconds(3600));
  }

  private static RevocationList knowing(Revocation... all) throws IOException {
    RevocationList list = new RevocationList(() -> NOW);
    // By way of the document, as every door gets it.
    list.replaceFor(HUB, RevocationDocument.read(RevocationDocument.write(List.of(all))));
    return list;
  }

  @Test
  void eachKindStopsWhatItNamesAndNothingElse() throws IOException {
    Caller alice = caller(HUB, "alice", NOW.minusSeconds(10));
    for (Kind kind : Kind.values()) {
      String value =
          switch (kind) {
            case TOKEN -> "id-1";
            case SUBJECT -> "alice";
            case CLIENT -> "app";
            case KEY -> "key-1";
            case ISSUER -> "";
          };
      assertThat(knowing(Revocation.of(kind, HUB, value, NOW, Instant.MAX)).isRevoked(alice))
          .as(kind.label())
          .isTrue();
      assertThat(knowing(Revocation.of(kind, HUB, value + "x", NOW, Instant.MAX)).isRevoked(alice))
          .as("another " + kind.label())
          .isFalse();
      assertThat(
              knowing(Revocation.of(kind, HUB, value, NOW.minusSeconds(60), Instant.MAX))
                  .isRevoked(alice))
          .as("an earlier " + kind.label())
          .isFalse();
      assertThat(knowing(Revocation.of(kind, HUB, value, NOW, NOW)).isRevoked(alice))
          .as("a forgotten " + kind.label())
          .isFalse();
    }
  }

  @Test
  void anIssuerStopsOnlyItsOwnTokensAndTheOperatorAny() throws IOException {
    Revocation foreign =
        Revocation.of(Kind.SUBJECT, "https://other.example", "alice", NOW, Instant.MAX);
    Caller other = caller("https://other.example", "alice", NOW.minusSeconds(10));
    RevocationList list = knowing(foreign);
    assertThat(list.isRevoked(other)).isFalse();
    list.replace("file", List.of(foreign));
    assertThat(list.isRevoked(other)).isTrue();
    list.replace("file", List.of());
    assertThat(list.isRevoked(other)).isFalse();
  }

  @Test
  void whatIsStoppedHereIsStoppedByTheDocumentToo() throws IOException {
    Instant within = NOW.plusMillis(500);
    Caller alice = caller(HUB, "alice", NOW);
    Revocation made = Revocation.of(Kind.SUBJECT, HUB, "alice", within, within.plusSeconds(60));
    RevocationList here = new RevocationList(() -> NOW);
    here.replace("record", List.of(made));
    assertThat(here.isRevoked(alice)).isTrue();
    assertThat(knowing(made).isRevoked(alice)).as("at a door").isTrue();
  }

  @Test
  void documentNamesNobodyAndRefusesWhatItDoesNotKnow() {
    byte[] document =
        RevocationDocument.write(
            List.of(Revocation.of(Kind.SUBJECT, HUB, "alice", NOW, Instant.MAX)));
    String text = new String(document, StandardCharsets.UTF_8);
    assertThat(text).doesNotContain("alice");
    for (String bad :
        List.of(
            "",
            "[]",
            "{}",
            text.replace("subject", "planet"),
            text.replace("\"digest\":\"", "\"digest\":\"x"),
            text.substring(0, text.length() - 1),
            text.replaceAll("\"issued_before\":[0-9]+", "\"issued_before\":\"now\""))) {
      assertThatThrownBy(() -> RevocationDocument.read(bad.getBytes(StandardCharsets.UTF_8)))
          .as(bad)
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void recordOutlivesItsWriterAndCommandsChangeIt() throws Exception {
    try (TestDatabase test = TestDatabase.create()) {
      RevocationRecord record = new RevocationRecord(test.database(), Clock.systemUTC());
      record.add(new Wish(Kind.KEY, HUB, "key-1", null, null), "stolen", "operator");
      try (HttpServer server =
          server(record, AccessPolicy.open(List.of(InetAddress.getLoopbackAddress())))) {
        assertThat(run(server, "revoke", "--subject", "alice", "--reason", "left")).contains("2");
        String listed = run(server, "revocations");
        assertThat(listed).contains("alice", "left", "key-1", "stolen");
        // Another process finds both.
        RevocationRecord again = new RevocationRecord(test.database(), Clock.systemUTC());
        assertThat(again.list()).hasSize(2);
        run(server, "reinstate", "1");
        assertThat(again.list()).extracting(e -> e.what().value()).containsExactly("alice");
        RevocationList list = new RevocationList(Clock.systemUTC());
        list.replace("record", again.list().stream().map(e -> e.published()).toList());
        Instant now = Instant.now();
        assertThat(list.isRevoked(caller(HUB, "alice", now.minusSeconds(1)))).isTrue();
        assertThat(list.isRevoked(caller(HUB, "alice", now.plusSeconds(2)))).isFalse();
      }
    }
  }

  private HttpServer server(RevocationRecord record, AccessPolicy policy) throws Exception {
    Router router = new Router();
    Authenticator nobody =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, Clock.systemUTC());
    new RevocationRoutes(record, HUB, nobody, policy, Clock.systemUTC()).addTo(router, Audit.NONE);
    TestCertificates certificates = new TestCertificates(directory);
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return HttpServer.start(
        HttpServerConfig.https(loopback, certificates.certificate(), certificates.key())
            .withPlain(loopback),
        router);
  }

  private static String run(HttpServer server, String... arguments) {
    StringWriter out = new StringWriter();
    CommandLine line = new CommandLine(new TokenCommands());
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(out, true));
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--url");
    all.add("http://localhost:" + server.plainPort());
    int status = line.execute(all.toArray(String[]::new));
    assertThat(status).as(out.toString()).isZero();
    return out.toString();
  }
}
