package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
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
    try (SlurmHub site = SlurmHub.start(directory)) {
      JsonNode status = site.campaign("");
      assertThat(status.path("done").asInt()).isEqualTo(SlurmHub.EVENTS);
      assertThat(status.path("folded").asInt()).isEqualTo(SlurmHub.EVENTS);
      assertThat(status.path("holds").asBoolean()).isTrue();
    }
  }
}
