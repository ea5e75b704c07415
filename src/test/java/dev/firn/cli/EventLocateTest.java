package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// What `firn events locate` asks a site for.
class EventLocateTest {
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final StringWriter err = new StringWriter();
  private HttpServer site;

  @BeforeEach
  void start() throws IOException {
    Router router = new Router();
    router.add(
        "GET",
        EventPasses.BASE + "/locate",
        exchange -> {
          asked.add(
              exchange.query("run").orElse("-")
                  + " "
                  + exchange.query("subrun").orElse("-")
                  + " "
                  + exchange.query("event").orElse("-"));
          Json.respond(exchange, 200, Map.of("files", List.of()));
        });
    InetAddress loopback = InetAddress.getLoopbackAddress();
    site = HttpServer.start(HttpServerConfig.plainOnly(new InetSocketAddress(loopback, 0)), router);
  }

  @AfterEach
  void stop() {
    site.close();
  }

  private int locate(String... words) {
    CommandLine line = new CommandLine(new EventQuestions.Locate());
    line.setOut(new PrintWriter(new StringWriter())).setErr(new PrintWriter(err, true));
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--url", "http://127.0.0.1:" + site.plainPort()));
    return line.execute(all.toArray(String[]::new));
  }

  @Test
  void anEventIsNamedWholeOrNotAtAll() {
    locate();
    locate("--run", "7", "--event", "9");
    locate("--run", "7", "--subrun", "2", "--event", "9");
    assertThat(asked).containsExactly("- - -", "7 - 9", "7 2 9");
    assertThat(err.toString()).isEmpty();
    assertThat(locate("--run", "7")).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString()).contains("--event");
    assertThat(asked).hasSize(3);
  }
}
