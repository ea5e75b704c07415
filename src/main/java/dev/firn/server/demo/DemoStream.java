package dev.firn.server.demo;

import dev.firn.http.Json;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The demo's stream: events of `pass3`, one after the other, are scored by the hub's model and,
/// when they score high, become notices to another observatory.
///
/// A third of the way the hub is killed, at two thirds the scorer; what comes out must be one score
/// for every event, and one notice for each that scored high.
final class DemoStream {
  private static final double LEAST = 0.3; // the hub's own threshold, unless it is told another
  private static final int EVENTS_A_SECOND = 300;
  private static final long LIMIT_SECONDS = 120;
  private static final String NOTICES = "/api/v1/notices";
  private static final Pattern FEATURES =
      Pattern.compile("key: \"firn.features\" value \\{ string_value: \"([^\"]*)\"");

  private final Path home;
  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Progress progress;
  private final NoticeSink sink;

  DemoStream(
      Path home,
      DemoSites sites,
      HubClient hub,
      DemoState state,
      Progress progress,
      NoticeSink sink) {
    this.home = home;
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.progress = progress;
    this.sink = sink;
  }

  /// What came of it.
  ///
  /// @param scores events with a score
  /// @param notices revisions of notices that the other observatory took
  /// @param good whether every event has one score, by both ways the same, and every notice came
  ///   once
  record Result(long scores, long notices, boolean good) {
    static final Result NONE = new Result(0, 0, true);
  }

  /// @param model directory of the model as it was trained
  Result run(Path model) throws IOException, InterruptedException {
    List<String> lines = lines(model);
    Path scores = home.resolve("scores.jsonl");
    JsonNode said = stream(lines, scores);
    Map<String, Double> known = new LinkedHashMap<>();
    Map<String, Integer> servers = new TreeMap<>();
    boolean once = true;
    for (String line : Files.readAllLines(scores)) {
      JsonNode score = Json.mapper().readTree(line);
      String event = score.path("run").asLong() + ":" + score.path("event").asLong();
      once &= score.has(DemoTraining.LABEL);
      once &= known.put(event, score.path(DemoTraining.LABEL).asDouble()) == null;
      servers.merge(score.path("server").asString("nobody"), 1, Integer::sum);
    }
    progress.say(
        "%d of %d events scored once each, by %s; from event to score p99 %.0f ms in the last part"
            .formatted(
                known.size(), lines.size(), servers, said.path("whole").path("p99_ms").asDouble()));
    boolean same = pipelineAgrees(known);
    long wanted = known.values().stream().filter(s -> s >= LEAST).count();
    return new Result(
        known.size(),
        notices(wanted),
        once && same && known.size() == lines.size() && isTold(wanted));
  }

  /// A line for each event, with what a notice about it would say.
  private List<String> lines(Path model) throws IOException, InterruptedException {
    Matcher features = FEATURES.matcher(Files.readString(model.resolve("config.pbtxt")));
    if (!features.find()) {
      throw new IOException("the model does not say what it takes");
    }
    String sql =
        "WITH events AS (SELECT * FROM pass3.events), pulses AS (SELECT * FROM pass3.pulses)"
            + " SELECT e.run, e.event, e.start_utc, e.track_zenith, e.track_azimuth,"
            + " e.cascade_zenith, e.cascade_azimuth, f.* FROM ("
            + features.group(1)
            + ") f JOIN events e USING (file_id, frame) ORDER BY e.run, e.event";
    List<String> lines = new ArrayList<>();
    for (JsonNode row : hub.lines("/api/v1/events/query", Map.of("sql", sql, "format", "json"))) {
      List<Double> numbers = new ArrayList<>();
      List<String> names = new ArrayList<>(row.propertyNames());
      for (String name : names.subList(names.indexOf("frame") + 1, names.size())) {
        numbers.add(row.path(name).asDouble());
      }
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("run", row.path("run").asLong());
      line.put("event", row.path("event").asLong());
      line.put("features", numbers);
      line.put("candidate", candidate(row));
      lines.add(Json.mapper().writeValueAsString(line));
    }
    return lines;
  }

  private static Map<String, Object> candidate(JsonNode row) {
    String kind = row.has("track_zenith") ? "track" : "cascade";
    Instant at = Instant.parse(row.path("start_utc").asString());
    Sky sky =
        Sky.of(row.path(kind + "_zenith").asDouble(), row.path(kind + "_azimuth").asDouble(), at);
    Map<String, Object> candidate = new LinkedHashMap<>();
    candidate.put("topology", kind);
    candidate.put("triggered", at.toString());
    candidate.put("ra", sky.ra());
    candidate.put("dec", sky.dec());
    candidate.put("error", kind.equals("track") ? 1.0 : 15.0);
    candidate.put("tense", "test"); // nobody shall point a telescope at what we made up
    return candidate;
  }

  private JsonNode stream(List<String> lines, Path scores)
      throws IOException, InterruptedException {
    while (true) {
      Path said = home.resolve("stream.json");
      List<String> arguments =
          List.of(
              "infer",
              "stream",
              "--models",
              sites.stored(DemoSites.HUB, "/data/models").toString(),
              "--model",
              DemoTraining.MODEL,
              "--server",
              sites.url(DemoSites.HUB).toString(),
              "--notify",
              DemoTraining.LABEL,
              "--least",
              String.valueOf(LEAST),
              "--batch",
              "32",
              "--out",
              scores.toString(),
              "--json");
      Process scorer = new DemoTools(sites).firn(arguments).redirectOutput(said.toFile()).start();
      try {
        boolean whole = feed(scorer, lines, scores);
        if (scorer.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) && whole && scorer.exitValue() == 0) {
          return Json.mapper().readTree(Files.readAllBytes(said));
        }
        if (whole) {
          throw new IOException("the stream's scorer failed; see " + sites.log("programs"));
        }
      } finally {
        scorer.destroyForcibly();
      }
    }
  }

  private static int counted(Path scores) throws IOException {
    if (!Files.exists(scores)) {
      return 0;
    }
    try (Stream<String> lines = Files.lines(scores)) {
      return (int) lines.count();
    }
  }

  /// Sends events at their rate, those with scores at once. The pace begins with the first score.
  ///
  /// @return false when the scorer was killed on the way
  private boolean feed(Process scorer, List<String> lines, Path scores)
      throws IOException, InterruptedException {
    int scored = counted(scores);
    OutputStream to = new BufferedOutputStream(scorer.getOutputStream());
    long start = 0;
    for (int i = 0; i < lines.size(); i++) {
      if (i >= lines.size() / 3 && state.find("service_killed").isEmpty()) {
        state.put("service_killed", i);
        progress.say("kill -9 of the inference service (the hub) at event " + i);
        sites.process(DemoSites.HUB).kill();
      }
      if (i >= lines.size() * 2 / 3 && state.find("scorer_killed").isEmpty()) {
        state.put("scorer_killed", i);
        progress.say("kill -9 of the stream's scorer (process " + scorer.pid() + ")");
        scorer.destroyForcibly();
        scorer.waitFor();
        return false; // what it had not read is lost with it, and is sent again
      }
      to.write((lines.get(i) + "\n").getBytes(StandardCharsets.UTF_8));
      if (i == scored) {
        to.flush();
        awaitOne(scorer, scores, scored);
        start = System.nanoTime();
      }
      long due = start + (i - scored) * 1_000_000_000L / EVENTS_A_SECOND;
      while (i > scored && System.nanoTime() < due) {
        to.flush();
        Thread.sleep(2);
      }
    }
    to.close();
    return true;
  }

  private static void awaitOne(Process scorer, Path scores, int before)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (counted(scores) <= before) {
      if (!scorer.isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the stream's scorer scores nothing");
      }
      Thread.sleep(20);
    }
  }

  /// Scores the same events as a table of the pass.
  private boolean pipelineAgrees(Map<String, Double> stream)
      throws IOException, InterruptedException {
    Map<String, Object> wish = Map.of("model", DemoTraining.MODEL, "version", "", "pass", "pass3");
    JsonNode done = hub.post("/api/v1/scores", wish);
    while (done.path("left").asInt() > 0) {
      done = hub.post("/api/v1/scores", wish);
    }
    String sql =
        "SELECT run, event, %s AS score FROM pass3.scores_%s_v1"
            .formatted(DemoTraining.LABEL, DemoTraining.MODEL);
    double largest = 0;
    int rows = 0;
    for (JsonNode row : hub.lines("/api/v1/events/query", Map.of("sql", sql, "format", "json"))) {
      Double other = stream.get(row.path("run").asLong() + ":" + row.path("event").asLong());
      largest =
          Math.max(largest, other == null ? 1 : Math.abs(other - row.path("score").asDouble()));
      rows++;
    }
    progress.say(
        "the pipeline gave pass3 a table of %d scores; the largest difference is %.1e"
            .formatted(rows, largest));
    return rows == stream.size() && largest < 1e-5;
  }

  /// Waits until every notice was sent; then the first one gets a better position.
  private long notices(long wanted) throws IOException, InterruptedException {
    awaitSent(wanted);
    JsonNode first = null;
    for (JsonNode notice : hub.get(NOTICES).path("notices")) {
      boolean better =
          first == null
              || notice.path("notice").path("p_astro").asDouble()
                  > first.path("notice").path("p_astro").asDouble();
      first = better ? notice : first;
    }
    if (first != null) {
      JsonNode said = first.path("notice");
      Map<String, Object> update = new LinkedHashMap<>();
      update.put("run", first.path("run").asInt());
      update.put("event", first.path("event").asLong());
      update.put(
          "topology", said.path("alert_topology").asString().equals("Track") ? "track" : "cascade");
      update.put("triggered", first.path("triggered").asString());
      update.put("ra", said.path("ra").asDouble());
      update.put("dec", said.path("dec").asDouble());
      update.put("error", 0.5);
      update.put("signalness", said.path("p_astro").asDouble());
      update.put("tense", "test");
      update.put("systematic", true);
      hub.post(NOTICES + "/" + first.path("event_name").asString(), update);
      awaitSent(wanted + 1);
    }
    long taken = sink.taken().size();
    progress.say(
        "%d notices about %d events reached the other observatory, each once"
            .formatted(taken, wanted));
    return taken;
  }

  private void awaitSent(long wanted) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (sink.taken().size() < wanted) {
      if (System.nanoTime() > deadline) {
        throw new IOException(sink.taken().size() + " of " + wanted + " notices were sent");
      }
      Thread.sleep(100);
    }
  }

  /// Whether what the hub calls sent is what the other side has, revision by revision. The other
  /// side has a notice a moment before the hub knows that it has.
  private boolean isTold(long wanted) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    while (!agreeOnNotices(wanted)) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      Thread.sleep(100);
    }
    return true;
  }

  private boolean agreeOnNotices(long wanted) throws IOException, InterruptedException {
    Map<String, Boolean> sent = new HashMap<>();
    for (JsonNode notice : hub.get(NOTICES).path("notices")) {
      String key = notice.path("event_name").asString() + "/" + notice.path("revision").asInt();
      sent.put(key, notice.path("deliveries").path(0).path("state").asString().equals("sent"));
    }
    return sent.keySet().equals(sink.taken())
        && sent.values().stream().allMatch(s -> s)
        && sent.size() == wanted + (wanted > 0 ? 1 : 0);
  }
}
