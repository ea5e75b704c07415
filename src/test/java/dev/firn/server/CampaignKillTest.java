package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.EventWorld;
import dev.firn.http.Json;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.data.Blobs;
import dev.firn.processing.PlantedSeason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A campaign with its hub and its workers as processes of their own: workers and hub are killed,
/// events break the command, deliveries come late and twice.
@Tag("slow")
@Timeout(value = 3, unit = TimeUnit.HOURS) // firn.campaign.limit is the bound
class CampaignKillTest {
  private static final long SEED = Long.getLong("firn.campaign.seed", 7);
  private static final int RUNS = Integer.getInteger("firn.campaign.runs", 2);
  private static final int EVENTS = Integer.getInteger("firn.campaign.events", 150);
  private static final int UNIT = Integer.getInteger("firn.campaign.unit", 20);
  private static final int PARTS = Integer.getInteger("firn.campaign.parts", 3);
  private static final int LIMIT = Integer.getInteger("firn.campaign.limit", 400);
  private static final String CAMPAIGNS = "/api/v1/campaigns";
  private static final String COMMAND =
      "if grep -qa PoisonPlanted \"$INFILE\"; then echo poisoned >&2; exit 3; fi;"
          + " cp \"$INFILE\" \"$OUTFILE\"";

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private final List<Process> workers = new ArrayList<>();
  private final Set<String> poison = new TreeSet<>();
  private HubProcess hub;
  private int started;

  @BeforeEach
  void start() throws Exception {
    hub = new HubProcess(directory);
  }

  @AfterEach
  void stop() throws InterruptedException {
    workers.forEach(Process::destroyForcibly);
    hub.close();
  }

  private String operator() throws IOException {
    return hub.operator();
  }

  private byte[] send(int status, String method, String where, String token, byte[] body)
      throws IOException {
    return hub.send(status, method, where, token, body);
  }

  private JsonNode json(int status, String method, String path, String token, Object body)
      throws IOException {
    return hub.json(status, method, path, token, body);
  }

  private JsonNode api(String method, String path, Object body) throws IOException {
    return json(200, method, CAMPAIGNS + path, operator(), body);
  }

  /// Puts the season; every `poisonEvery`-th file has an event that breaks the command.
  private long season() throws IOException {
    long events = 0;
    for (int run = 129_000; run < 129_000 + RUNS; run++) {
      put(PlantedSeason.gcdName(run, "v2", 1), PlantedSeason.gcd(run, 1.1));
      for (int part = 0; part < PARTS; part++) {
        byte[] bytes = EventWorld.i3(run, 0, 1 + (long) part * EVENTS, EVENTS);
        if ((run + part) % 2 == 0) {
          bytes = poisoned(bytes, run);
        }
        put(
            "/data/exp/IceCube/2017/filtered/level2/a/Run%08d/Level2_IC86.2017_data_Run%08d_Subrun%08d_%08d.i3.zst"
                .formatted(run, run, 0, part),
            PlantedSeason.packed(bytes));
        events += EVENTS;
      }
    }
    return events;
  }

  private void put(String name, byte[] bytes) throws IOException {
    send(201, "PUT", name, operator(), bytes);
  }

  private byte[] poisoned(byte[] i3, int run) throws IOException {
    int victim = random.nextInt(EVENTS);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (FrameReader reader = FrameReader.strict(new ByteArrayInputStream(i3))) {
      FrameWriter writer = new FrameWriter(out);
      int at = -1;
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        at += frame.stop() == 'Q' ? 1 : 0;
        if (at == victim && frame.stop() == 'Q') {
          poison.add(run + "/" + frame.eventHeader().orElseThrow().event());
          var objects = new ArrayList<>(frame.objects());
          objects.add(Blobs.number("PoisonPlanted", 1));
          frame = Frame.of('Q', objects);
        }
        writer.write(frame);
      }
    }
    return out.toByteArray();
  }

  private void startWorker() throws IOException {
    String name = "worker-" + ++started;
    ProcessBuilder builder =
        hub.firn(
            "work",
            "--campaign",
            "pass3",
            "--name",
            name,
            "--dir",
            directory.resolve(name).toString(),
            "--units",
            "3",
            "--idle",
            "600");
    builder.environment().put("BEARER_TOKEN_FILE", directory.resolve("worker.token").toString());
    builder.redirectOutput(directory.resolve(name + ".out").toFile());
    workers.add(builder.start());
  }

  @Test
  void everyEventComesOnceThroughKillsPoisonAndLateDeliveries() throws Exception {
    long events = season();
    JsonNode plan =
        json(
            201,
            "POST",
            CAMPAIGNS,
            operator(),
            Map.of(
                "name", "pass3",
                "query", "season = 2017",
                "gcd", "v2",
                "command", COMMAND,
                "unit_events", UNIT,
                "lease_seconds", 4,
                "pulses", "InIcePulses"));
    assertThat(plan.path("expected").asLong()).isEqualTo(events);
    assertThat(plan.path("missing").asLong()).isEqualTo(events);
    assertThat(plan.path("lacks")).isEmpty();
    api("POST", "/pass3/start", Map.of());
    String token = api("POST", "/pass3/token", Map.of()).path("token").asString();
    Files.writeString(directory.resolve("worker.token"), token);

    JsonNode late = lateWorkerTakesAUnit(token);
    startWorker();
    startWorker();
    int kills = 0;
    int hubKills = 0;
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT);
    JsonNode now = look();
    while (!now.path("state").asString().equals("folded") && System.nanoTime() < until) {
      Thread.sleep(300 + random.nextInt(1_500));
      now = look();
      long done = now.path("done").asLong();
      if (kills < 3 && done > (kills + 1L) * events / 6) {
        workers.remove(random.nextInt(workers.size())).destroyForcibly().waitFor();
        kills++;
        startWorker();
      }
      if (hubKills < 2 && done > (hubKills + 1L) * events / 4) {
        hub.killAndStart();
        hubKills++;
      }
    }
    assertThat(now.path("state").asString()).as(now.toString()).isEqualTo("folded");
    assertThat(kills).isEqualTo(3);
    assertThat(hubKills).isEqualTo(2);
    assertThat(now.path("done").asLong()).isEqualTo(events - poison.size());
    assertThat(now.path("folded").asLong()).isEqualTo(events - poison.size());
    assertThat(now.path("quarantined").asLong()).isEqualTo(poison.size());
    theLateDeliveryIsDiscarded(late, token);
    for (Process worker : workers) {
      assertThat(worker.waitFor(60, TimeUnit.SECONDS)).as("a worker ends by itself").isTrue();
      assertThat(worker.exitValue()).isZero();
    }
    everyEventIsThereOnce(events);
    theProofIsWhole(events);
    assertThat(api("POST", "/pass3/promote", Map.of()).path("tag").asString())
        .isEqualTo("pass3-v1");
  }

  /// The equation holds whenever somebody looks.
  private JsonNode look() throws IOException {
    JsonNode now = api("GET", "/pass3", null);
    assertThat(now.path("expected").asLong())
        .as("seed %d: %s", SEED, now)
        .isEqualTo(
            now.path("done").asLong()
                + now.path("running").asLong()
                + now.path("excluded").asLong()
                + now.path("missing").asLong());
    assertThat(now.path("holds").asBoolean()).isTrue();
    return now;
  }

  /// A worker that leases a unit and then is not heard of until all is over.
  private JsonNode lateWorkerTakesAUnit(String token) throws IOException {
    JsonNode lease =
        json(200, "POST", CAMPAIGNS + "/pass3/leases", token, Map.of("worker", "late", "units", 1));
    assertThat(lease.path("units")).hasSize(1);
    String own = lease.path("token").asString();
    // Its token is for its own prefix, its own input, and nothing else.
    String output = lease.path("units").path(0).path("output").asString();
    byte[] bytes = "not what was asked for".getBytes(StandardCharsets.UTF_8);
    send(403, "PUT", "/data/campaigns/pass3/elsewhere/" + output, own, bytes);
    send(403, "PUT", "/data/exp/x", own, bytes);
    send(403, "POST", CAMPAIGNS + "/pass3/leases", own, Json.bytes(Map.of("worker", "x")));
    send(403, "POST", CAMPAIGNS + "/pass3/stop", token, Json.bytes(Map.of()));
    send(201, "PUT", lease.path("prefix").asString() + output, own, bytes);
    return lease;
  }

  private void theLateDeliveryIsDiscarded(JsonNode lease, String token) throws IOException {
    JsonNode unit = lease.path("units").path(0);
    Map<String, Object> delivery =
        Map.of(
            "unit", unit.path("unit").asString(),
            "attempt", unit.path("attempt").asInt(),
            "sha512", "0".repeat(128),
            "events", unit.path("events").asLong(),
            "names", "0".repeat(64));
    for (int twice = 0; twice < 2; twice++) {
      JsonNode answer =
          json(
              200,
              "POST",
              CAMPAIGNS + "/pass3/leases/" + lease.path("lease").asString() + "/commit",
              token,
              Map.of("units", List.of(delivery)));
      assertThat(answer.path("outcomes").path(0).path("outcome").asString()).isEqualTo("discarded");
    }
    look();
  }

  private void everyEventIsThereOnce(long events) throws IOException {
    String sql =
        "select run, event, count(*) as n, min(pulses) as pulses from"
            + " \"pass3@staging\".events group by run, event";
    Set<String> seen = new HashSet<>();
    byte[] answer =
        send(
            200,
            "POST",
            "/api/v1/events/query",
            operator(),
            Json.bytes(Map.of("sql", sql, "refs", List.of("pass3@staging"))));
    for (String line : new String(answer, StandardCharsets.UTF_8).lines().toList()) {
      JsonNode row = Json.mapper().readTree(line);
      assertThat(row.path("n").asInt()).as(line).isEqualTo(1);
      seen.add(row.path("run").asString() + "/" + row.path("event").asString());
    }
    assertThat(seen).hasSize((int) events - poison.size()).doesNotContainAnyElementsOf(poison);
    JsonNode pass = json(200, "GET", "/api/v1/events/pass?name=pass3", operator(), null);
    assertThat(pass.path("events").asLong()).isEqualTo(events - poison.size());
    Set<String> given = new TreeSet<>();
    for (JsonNode gap : api("GET", "/pass3/missing", null).path("gaps")) {
      if (gap.path("state").asString().equals("quarantined")) {
        assertThat(gap.path("events").asInt()).isEqualTo(1);
        assertThat(gap.path("why").asString()).contains("poisoned");
        String file = gap.path("file").asString();
        int run = Integer.parseInt(file.replaceAll(".*_Run0*(\\d+)_.*", "$1"));
        int part = Integer.parseInt(file.replaceAll(".*_0*(\\d+)\\.i3.*", "$1"));
        given.add(run + "/" + (1 + (long) part * EVENTS + gap.path("first").asLong()));
      }
    }
    assertThat(given).as("seed %d", SEED).isEqualTo(poison);
  }

  private void theProofIsWhole(long events) throws IOException {
    long proven = 0;
    Set<String> units = new HashSet<>();
    byte[] answer = send(200, "GET", CAMPAIGNS + "/pass3/proof", operator(), null);
    for (String line : new String(answer, StandardCharsets.UTF_8).lines().toList()) {
      JsonNode unit = Json.mapper().readTree(line);
      proven += unit.path("events").asLong();
      assertThat(units.add(unit.path("unit").asString())).isTrue();
      assertThat(unit.path("gcd").asString()).contains("/gcd/v2/");
      assertThat(unit.path("folded").asBoolean()).isTrue();
    }
    assertThat(proven).isEqualTo(events - poison.size());
  }
}
