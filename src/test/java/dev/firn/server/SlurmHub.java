package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.events.EventWorld;
import dev.firn.http.Json;
import dev.firn.processing.PlantedSeason;
import dev.firn.processing.executor.SlurmCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// A hub beside a real Slurm cluster, with a run of 120 events to work on.
///
/// @param directory of the hub, for more files
record SlurmHub(SlurmCluster slurm, HubProcess hub, Path directory) implements AutoCloseable {
  static final int EVENTS = 120;
  private static final int RUN = 129_000;

  /// Skips the test where no cluster can be started.
  static SlurmHub start(Path directory) throws Exception {
    assumeTrue(SlurmCluster.missing().isEmpty(), SlurmCluster.missing());
    SlurmCluster slurm = SlurmCluster.start();
    try {
      return new SlurmHub(slurm, new HubProcess(directory), directory);
    } catch (IOException | RuntimeException e) {
      slurm.close();
      throw e;
    }
  }

  /// Puts the run's files and its GCD into a hub.
  static void sendRun(HubProcess hub) throws IOException {
    String operator = hub.operator();
    hub.send(201, "PUT", PlantedSeason.gcdName(RUN, "v1", 1), operator, PlantedSeason.gcd(RUN, 1));
    int half = EVENTS / 2;
    for (int part = 0; part < 2; part++) {
      hub.send(
          201,
          "PUT",
          "/data/exp/IceCube/2017/filtered/level2/a/Level2_IC86.2017_data_Run%08d_Subrun%08d_%08d.i3.zst"
              .formatted(RUN, 0, part),
          operator,
          PlantedSeason.packed(EventWorld.i3(RUN, 0, 1L + part * half, half)));
    }
  }

  /// Runs the campaign `pass3` over the run, its workers an array of Slurm jobs.
  ///
  /// @param columns of its tables beside pulses, as TOML
  /// @return how it stands in the end
  JsonNode campaign(String columns) throws Exception {
    String operator = hub.operator();
    sendRun(hub);
    Map<String, Object> plan = new LinkedHashMap<>();
    plan.put("name", "pass3");
    plan.put("query", "season = 2017");
    plan.put("gcd", "v1");
    plan.put("command", "test -n \"$SLURM_ARRAY_TASK_ID\" && cp $INFILE $OUTFILE");
    plan.put("unit_events", 20);
    plan.put("pulses", "InIcePulses");
    plan.put("columns", columns);
    hub.json(201, "POST", "/api/v1/campaigns", operator, plan);
    hub.json(200, "POST", "/api/v1/campaigns/pass3/start", operator, Map.of());
    Path jobs = directory.resolve("jobs");
    return Json.mapper()
        .readTree(
            firn(
                "campaign",
                "run",
                "pass3",
                "--executor",
                "slurm",
                "--workers",
                "2",
                "--dir",
                jobs.toString(),
                "--json"));
  }

  /// What a command prints that must succeed.
  String firn(String... words) throws Exception {
    ProcessBuilder builder = hub.firn(words);
    builder.environment().put("SLURM_CONF", slurm.configuration().toString());
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(said + slurm.logs()).isZero();
    return said;
  }

  @Override
  public void close() throws Exception {
    hub.close();
    slurm.close();
  }
}
