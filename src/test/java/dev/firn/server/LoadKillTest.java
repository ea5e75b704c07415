package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.EventWorld;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A hub killed with SIGKILL while files become columns: each event is there once, what was in hand
/// is taken up at once, and `firn events gc` finds what nobody needs.
@Tag("slow")
class LoadKillTest {
  private static final long SEED = Long.getLong("firn.seed", 20_261_127L);
  private static final int KILLS = Integer.getInteger("firn.load.kills", 5);
  private static final int RUNS = 12;
  private static final int FILES = 3;
  private static final int EVENTS = 1_500;
  private static final String BASE = "/api/v1/events";

  @TempDir Path directory;
  private HubProcess hub;

  @BeforeEach
  void start() throws Exception {
    hub = new HubProcess(directory);
  }

  @AfterEach
  void stop() throws InterruptedException {
    hub.close();
  }

  private JsonNode json(int status, String method, String path, Object body) throws IOException {
    return hub.json(status, method, BASE + path, hub.operator(), body);
  }

  @Test
  void everyEventIsThereOnceHoweverOftenTheHubIsKilled() throws Exception {
    System.out.println("LoadKillTest: seed " + SEED);
    Random random = new Random(SEED);
    List<String> names = new ArrayList<>();
    for (int run = 1; run <= RUNS; run++) {
      for (int file = 0; file < FILES; file++) {
        String name = "/data/exp/L2/Run%08d_Subrun%08d.i3".formatted(run, file);
        byte[] bytes = EventWorld.i3(run, file, 1 + (long) EVENTS * file, EVENTS);
        hub.send(201, "PUT", name, hub.operator(), bytes);
        names.add(name);
      }
    }
    json(201, "POST", "/passes", Map.of("name", "pass2", "pulses", "InIcePulses"));
    json(202, "POST", "/load", Map.of("pass", "pass2", "files", names));
    int interrupted = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      Thread.sleep(random.nextInt(600));
      interrupted += done() < names.size() ? 1 : 0;
      hub.killAndStart();
    }
    assertThat(interrupted).as("kills that came before the end").isPositive();
    long until = System.nanoTime() + 240_000_000_000L;
    while (done() < names.size() && System.nanoTime() < until) {
      Thread.sleep(100);
    }
    assertThat(done()).isEqualTo(names.size());
    assertThat(work()).as("batches that were being written").isEmpty();

    String count =
        "SELECT count(*) AS n, count(DISTINCT (run, event)) AS events, sum(pulses)::BIGINT AS p,"
            + " (SELECT count(*) FROM \"pass2@staging\".pulses) AS q"
            + " FROM \"pass2@staging\".events";
    JsonNode rows = json(200, "POST", "/query", query(count));
    String answer = rows.toString();
    long expected = (long) RUNS * FILES * EVENTS;
    assertThat(answer).contains("\"n\":" + expected, "\"events\":" + expected);
    JsonNode row = rows.isArray() ? rows.get(0) : rows;
    assertThat(row.path("p").asLong()).as(answer).isEqualTo(row.path("q").asLong());

    JsonNode orphans = json(200, "POST", "/gc", Map.of("olderThanSeconds", 0, "delete", true));
    System.out.printf(
        "%d of %d kills came before the end, %d orphans%n",
        interrupted, KILLS, orphans.path("orphans").asInt());
    Set<String> needed = new HashSet<>();
    json(200, "GET", "/locate?pass=pass2", null)
        .path("files")
        .forEach(file -> needed.add(file.path("file").asString()));
    assertThat(dataFiles()).as("what is left is what tables need").hasSameSizeAs(needed);
    assertThat(json(200, "POST", "/query", query(count)).toString()).isEqualTo(answer);
  }

  private static Map<String, Object> query(String sql) {
    return Map.of("sql", sql, "format", "json", "refs", List.of("pass2@staging"));
  }

  private int done() throws IOException {
    return json(200, "GET", "/pass?name=pass2", null).path("done").asInt();
  }

  private List<Path> dataFiles() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("site"))) {
      return all.filter(p -> p.toString().matches(".*/pass2/(events|pulses)/data/[^.].*parquet"))
          .toList();
    }
  }

  private List<Path> work() throws IOException {
    try (Stream<Path> all = Files.walk(directory.resolve("site"))) {
      return all.filter(p -> p.getFileName().toString().startsWith("batch-")).toList();
    }
  }
}
