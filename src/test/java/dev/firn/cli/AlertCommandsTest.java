package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.alerts.Channel;
import dev.firn.alerts.Dispatcher;
import dev.firn.alerts.Notice;
import dev.firn.alerts.NoticeRoutes;
import dev.firn.alerts.Notices;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// `firn alert` as an operator types it.
class AlertCommandsTest {
  private static final String CANDIDATE =
      """
      {"run": 137840, "event": 54082540, "triggered": "2023-04-16T05:22:53Z", "ra": 345.85,
       "dec": 9.14, "error": 0.9, "signalness": 0.6}
      """;

  @TempDir Path dir;
  private TestDatabase test;
  private HttpServer server;
  private final Sink sink = new Sink();

  /// A channel that can be away.
  private static final class Sink implements Channel {
    private final List<String> taken = new ArrayList<>();
    private volatile boolean away;

    @Override
    public String name() {
      return "sink";
    }

    @Override
    public String position(Notice notice) {
      return "";
    }

    @Override
    public synchronized String send(Notice notice) throws IOException {
      if (away) {
        throw new IOException("it is away");
      }
      taken.add(notice.eventName() + "/" + notice.revision());
      return "taken";
    }

    @Override
    public Optional<String> find(Notice notice, String position) {
      return Optional.empty();
    }

    @Override
    public void close() {}
  }

  private record Said(int status, String out, String err) {}

  @BeforeEach
  void start() throws IOException {
    test = TestDatabase.create();
    Notices notices =
        new Notices(
            test.database(),
            Notices.Thresholds.STANDARD,
            List.of(new Notices.Outlet("sink", true)),
            Clock.systemUTC());
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Router router = new Router();
    new NoticeRoutes(
            notices,
            new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system()),
            AccessPolicy.open(List.of(loopback)))
        .addTo(router);
    server =
        HttpServer.start(HttpServerConfig.plainOnly(new InetSocketAddress(loopback, 0)), router);
  }

  @AfterEach
  void stop() {
    server.close();
    test.close();
  }

  private Said alert(String... words) {
    CommandLine line = new CommandLine(new AlertCommands());
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--url", "http://127.0.0.1:" + server.plainPort()));
    return new Said(line.execute(all.toArray(String[]::new)), out.toString(), err.toString());
  }

  private String file(String candidate) throws IOException {
    return Files.writeString(dir.resolve("candidate.json"), candidate).toString();
  }

  @Test
  void anEmptyListSaysSo() {
    Said said = alert("ls");
    assertThat(said.status()).isEqualTo(ExitCode.NEGATIVE.status());
    assertThat(said.err()).contains("no notices");
  }

  @Test
  void aCandidateThatLacksSomethingIsToldWhat() throws Exception {
    Said said = alert("send", file("{\"run\": 1}"));
    assertThat(said.err()).contains("triggered is missing").doesNotContain("Cannot construct");
  }

  @Test
  void aNoticeIsSentShownAndRetracted() throws Exception {
    try (Dispatcher sender = Dispatcher.start(test.database(), List.of(sink), Clock.systemUTC())) {
      assertThat(sender).isNotNull();
      Said sent = alert("send", file(CANDIDATE), "--wait", "60s");
      assertThat(sent.status()).as(sent.out() + sent.err()).isZero();
      assertThat(sent.out()).contains("IceCube-230416A").contains("sink sent");

      Said retracted =
          alert(
              "retract", "IceCube-230416A", "--reason", "a flasher \u001b[2J run", "--wait", "60s");
      assertThat(retracted.status()).as(retracted.out() + retracted.err()).isZero();
    }
    assertThat(sink.taken).containsExactly("IceCube-230416A/0", "IceCube-230416A/1");
    Said shown = alert("show", "IceCube-230416A");
    assertThat(shown.out())
        .contains("Gold Track Alert, run 137840 event 54082540, p_astro 0.6")
        .contains("ra 345.85, dec 9.14, within 0.9 degrees")
        .contains("because: a flasher \\x1b[2J run")
        .contains("sink: sent, 1 attempts, taken");
    // Of an event years ago it is no number with an exponent.
    assertThat(shown.out())
        .containsPattern("\\d{4,}:\\d\\d:\\d\\d")
        .doesNotContainPattern("\\dE\\d");
    Said xml = alert("show", "IceCube-230416A", "--voevent");
    assertThat(xml.out()).contains("VOEvent").contains("retraction");
  }

  @Test
  void waitingForAChannelThatIsAwayEndsAndSaysWhatItLacks() throws Exception {
    sink.away = true;
    try (Dispatcher sender = Dispatcher.start(test.database(), List.of(sink), Clock.systemUTC())) {
      assertThat(sender).isNotNull();
      Said sent = alert("send", file(CANDIDATE), "--wait", "2s");
      assertThat(sent.status()).isEqualTo(ExitCode.NEGATIVE.status());
      assertThat(sent.out()).contains("(it is away)");
      sink.away = false;
      Said replayed = alert("replay", "IceCube-230416A", "--wait", "60s");
      assertThat(replayed.status()).as(replayed.out() + replayed.err()).isZero();
    }
    assertThat(sink.taken).containsExactly("IceCube-230416A/0");
  }
}
