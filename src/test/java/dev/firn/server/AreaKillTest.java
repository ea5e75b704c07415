package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A hub as a process of its own is killed with SIGKILL while files are put, replaced, moved and
/// removed through its door. As soon as it answers again, catalog and disk agree.
@Tag("slow")
class AreaKillTest {
  private static final int ROUNDS = 6;
  private static final int WRITERS = 6;

  @TempDir Path directory;
  private final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();

  @Test
  void whatTheCatalogSaysAfterAKillIsOnDiskAndTheOtherWayRound() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    try (HubProcess hub = new HubProcess(directory)) {
      for (int round = 0; round < ROUNDS; round++) {
        killedWhileWriting(hub, round, random);
        compare(hub);
      }
    }
  }

  /// Each writer has names of its own, so that what it was told last about a name counts.
  private void killedWhileWriting(HubProcess hub, int round, Random random) throws Exception {
    String token = hub.operator();
    String base = hub.plainUrl();
    try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
      for (int w = 0; w < WRITERS; w++) {
        Writer writer = new Writer(base, token, w, new Random(random.nextLong()));
        writers.submit(writer::work);
      }
      Thread.sleep(700 + random.nextInt(900));
      hub.killAndStart();
      writers.shutdownNow();
      assertThat(writers.awaitTermination(1, TimeUnit.MINUTES)).as("round " + round).isTrue();
    }
  }

  /// Puts, replaces, moves and removes until its hub is gone.
  private final class Writer {
    private final HttpClient client = HttpClient.newHttpClient();
    private final String base;
    private final String token;
    private final int number;
    private final Random random;

    Writer(String base, String token, int number, Random random) {
      this.base = base;
      this.token = token;
      this.number = number;
      this.random = random;
    }

    Void work() throws InterruptedException {
      try {
        while (!Thread.interrupted()) {
          change("/data/w%d/d%d/f%d".formatted(number, random.nextInt(3), random.nextInt(30)));
        }
      } catch (IOException e) {
        // it was killed: what it was asked last is unknown
      }
      return null;
    }

    private void change(String name) throws IOException, InterruptedException {
      int size = 1 + random.nextInt(5_000);
      switch (random.nextInt(5)) {
        case 0 -> {
          acknowledged.remove(name);
          send("DELETE", name, null, "");
        }
        case 1 -> {
          String to = "/data/w%d/moved/f%d".formatted(number, random.nextInt(30));
          acknowledged.remove(name);
          acknowledged.remove(to);
          send("MOVE", name, null, base + to);
        }
        default -> {
          acknowledged.remove(name);
          if (send("PUT", name, new byte[size], "") / 100 == 2) {
            acknowledged.put(name, size);
          }
        }
      }
    }

    private int send(String method, String name, byte[] body, String to)
        throws IOException, InterruptedException {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(base + name))
              .header("Authorization", "Bearer " + token)
              .method(
                  method,
                  body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
      if (!to.isEmpty()) {
        request.header("Destination", to);
      }
      return client.send(request.build(), BodyHandlers.discarding()).statusCode();
    }
  }

  private void compare(HubProcess hub) throws IOException {
    Map<String, Long> recorded = new TreeMap<>();
    List<String> notAvailable = new ArrayList<>();
    String mark = "";
    do {
      String after = mark.isEmpty() ? "" : "&after=" + mark;
      JsonNode page =
          Json.mapper()
              .readTree(
                  hub.send(200, "GET", "/api/v1/files?limit=1000" + after, hub.operator(), null));
      for (JsonNode file : page.path("files")) {
        String state = "";
        for (JsonNode copy : file.path("replicas")) {
          state = copy.path("state").asString();
        }
        if (state.equals("available")) {
          recorded.put(file.path("name").asString(), file.path("size").asLong());
        } else {
          notAvailable.add(file.path("name").asString());
        }
      }
      mark = page.path("next").asString("");
    } while (!mark.isEmpty());

    Map<String, Long> onDisk = new TreeMap<>();
    Path storage = directory.resolve("site/storage");
    try (Stream<Path> all = Files.walk(storage)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = "/data/" + storage.relativize(file);
        if (name.startsWith("/data/w")) {
          onDisk.put(name, Files.size(file));
        }
      }
    }
    assertThat(recorded).isEqualTo(onDisk);
    assertThat(notAvailable).doesNotContainAnyElementsOf(onDisk.keySet());
    acknowledged.forEach(
        (name, size) -> assertThat(onDisk).as("acknowledged").containsEntry(name, (long) size));
  }
}
