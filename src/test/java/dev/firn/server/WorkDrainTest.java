package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.events.EventWorld;
import dev.firn.processing.PlantedSeason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A borrowed machine is taken away: `firn work` gets SIGTERM while its command runs.
@Tag("slow")
class WorkDrainTest {
  private static final String CAMPAIGNS = "/api/v1/campaigns";
  private static final int RUN = 129_000;
  private static final int EVENTS = 60;
  private static final int UNIT = 20;

  @TempDir Path directory;
  private final List<Process> workers = new ArrayList<>();
  private HubProcess hub;

  @BeforeEach
  void start() throws Exception {
    hub = new HubProcess(directory);
    String file =
        "/data/exp/IceCube/2017/filtered/level2/a/Level2_IC86.2017_data_Run%08d_Subrun%08d_%08d.i3.zst"
            .formatted(RUN, 0, 0);
    hub.send(
        201, "PUT", PlantedSeason.gcdName(RUN, "v2", 1), hub.operator(), PlantedSeason.gcd(RUN, 1));
    byte[] events = PlantedSeason.packed(EventWorld.i3(RUN, 0, 1, EVENTS));
    hub.send(201, "PUT", file, hub.operator(), events);
    // The first command of all takes its time; it says when it has begun.
    String command =
        "if mkdir '%s'; then sleep 5; fi; cp \"$INFILE\" \"$OUTFILE\""
            .formatted(directory.resolve("began"));
    hub.json(
        201,
        "POST",
        CAMPAIGNS,
        hub.operator(),
        Map.of(
            "name", "pass3",
            "query", "season = 2017",
            "gcd", "v2",
            "command", command,
            "unit_events", UNIT,
            "lease_seconds", 60,
            "pulses", "InIcePulses"));
    hub.json(200, "POST", CAMPAIGNS + "/pass3/start", hub.operator(), Map.of());
  }

  @AfterEach
  void stop() throws InterruptedException {
    workers.forEach(Process::destroyForcibly);
    hub.close();
  }

  private Process worker(String name, int drain) throws Exception {
    JsonNode token = hub.json(200, "POST", CAMPAIGNS + "/pass3/token", hub.operator(), Map.of());
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
            "--drain",
            Integer.toString(drain));
    builder.environment().put("BEARER_TOKEN", token.path("token").asString());
    builder.redirectOutput(directory.resolve(name + ".out").toFile());
    Process worker = builder.start();
    workers.add(worker);
    return worker;
  }

  private JsonNode status() throws Exception {
    return hub.json(200, "GET", CAMPAIGNS + "/pass3", hub.operator(), null);
  }

  private void terminateWhenItsCommandRuns(Process worker) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
    while (!Files.exists(directory.resolve("began"))) {
      assertThat(worker.isAlive() && System.nanoTime() < end).as("the command begins").isTrue();
      Thread.sleep(50);
    }
    worker.destroy();
    assertThat(worker.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  private void theRestIsDoneByAnother() throws Exception {
    Process second = worker("second", 30);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!status().path("state").asString().equals("folded") && System.nanoTime() < end) {
      Thread.sleep(200);
    }
    assertThat(status().path("done").asInt()).isEqualTo(EVENTS);
    assertThat(second.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void whatItIsAtIsFinishedAndTheRestGivenBackAtOnce() throws Exception {
    Process first = worker("first", 30);
    terminateWhenItsCommandRuns(first);
    JsonNode now = status();
    assertThat(now.path("done").asInt()).isEqualTo(UNIT);
    assertThat(now.path("running").asInt()).isZero(); // its lease would last for a minute
    assertThat(now.path("missing").asInt()).isEqualTo(EVENTS - UNIT);
    theRestIsDoneByAnother();
  }

  @Test
  void whatTakesLongerThanItMayIsGivenBackToo() throws Exception {
    Process first = worker("first", 1);
    terminateWhenItsCommandRuns(first);
    JsonNode now = status();
    assertThat(now.path("done").asInt()).isZero();
    assertThat(now.path("running").asInt()).isZero();
    assertThat(now.path("missing").asInt()).isEqualTo(EVENTS);
    theRestIsDoneByAnother();
  }
}
