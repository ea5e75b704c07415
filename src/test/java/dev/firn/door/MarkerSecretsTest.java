package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/// What a third-party copy says of the far side and of the credential that it was given, in its
/// markers and in the log.
class MarkerSecretsTest {
  private static final String CREDENTIAL = "a-credential-that-nobody-shall-read";
  private static final String INSIDE = "what the far side says among its own";

  @TempDir Path directory;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
  private HttpServer peer;
  private TestSite site;
  private volatile int status = 500;

  @BeforeEach
  void start() throws Exception {
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    peer =
        HttpServer.start(
            HttpServerConfig.plainOnly(loopback).withThreads(8).withGrace(Duration.ofMillis(100)),
            exchange -> {
              exchange.setHeader("X-Inside", INSIDE);
              exchange.respond(
                  status, "text/plain", (INSIDE + CREDENTIAL).getBytes(StandardCharsets.US_ASCII));
            });
    TestSite.Options options = new TestSite.Options();
    options.config =
        config ->
            config.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + peer.plainPort()));
    site = TestSite.start(directory, options);
    log.start();
    root.addAppender(log);
  }

  @AfterEach
  void stop() throws IOException {
    root.detachAppender(log);
    site.close();
    peer.close();
  }

  private String copy(String direction) throws IOException {
    Asking door = new Asking(site.plainPort());
    door.put("/data/f", "bytes");
    Answer answer =
        door.ask(
            "COPY",
            direction.equals("Source") ? "/data/new" : "/data/f",
            direction + ": http://localhost:" + peer.plainPort() + "/f?authz=" + CREDENTIAL,
            "TransferHeaderAuthorization: Bearer " + CREDENTIAL);
    return String.join("\n", answer.headers()) + "\n" + answer.text();
  }

  private void assertNothingIsTold(String answer) {
    assertThat(answer).doesNotContain(CREDENTIAL).doesNotContain(INSIDE);
    List<ILoggingEvent> events = List.copyOf(log.list);
    assertThat(events)
        .extracting(ILoggingEvent::getFormattedMessage)
        .noneMatch(line -> line.contains(CREDENTIAL));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 500, 503})
  void aFailureTellsTheFarSidesStatusAndNoWordOfItsE12(int far) throws IOException {
    status = far;
    String answer = copy("Source");
    assertThat(answer).contains(String.valueOf(far));
    assertNothingIsTold(answer);
  }

  @Test
  void theCredentialOfACopyIsInNoMarkerAndNoLogE18I7() throws IOException {
    for (String direction : List.of("Source", "Destination")) {
      for (int far : new int[] {200, 201, 403, 500}) {
        status = far;
        assertNothingIsTold(copy(direction));
      }
    }
  }
}
