package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.events.EventWorld;
import dev.firn.http.Json;
import dev.firn.processing.PlantedSeason;
import dev.firn.processing.executor.SlurmCluster;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A whole campaign through a real Slurm cluster, from the command line.
@Tag("peer")
class CampaignSlurmTest {
  @TempDir Path directory;

  @Test
  void aCampaignRunsThroughSlurm() throws Exception {
    assumeTrue(SlurmCluster.missing().isEmpty(), SlurmCluster.missing());
    try (SlurmCluster slurm = SlurmCluster.start();
        HubProcess hub = new HubProcess(directory)) {
      int run = 129_000;
      String operator = hub.operator();
      hub.send(
          201, "PUT", PlantedSeason.gcdName(run, "v1", 1), operator, PlantedSeason.gcd(run, 1));
      for (int part = 0; part < 2; part++) {
        hub.send(
            201,
            "PUT",
            "/data/exp/IceCube/2017/filtered/level2/a/Level2_IC86.2017_data_Run%08d_Subrun%08d_%08d.i3.zst"
                .formatted(run, 0, part),
            operator,
            PlantedSeason.packed(EventWorld.i3(run, 0, 1 + 60L * part, 60)));
      }
      hub.json(
          201,
          "POST",
          "/api/v1/campaigns",
          operator,
          Map.of(
              "name", "pass3",
              "query", "season = 2017",
              "gcd", "v1",
              "command", "test -n \"$SLURM_ARRAY_TASK_ID\" && cp $INFILE $OUTFILE",
              "unit_events", 20,
              "pulses", "InIcePulses"));
      hub.json(200, "POST", "/api/v1/campaigns/pass3/start", operator, Map.of());
      ProcessBuilder builder =
          hub.firn(
              "campaign",
              "run",
              "pass3",
              "--executor",
              "slurm",
              "--workers",
              "2",
              "--dir",
              directory.resolve("jobs").toString(),
              "--json");
      builder.environment().put("SLURM_CONF", slurm.configuration().toString());
      Process process = builder.start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(said + slurm.logs()).isZero();
      JsonNode status = Json.mapper().readTree(said);
      assertThat(status.path("done").asInt()).isEqualTo(120);
      assertThat(status.path("folded").asInt()).isEqualTo(120);
      assertThat(status.path("holds").asBoolean()).isTrue();
    }
  }
}
