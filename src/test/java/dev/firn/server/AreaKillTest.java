package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.Json;
import dev.firn.storage.S3Bucket;
import dev.firn.storage.S3Server;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;
import tools.jackson.databind.JsonNode;

/// A hub as a process of its own is killed with SIGKILL while files are put, replaced, moved and
/// removed through its door. As soon as it answers again, catalog and storage agree: on disk, and
/// in a bucket of a store that goes on running.
@Tag("slow")
class AreaKillTest {
  private static final int ROUNDS = 6;
  private static final int ROUNDS_IN_BUCKET = 4;
  private static final int WRITERS = 6;

  @TempDir Path directory;
  private final Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
  private final AtomicInteger told = new AtomicInteger();

  @Test
  void whatTheCatalogSaysAfterAKillIsOnDiskAndTheOtherWayRound() throws Exception {
    try (HubProcess hub = new HubProcess(directory)) {
      rounds(hub, ROUNDS, this::onDisk);
    }
  }

  @Test
  void whatTheCatalogSaysAfterAKillIsInTheBucketAndTheOtherWayRound() throws Exception {
    S3Bucket bucket = S3Server.bucket();
    try (HubProcess hub = HubProcess.overBucket(directory, bucket)) {
      rounds(hub, ROUNDS_IN_BUCKET, () -> inBucket(bucket));
      assertThat(directory.resolve("site/storage/w0")).doesNotExist();
    }
  }

  private void rounds(HubProcess hub, int rounds, Stored stored) throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < rounds; round++) {
      killedWhileWriting(hub, round, random);
      compare(hub, stored.files());
    }
  }

  /// Sizes of the files that are there, by their logical names.
  @FunctionalInterface
  private interface Stored {
    Map<String, Long> files() throws IOException;
  }

  private Map<String, Long> onDisk() throws IOException {
    Map<String, Long> found = new TreeMap<>();
    Path storage = directory.resolve("site/storage");
    try (Stream<Path> all = Files.walk(storage)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = "/data/" + storage.relativize(file);
        if (name.startsWith("/data/w")) {
          found.put(name, Files.size(file));
        }
      }
    }
    return found;
  }

  private static Map<String, Long> inBucket(S3Bucket bucket) {
    Map<String, Long> found = new TreeMap<>();
    try (S3Client client = S3Server.client()) {
      client
          .listObjectsV2Paginator(r -> r.bucket(bucket.bucket()).prefix(bucket.prefix() + "w"))
          .contents()
          .forEach(object -> {
            if (!object.key().endsWith("/")) {
              String name = object.key().substring(bucket.prefix().length());
              found.put("/data/" + name, object.size());
            }
          });
    }
    return found;
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
      // Not before it has told of some, however slow the machine is.
      int enough = told.get() + 20;
      for (int i = 0; i < 600 && told.get() < enough; i++) {
        Thread.sleep(100);
      }
      assertThat(told.get()).as("puts in round " + round).isGreaterThanOrEqualTo(enough);
      Thread.sleep(random.nextInt(900));
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
            told.incrementAndGet();
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

  private void compare(HubProcess hub, Map<String, Long> stored) throws IOException {
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

    assertThat(recorded).isEqualTo(stored);
    assertThat(notAvailable).doesNotContainAnyElementsOf(stored.keySet());
    acknowledged.forEach(
        (name, size) -> assertThat(stored).as("acknowledged").containsEntry(name, (long) size));
  }
}
