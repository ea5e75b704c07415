package dev.firn.server.demo;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.data.Blobs;
import dev.firn.i3.data.DetectorGeometry;
import dev.firn.i3.data.OmKey;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The demo's two campaigns over the Level-2 files of one run: `pass2` with the GCD that came with
/// the season, `pass3` with a new one. One event breaks the command, one worker is killed.
///
/// Every step looks first whether it was taken already, so that a demo that was ended goes on.
final class DemoCampaigns {
  private static final String CAMPAIGNS = "/api/v1/campaigns";
  private static final int RUN = 130_484;
  private static final int UNIT = 150;
  private static final int POISON = 77; // number of the event among those of its run
  private static final double NEW_FACTOR = 1.05;

  /// Java and its class path are in the workers' environment.
  private static final String RECALIBRATE =
      "\"$FIRN_JAVA\" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 dev.firn.server.Main"
          + " demo recalibrate \"$INFILE\" \"$OUTFILE\"";

  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Duration LOOK = Duration.ofMillis(250);

  private final Path input;
  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Progress progress;

  DemoCampaigns(Path input, DemoSites sites, HubClient hub, DemoState state, Progress progress) {
    this.input = input;
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.progress = progress;
  }

  /// What both campaigns came to.
  ///
  /// @param events done
  /// @param units committed
  /// @param quarantined events no attempt could process: the planted one, once a campaign
  /// @param missing events that are neither done nor excluded
  /// @param good whether every figure is as planted
  record Result(long events, long units, long quarantined, long missing, boolean good) {
    static final Result NONE = new Result(0, 0, 0, 0, true);
  }

  Result run() throws IOException, InterruptedException {
    long poison = poisonedEvent();
    String guard = "LC_ALL=C grep -qaP '" + pattern(poison) + "' \"$INFILE\" && exit 3; ";
    JsonNode pass2 = campaign("pass2", "71", guard + "cp \"$INFILE\" \"$OUTFILE\"");
    newGcd();
    String again = guard + RECALIBRATE;
    JsonNode pass3 = campaign("pass3", "72", again);
    JsonNode diff = hub.get("/api/v1/events/diff?first=pass2&second=pass3");
    progress.say(
        "pass2 and pass3: %d events in both, %d in one only, pulses of %d differ, charge times %.3f"
            .formatted(
                diff.path("both").asLong(),
                diff.path("only_first").asLong() + diff.path("only_second").asLong(),
                diff.path("pulses_different").asLong(),
                diff.path("charge_ratio").asDouble()));
    promote("pass3");
    boolean good =
        isGood(pass2)
            && isGood(pass3)
            && state.find("worker_killed").isPresent()
            && diff.path("only_first").asLong() + diff.path("only_second").asLong() == 0
            && Math.abs(diff.path("charge_ratio").asDouble() - NEW_FACTOR) < 1e-3;
    return new Result(
        sum("done", pass2, pass3),
        pass2.path("units").path("done").asLong() + pass3.path("units").path("done").asLong(),
        sum("quarantined", pass2, pass3),
        sum("missing", pass2, pass3),
        good);
  }

  private static boolean isGood(JsonNode campaign) {
    return campaign.path("holds").asBoolean()
        && campaign.path("quarantined").asLong() == 1
        && campaign.path("missing").asLong() == 0
        && campaign.path("done").asLong() > 0;
  }

  private static long sum(String what, JsonNode one, JsonNode other) {
    return one.path(what).asLong() + other.path(what).asLong();
  }

  /// The event's name as it lies in its header: run, subrun, number.
  private static String pattern(long event) {
    StringBuilder bytes = new StringBuilder();
    for (long number : new long[] {RUN, 0, event}) {
      for (int i = 0; i < 4; i++) {
        bytes.append("\\x%02x".formatted(number >> (8 * i) & 0xff));
      }
    }
    return bytes.toString();
  }

  private Path found(String like) throws IOException {
    try (var files = Files.walk(input)) {
      return files
          .filter(f -> f.getFileName().toString().matches(like))
          .sorted()
          .findFirst()
          .orElseThrow(() -> new IOException("the season has no " + like));
    }
  }

  private long poisonedEvent() throws IOException {
    Path file = found("Level2_.*Run%08d_Subrun.*\\.i3\\.zst".formatted(RUN));
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file));
        FrameReader reader = FrameReader.strict(in)) {
      int at = 0;
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        if (f.get().stop() == 'Q' && ++at >= POISON) {
          long event = f.get().eventHeader().orElseThrow().event();
          if (!pattern(event).contains("\\x0a")) { // grep reads lines
            return event;
          }
        }
      }
    }
    throw new IOException(file + " has less than " + POISON + " events");
  }

  /// The run's GCD with other charge scales, as a new version.
  private void newGcd() throws IOException, InterruptedException {
    Path old = found("Level2_.*Run%08d.*_GCD\\.i3\\.zst".formatted(RUN));
    String file = old.getFileName().toString().replace("_71_375_GCD.i3.zst", "_72_376_GCD.i3");
    String name = "/data/exp/IceCube/2017/filtered/level2/gcd/" + file;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(bytes);
    TreeMap<OmKey, Double> factors = new TreeMap<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(old));
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        Optional<FrameObject> geometry = frame.find("I3Geometry");
        if (geometry.isPresent()) {
          DetectorGeometry.decodeModules(geometry.get().blob())
              .keySet()
              .forEach(module -> factors.put(module, NEW_FACTOR));
        }
        writer.write(frame.stop() == 'C' ? rescaled(frame, factors) : frame);
      }
    }
    URI url = URI.create(sites.url(DemoSites.HUB) + name);
    hub.patiently(() -> {
      Request request =
          Request.of("PUT", url)
              .withBearer(hub.token())
              .withBody(BodySource.bytes(bytes.toByteArray()));
      try (Response response = hub.fetcher().send(request)) {
        if (response.status() / 100 != 2) {
          throw new IOException(request.label() + " answered " + response.status());
        }
        return true;
      }
    });
    hub.post("/api/v1/events/geometry", Map.of("file", name));
  }

  private static Frame rescaled(Frame frame, TreeMap<OmKey, Double> factors) {
    List<FrameObject> objects = new ArrayList<>(frame.objects());
    objects.removeIf(o -> o.key().equals(RecalibrateCommand.FACTORS));
    objects.add(Blobs.perModule(RecalibrateCommand.FACTORS, factors));
    return Frame.of('C', objects);
  }

  private @Nullable JsonNode find(String name) throws IOException, InterruptedException {
    for (JsonNode campaign : hub.get(CAMPAIGNS).path("campaigns")) {
      if (campaign.path("name").asString().equals(name)) {
        return campaign;
      }
    }
    return null;
  }

  /// Plans, starts and runs a campaign to its end.
  private JsonNode campaign(String name, String gcd, String command)
      throws IOException, InterruptedException {
    JsonNode now = find(name);
    if (now == null) {
      Map<String, Object> plan = new LinkedHashMap<>();
      plan.put("name", name);
      plan.put("query", "level = L2 and run = " + RUN);
      plan.put("gcd", gcd);
      plan.put("command", command);
      plan.put("unit_events", UNIT);
      plan.put("lease_seconds", 4);
      plan.put("pulses", RecalibrateCommand.PULSES);
      plan.put("columns", DemoTraining.COLUMNS);
      now = hub.post(CAMPAIGNS, plan);
      progress.say(
          "campaign %s: %d events of %d files, GCD %s"
              .formatted(name, now.path("expected").asLong(), now.path("files").asLong(), gcd));
    }
    if (now.path("state").asString().equals("planned")) {
      hub.post(CAMPAIGNS + "/" + name + "/start", Map.of());
    }
    if (!now.path("state").asString().equals("folded")) {
      now = work(name);
    }
    progress.say(
        "campaign %s: expected %d = done %d + running %d + excluded %d + missing %d"
            .formatted(
                name,
                now.path("expected").asLong(),
                now.path("done").asLong(),
                now.path("running").asLong(),
                now.path("excluded").asLong(),
                now.path("missing").asLong()));
    return now;
  }

  /// Two workers; one is killed once.
  private JsonNode work(String name) throws IOException, InterruptedException {
    List<Process> workers = new ArrayList<>();
    try {
      workers.add(worker(name, 1));
      workers.add(worker(name, 2));
      long deadline = System.nanoTime() + LIMIT.toNanos();
      while (true) {
        JsonNode now = hub.get(CAMPAIGNS + "/" + name);
        if (!now.path("holds").asBoolean()) {
          throw new IOException("the events of campaign " + name + " do not add up: " + now);
        }
        progress.status(
            "%s: %d of %d events done"
                .formatted(name, now.path("done").asLong(), now.path("expected").asLong()));
        if (now.path("state").asString().equals("folded")) {
          return now;
        }
        if (now.path("running").asLong() > 0 && state.find("worker_killed").isEmpty()) {
          Process victim = workers.removeFirst();
          progress.say(
              "kill -9 of a worker (process %d), %d events were running"
                  .formatted(victim.pid(), now.path("running").asLong()));
          state.put("worker_killed", victim.pid());
          victim.destroyForcibly();
          workers.add(worker(name, 3));
        }
        if (System.nanoTime() > deadline) {
          throw new IOException("campaign " + name + " did not end: " + now);
        }
        Thread.sleep(LOOK);
      }
    } finally {
      workers.forEach(Process::destroy);
    }
  }

  private Process worker(String campaign, int number) throws IOException, InterruptedException {
    String token =
        hub.post(CAMPAIGNS + "/" + campaign + "/token", Map.of()).path("token").asString();
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElse("java"));
    command.addAll(List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.addAll(List.of(System.getProperty("java.class.path"), "dev.firn.server.Main", "work"));
    command.addAll(
        List.of(
            "--campaign", campaign, "--name", "demo-" + number, "--units", "2", "--drain", "5"));
    command.addAll(List.of("--url", sites.url(DemoSites.HUB).toString()));
    command.addAll(List.of("--ca", sites.authority().toString()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("BEARER_TOKEN", token);
    builder.environment().put("FIRN_JAVA", command.getFirst());
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(sites.log("workers").toFile()));
    return builder.start();
  }

  private void promote(String pass) throws IOException, InterruptedException {
    for (JsonNode known : hub.get("/api/v1/events/passes").path("passes")) {
      if (known.path("name").asString().equals(pass) && known.path("releases").asInt() > 0) {
        return;
      }
    }
    JsonNode promoted = hub.post(CAMPAIGNS + "/" + pass + "/promote", Map.of());
    progress.say("promoted " + pass + ": " + promoted.path("tag").asString());
  }
}
