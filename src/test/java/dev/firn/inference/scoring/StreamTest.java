package dev.firn.inference.scoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.inference.InferResponse;
import dev.firn.inference.OnnxModels;
import dev.firn.inference.TestModels;
import dev.firn.inference.engine.ModelFiles;
import dev.firn.inference.engine.ModelRepository;
import dev.firn.inference.protocol.RemoteInference;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A stream of events is scored once each, in order, whoever is killed.
class StreamTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int WIDTH = 16;

  @TempDir Path dir;
  private byte[] model;
  private Path models;

  @BeforeEach
  void model() throws IOException {
    model = OnnxModels.perceptron(5, WIDTH, 32, 2);
    models = dir.resolve("models");
    Path file = models.resolve("tracks/1/model.onnx");
    Files.createDirectories(file.getParent());
    Files.write(file, model);
    Files.writeString(
        models.resolve("tracks/config.pbtxt"),
        "parameters { key: \"firn.outputs\" value { string_value: \"track, cascade\" } }\n"
            + "instance_group [ { count: 2 } ]");
  }

  private static String line(int event, float[] features) {
    StringBuilder line = new StringBuilder("{\"run\":1,\"event\":" + event + ",\"features\":[");
    for (int i = 0; i < features.length; i++) {
      line.append(i == 0 ? "" : ",").append(features[i]);
    }
    return line.append("]}\n").toString();
  }

  private static float[] features(int event) {
    return TestModels.events(event, 1, WIDTH);
  }

  /// Looks at every line: there, once, in order, right, and says who made it.
  ///
  /// @return how many came from each server
  private java.util.Map<String, Long> requireWhole(Path scores, int count) throws Exception {
    float[] all = new float[count * WIDTH];
    for (int i = 0; i < count; i++) {
      System.arraycopy(features(i), 0, all, i * WIDTH, WIDTH);
    }
    float[] expected = TestModels.direct(model, all, count);
    List<String> lines = Files.readAllLines(scores);
    assertThat(lines).hasSize(count);
    List<String> servers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      JsonNode line = JSON.readTree(lines.get(i));
      assertThat(line.path("event").asInt()).isEqualTo(i);
      assertThat(line.path("track").floatValue()).isCloseTo(expected[2 * i], within(1e-5f));
      assertThat(line.path("cascade").floatValue()).isCloseTo(expected[2 * i + 1], within(1e-5f));
      assertThat(line.path("model_digest").asString()).startsWith("sha256:");
      servers.add(line.path("server").asString());
    }
    return servers.stream().collect(Collectors.groupingBy(s -> s, Collectors.counting()));
  }

  private ModelRepository engine() {
    return new ModelRepository(ModelFiles.in(models), "embedded", Duration.ofSeconds(10));
  }

  private StreamScorer scorer(ModelRepository engine, Failover failover) {
    ModelColumns columns = ModelColumns.of(engine, "tracks", "");
    assertThat(columns.names()).containsExactly("track", "cascade");
    return new StreamScorer(
        failover,
        new StreamScorer.Asked("tracks", "1", columns.input(), columns.outputs()),
        new StreamScorer.Pace(32, Duration.ofMillis(2), 4));
  }

  @Test
  void linesThatAreNoEventsKeepTheirPlace() throws Exception {
    String lines =
        line(0, features(0))
            + "not json\n"
            + "{\"run\":1,\"event\":2}\n"
            + line(3, new float[3])
            + "{\"run\":1,\"event\":4,\"features\":[\"a\"]}\n\n"
            + line(6, features(6)).strip();
    Path out = dir.resolve("scores");
    try (ModelRepository engine = engine();
        ScoreJournal journal = new ScoreJournal(out, List.of("track", "cascade"));
        EventLines events =
            new EventLines(new ByteArrayInputStream(lines.getBytes()), false, 0, e -> {})) {
      StreamScorer.Summary done =
          scorer(engine, new Failover(List.of(), engine, "", System::nanoTime))
              .run(events, journal);
      assertThat(done.events()).isEqualTo(7);
      assertThat(done.faults()).isEqualTo(5);
    }
    List<String> scores = Files.readAllLines(out);
    assertThat(scores).hasSize(7);
    for (int i = 0; i < 7; i++) {
      assertThat(JSON.readTree(scores.get(i)).has("fault")).isEqualTo(i != 0 && i != 6);
    }
    assertThat(scores.get(3)).contains("3 features, the model takes 16");
  }

  @Test
  void aTornLineIsWrittenAgain() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 500; i++) {
      lines.append(line(i, features(i)));
    }
    Path out = dir.resolve("scores");
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    Random random = new Random(11);
    for (int round = 0; round < 8; round++) {
      try (ModelRepository engine = engine();
          ScoreJournal journal = new ScoreJournal(out, List.of("track", "cascade"));
          EventLines events =
              new EventLines(new ByteArrayInputStream(bytes), false, journal.lines(), e -> {})) {
        scorer(engine, new Failover(List.of(), engine, "", System::nanoTime)).run(events, journal);
      }
      requireWhole(out, 500);
      byte[] written = Files.readAllBytes(out);
      Files.write(out, java.util.Arrays.copyOf(written, random.nextInt(written.length)));
    }
  }

  private static StreamScorer.Scored high(int event) {
    JsonNode about = JSON.createObjectNode();
    return new StreamScorer.Scored(
        new StreamScorer.Event(1, event, List.of(), about, null, System.nanoTime()),
        List.of(0.9f),
        null,
        new InferResponse.Origin("sha256:0", "embedded"));
  }

  /// Whom one event puts out of step is told of the next.
  @Test
  @Timeout(60)
  void oneThatCannotBeToldOfLeavesTheOthersTheirs() throws Exception {
    List<Integer> told = Collections.synchronizedList(new ArrayList<>());
    HighScores.Teller teller =
        candidate -> {
          int event = candidate.path("event").asInt();
          if (event == 1) {
            throw new IllegalStateException("planted");
          }
          return told.add(event);
        };
    HighScores high =
        new HighScores(
            batch -> {}, new HighScores.Rule(0, "track", 0.5), teller, Clock.systemUTC());
    try (high) {
      high.write(List.of(high(0), high(1), high(2)));
    }
    assertThat(told).containsExactly(0, 2);
    assertThat(high.told()).isEqualTo(2);
    assertThat(high.refused()).isEqualTo(1);
  }

  private Process server(int port, String name) throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx200m",
                "-cp",
                System.getProperty("java.class.path"),
                ModelServer.class.getName(),
                models.toString(),
                Integer.toString(port),
                name)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process;
  }

  private static int port(Process server) throws IOException {
    return Integer.parseInt(
        new BufferedReader(new InputStreamReader(server.getInputStream())).readLine());
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(20, TimeUnit.SECONDS);
  }

  /// 2.7 kHz while the server is killed and started again.
  @Test
  @Tag("slow")
  @Timeout(value = 40, unit = TimeUnit.MINUTES) // of more events than usual
  void noEventIsLostOrScoredTwiceWhenTheServerIsKilled() throws Exception {
    int count = Integer.getInteger("firn.stream.events", 30_000);
    Process server = server(0, "remote");
    int port = port(server);
    Path out = dir.resolve("scores");
    try (HttpFetcher http = HttpClients.create(HttpClients.Config.trusting());
        ModelRepository engine = engine();
        ScoreJournal journal = new ScoreJournal(out, List.of("track", "cascade"));
        PipedInputStream in = new PipedInputStream(1 << 20);
        PipedOutputStream to = new PipedOutputStream(in);
        EventLines events = new EventLines(in, false, 0, e -> {})) {
      RemoteInference remote =
          RemoteInference.of(
              http,
              new RemoteInference.Endpoint(
                  URI.create("http://localhost:" + port),
                  false,
                  () -> null,
                  Duration.ofMillis(500)));
      Failover failover =
          new Failover(
              List.of(remote), engine, engine.model("tracks", "").digest(), System::nanoTime);
      StreamScorer scorer = scorer(engine, failover);
      Thread feeder = Thread.ofPlatform().start(() -> feed(to, count));
      Process[] running = {server};
      Thread killer =
          Thread.ofPlatform()
              .start(() -> {
                try {
                  while (feeder.isAlive()) {
                    Thread.sleep(Integer.getInteger("firn.stream.life", 4_000));
                    kill(running[0]);
                    Thread.sleep(700);
                    running[0] = server(port, "remote");
                    port(running[0]);
                  }
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      StreamScorer.Summary done = scorer.run(events, journal);
      killer.join();
      kill(running[0]);
      assertThat(done.events()).isEqualTo(count);
      var who = requireWhole(out, count);
      System.out.printf(
          "stream: %d events, %s, fallen %d requests; whole p50 %.1f ms p99 %.1f ms max %.0f ms;"
              + " waiting p99 %.1f, computing p99 %.1f, writing p99 %.1f%n",
          count,
          who,
          failover.fallen(),
          scorer.whole().millis(0.5),
          scorer.whole().millis(0.99),
          scorer.whole().longestMillis(),
          scorer.waiting().millis(0.99),
          scorer.computing().millis(0.99),
          scorer.writing().millis(0.99));
      assertThat(who).containsOnlyKeys("remote", "embedded");
    } finally {
      kill(server);
    }
  }

  private static void feed(OutputStream to, int count) {
    try (to) {
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        to.write(line(i, features(i)).getBytes(StandardCharsets.UTF_8));
        long due = start + (long) (i * (1e9 / 2_700));
        while (System.nanoTime() < due) {
          to.flush();
          Thread.sleep(1);
        }
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// The command itself is killed while the file of events grows, and started again.
  @Test
  @Tag("slow")
  void noEventIsLostOrScoredTwiceWhenTheCommandIsKilled() throws Exception {
    int count = 20_000;
    Path in = Files.createFile(dir.resolve("events"));
    Path out = dir.resolve("scores");
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Thread feeder =
        Thread.ofPlatform()
            .start(() -> {
              try {
                feed(Files.newOutputStream(in, StandardOpenOption.APPEND), count);
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    int kills = 0;
    while (feeder.isAlive()) {
      Process command = command(in, out, "--follow");
      command.waitFor(1_200 + random.nextInt(1_500), TimeUnit.MILLISECONDS);
      kill(command);
      kills++;
    }
    Process last = command(in, out);
    assertThat(last.waitFor(120, TimeUnit.SECONDS)).isTrue();
    assertThat(last.exitValue()).isZero();
    System.out.println("killed " + kills + " times");
    assertThat(kills).isGreaterThan(1);
    requireWhole(out, count);
  }

  private Process command(Path in, Path out, String... more) throws IOException {
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx200m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.firn.server.Main",
            "infer",
            "stream",
            "--models",
            models.toString(),
            "--model",
            "tracks",
            "--in",
            in.toString(),
            "--out",
            out.toString()));
    command.addAll(List.of(more));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /// Whoever is told may be away, and the scorer may end anywhere: no high score stays untold.
  @Test
  void everyHighScoreIsToldAlsoAfterACrash() throws Exception {
    int count = 300;
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String about = i % 3 == 0 ? "" : ",\"candidate\":{\"ra\":" + i + "}";
      lines.append(line(i, features(i)).replace("]}", "]" + about + "}"));
    }
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    Path out = dir.resolve("scores");
    java.util.Set<Integer> told = new java.util.TreeSet<>();
    java.util.concurrent.atomic.AtomicInteger calls =
        new java.util.concurrent.atomic.AtomicInteger();
    double least = 0.05;
    for (int round = 0; round < 4; round++) {
      told.clear();
      try (ModelRepository engine = engine();
          ScoreJournal journal = new ScoreJournal(out, List.of("track", "cascade"));
          BufferedReader known = journal.before()) {
        HighScores high =
            new HighScores(
                journal,
                new HighScores.Rule(0, "track", least),
                candidate -> {
                  if (calls.incrementAndGet() % 100 == 1) {
                    throw new IOException("away");
                  }
                  assertThat(candidate.path("ra").asInt())
                      .isEqualTo(candidate.path("event").asInt());
                  assertThat(candidate.path("signalness").asDouble()).isBetween(least, 1.0);
                  return told.add(candidate.path("event").asInt());
                },
                java.time.Clock.systemUTC());
        try (high;
            EventLines events =
                new EventLines(
                    new ByteArrayInputStream(bytes),
                    false,
                    journal.lines(),
                    e -> high.passOver(e, known))) {
          scorer(engine, new Failover(List.of(), engine, "", System::nanoTime)).run(events, high);
        }
        assertThat(high.told()).isEqualTo(told.size());
      }
      java.util.Set<Integer> expected = new java.util.TreeSet<>();
      for (String line : Files.readAllLines(out)) {
        JsonNode score = JSON.readTree(line);
        int event = score.path("event").asInt();
        if (event % 3 != 0 && score.path("track").asDouble() >= least) {
          expected.add(event);
        }
      }
      assertThat(told).isEqualTo(expected).isNotEmpty().hasSizeLessThan(count * 2 / 3 + 1);
      byte[] written = Files.readAllBytes(out);
      Files.write(out, java.util.Arrays.copyOf(written, written.length * (round + 1) / 5));
    }
  }
}
