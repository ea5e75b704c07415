package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.token.ticket.Tickets;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// I6: credentials that break a parser are nowhere repeated: not in the answer, and not in any line
/// that Firn logs, however much of that is kept.
class SilentRefusalsTest {
  private static final String CANARY = "canary8f3a61";

  @TempDir Path directory;
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger firn = (Logger) LoggerFactory.getLogger("dev.firn");
  private final @Nullable Level before = firn.getLevel();
  private TestTokens tokens;
  private TestSite site;

  @BeforeEach
  void start() throws Exception {
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    Door.Access access = tokens.access();
    Tickets tickets =
        Tickets.open(directory.resolve("secrets.json"), "https://door.example", Clock.systemUTC());
    options.access = new Door.Access(access.authenticator().accepting(tickets), access.policy());
    site = TestSite.start(directory, options);
    log.start();
    firn.addAppender(log);
    firn.setLevel(Level.ALL);
  }

  @AfterEach
  void stop() throws IOException {
    firn.setLevel(before);
    firn.detachAppender(log);
    site.close();
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Tokens and tickets of which every part that a parser reads breaks it, around the canary.
  private static List<String> credentials() {
    List<String> all = new ArrayList<>();
    List<String> broken =
        List.of(
            CANARY,
            "{" + CANARY,
            "{\"" + CANARY + "\":",
            "{\"alg\":\"" + CANARY + "\"}",
            "{\"alg\":\"RS256\",\"kid\":\"" + CANARY + "\"}",
            "{\"alg\":\"RS256\",\"kid\":\"k1\",\"jwk\":\"" + CANARY + "\"}",
            "{\"alg\":\"RS256\",\"kid\":\"k1\",\"x5u\":\"" + CANARY + ":\"}",
            "[\"" + CANARY + "\"]",
            "{\"a\":\"" + CANARY + "\",\"a\":1}",
            "{\"iss\":\"" + CANARY + "\"}",
            "{\"iss\":{\"" + CANARY + "\":1}}",
            "{\"iss\":\"https://issuer.example\",\"exp\":\"" + CANARY + "\"}",
            "{\"iss\":\"https://issuer.example\",\"aud\":\"" + CANARY + "\"}");
    String header = "{\"alg\":\"RS256\",\"kid\":\"k1\"}";
    for (String text : broken) {
      all.add(base64(text) + "." + base64("{}") + ".AAAA");
      all.add(base64(header) + "." + base64(text) + ".AAAA");
    }
    all.add(CANARY);
    all.add(CANARY + "." + CANARY + "." + CANARY);
    all.add(base64(header) + "." + base64("{}") + "." + CANARY);
    all.add(CANARY.repeat(2000));
    for (String packets : List.of("000f", "0030location " + CANARY + "\n", "ffff")) {
      all.add(base64(packets + CANARY));
    }
    return all;
  }

  private void assertSilent(String what, Answer answer, List<String> secrets) {
    for (String secret : secrets) {
      assertThat(answer.text()).as(what).doesNotContain(secret);
      assertThat(String.join("\n", answer.headers())).as(what).doesNotContain(secret);
      for (ILoggingEvent event : List.copyOf(log.list)) {
        assertThat(event.getFormattedMessage()).as(what).doesNotContain(secret);
        IThrowableProxy thrown = event.getThrowableProxy();
        if (thrown != null) {
          assertThat(ThrowableProxyUtil.asString(thrown)).as(what).doesNotContain(secret);
        }
      }
    }
    log.list.clear();
  }

  @Test
  void credentialsOfRequests() throws IOException {
    for (String credential : credentials()) {
      Answer answer =
          RawClient.ask(
              site.plainPort(),
              "GET /data/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
                  + credential
                  + "\r\n\r\n");
      assertThat(answer.status()).as(credential).isIn(400, 401, 431);
      assertSilent(credential, answer, List.of(CANARY, credential));
    }
  }

  @Test
  void credentialsForOthers() throws IOException {
    Asking door = new Asking(site.plainPort());
    String own = "Authorization: " + tokens.bearer("storage.modify:/");
    URI nowhere = URI.create("https://localhost:1/f");
    for (String header :
        List.of(
            "TransferHeaderAuthorization: " + CANARY,
            "TransferHeaderAuthorization: Bearer \u0001" + CANARY,
            "TransferHeader" + CANARY + ": x",
            "TransferHeaderHost: " + CANARY,
            "Credential: " + CANARY,
            "X-Number-Of-Streams: " + CANARY)) {
      Answer answer = door.ask("COPY", "/data/f", own, "Source: " + nowhere, header);
      assertThat(answer.status()).as(header).isBetween(400, 499);
      assertSilent(header, answer, List.of(CANARY));
    }
  }
}
