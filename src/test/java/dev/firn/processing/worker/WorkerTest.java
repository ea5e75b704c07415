package dev.firn.processing.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpProblem;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A worker at a hub of which only the answers are there.
class WorkerTest {
  private static final String BASE = "/api/v1/campaigns/pass3";

  @TempDir Path directory;
  private final List<JsonNode> failed = new CopyOnWriteArrayList<>();
  private final AtomicInteger leases = new AtomicInteger();
  private boolean leaseGone;

  private Map<String, Object> lease(int port) {
    if (leases.getAndIncrement() > 0) {
      return Map.of("stop", "enough");
    }
    String at = "http://127.0.0.1:" + port;
    Map<String, Object> file =
        Map.of("url", at + "/data/gone.i3", "size", 10, "sha512", "ab".repeat(64));
    Map<String, Object> unit =
        Map.of("unit", "u1", "attempt", 1, "file", "1", "gcd", "1", "first", 0, "events", 4);
    return Map.of(
        "lease",
        "L",
        "lease_seconds",
        60,
        "limit_seconds",
        60,
        "token",
        "t",
        "command",
        "true",
        "prefix",
        at + "/data/out/",
        "files",
        Map.of("1", file),
        "units",
        List.of(unit));
  }

  private String work(int inputStatus) throws Exception {
    Router router = new Router();
    router.add(
        "POST",
        BASE + "/renewal",
        e ->
            Json.respond(
                e, 200, Map.of("token", "t", "token_ends", Instant.now().plusSeconds(600))));
    router.add(
        "POST",
        BASE + "/leases",
        e -> {
          e.body().readAllBytes();
          Json.respond(e, 200, lease(e.local().getPort()));
        });
    router.add("POST", BASE + "/leases/L/heartbeat", e -> Json.respond(e, 200, Map.of("held", 1)));
    router.add(
        "POST",
        BASE + "/leases/L/fail",
        e -> {
          failed.add(Json.mapper().readTree(e.body().readAllBytes()).path("units").get(0));
          if (leaseGone) {
            throw new HttpProblem(404, "not-found", "there is no such lease");
          }
          Json.respond(e, 200, Map.of("outcomes", List.of()));
        });
    router.add(
        "GET",
        "/data/gone.i3",
        e -> {
          throw new HttpProblem(inputStatus, "gone", "it is not here");
        });
    HttpServerConfig config =
        HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (HttpServer server = HttpServer.start(config, router);
        HttpFetcher client = HttpClients.create(HttpClients.Config.trusting())) {
      Worker.Config how =
          new Worker.Config("w", directory, 1, Duration.ZERO, Duration.ofSeconds(1));
      URI url = URI.create("http://127.0.0.1:" + server.plainPort());
      return new Worker(client, url, "pass3", "t", how, (unit, outcome, why) -> {}).run();
    }
  }

  @Test
  void anInputThatIsNotThereIsAFaultOfTheInput() throws Exception {
    for (int status : new int[] {404, 410}) {
      failed.clear();
      leases.set(0);
      assertThat(work(status)).isEqualTo("enough");
      assertThat(failed).as("status %d", status).hasSize(1);
      assertThat(failed.getFirst().path("fault").asString()).isEqualTo("input");
      assertThat(failed.getFirst().path("reason").asString()).contains("gone.i3");
    }
  }

  @Test
  void anInputThatIsRefusedIsTroubleAround() throws Exception {
    assertThat(work(403)).isEqualTo("enough");
    assertThat(failed).extracting(f -> f.path("fault").asString()).containsExactly("around");
  }

  @Test
  void aLeaseThatIsGoneIsLetGo() throws Exception {
    leaseGone = true;
    assertThat(work(404)).isEqualTo("enough");
  }
}
