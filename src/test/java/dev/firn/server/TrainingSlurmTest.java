package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.http.Json;
import dev.firn.processing.executor.Executor;
import dev.firn.processing.executor.SlurmExecutor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// From a campaign's events to a model and back, all computing done by a real Slurm cluster: shards
/// are staged, fetched and verified, `examples/train` is a batch job, and its ONNX model is
/// catalogued with lineage to the events and answers as it did where it was trained.
@Tag("peer")
class TrainingSlurmTest {
  private static final String COLUMNS =
      """
      [[column]]
      name = "energy"
      key = "Truth"
      field = "energy"
      type = "double"
      unit = "GeV"
      doc = "True energy"
      """;
  private static final String MODEL = "/data/models/energetic/1/model.onnx";
  private static final Path PYTHON = Path.of("/usr/bin/python3");

  @TempDir Path directory;

  @Test
  void aModelIsTrainedThroughSlurmAndComesBack() throws Exception {
    assumeTrue(Files.isExecutable(PYTHON), PYTHON + " is not installed");
    try (SlurmHub site = SlurmHub.start(directory)) {
      assertThat(site.campaign(COLUMNS).path("folded").asInt()).isEqualTo(SlurmHub.EVENTS);
      Path hpc = Files.createDirectory(directory.resolve("hpc"));
      Path shards = staged(site, hpc);
      Path out = hpc.resolve("model");
      JsonNode card = trained(site, hpc, shards, out);
      site.firn(
          "put", out.resolve("config.pbtxt").toString(), "/data/models/energetic/config.pbtxt");
      site.firn("put", out.resolve("1/model.onnx").toString(), MODEL);
      site.firn("stage", "model", "energetic-1", MODEL);

      String operator = site.hub().operator();
      JsonNode lineage =
          site.hub().json(200, "GET", "/api/v1/lineage?depth=4&name=" + MODEL, operator, null);
      assertThat(lineage.toString())
          .contains("/energetic-1/manifest.json")
          .contains("/data/tables/pass3/events/data/");
      answersAsWhereItWasTrained(site, card);
    }
  }

  private static Path staged(SlurmHub site, Path hpc) throws Exception {
    site.firn(
        "stage",
        "run",
        "energetic-1",
        "--dataset",
        "pass3",
        "--to",
        "hpc",
        "--format",
        "webdataset",
        "--shards",
        "3",
        "--seed",
        "1");
    Path shards = hpc.resolve("energetic-1");
    site.firn("stage", "fetch", "energetic-1", shards.toString());
    Path receipt = hpc.resolve("receipt.txt");
    Process verify =
        new ProcessBuilder("sh", "verify.sh")
            .directory(shards.toFile())
            .redirectOutput(receipt.toFile())
            .start();
    assertThat(verify.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(site.firn("stage", "receipt", "energetic-1", receipt.toString()))
        .contains("verified");
    return shards;
  }

  /// @return what the job wrote about its model
  private static JsonNode trained(SlurmHub site, Path hpc, Path shards, Path out) throws Exception {
    SlurmExecutor executor = new SlurmExecutor(site.slurm()::run, List.of());
    List<String> command =
        List.of(
            PYTHON.toString(),
            Path.of("examples/train/train.py").toAbsolutePath().toString(),
            shards.toString(),
            out.toString());
    String id = executor.start(new Executor.Job("train", command, Map.of(), "", hpc), 1);
    long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
    while (!executor.count(id).over() && System.nanoTime() < until) {
      Thread.sleep(500);
    }
    Path log = hpc.resolve("train-1.log");
    assertThat(out.resolve("card.json"))
        .as((Files.exists(log) ? Files.readString(log) : "") + site.slurm().logs())
        .exists();
    JsonNode card = Json.mapper().readTree(Files.readAllBytes(out.resolve("card.json")));
    JsonNode manifest = Json.mapper().readTree(Files.readAllBytes(shards.resolve("manifest.json")));
    assertThat(manifest.path("events").asInt()).isEqualTo(SlurmHub.EVENTS);
    assertThat(card.path("trained_on").asInt()).isBetween(1, SlurmHub.EVENTS - 1);
    return card;
  }

  /// The catalogued model, computed by the hub, says of an event what the trained network said.
  private static void answersAsWhereItWasTrained(SlurmHub site, JsonNode card) throws Exception {
    JsonNode example = card.path("example");
    byte[] question =
        """
        {"inputs": [{"name": "features", "datatype": "FP32", "shape": [1, 3], "data": %s}]}
        """
            .formatted(example.path("features"))
            .getBytes(StandardCharsets.UTF_8);
    JsonNode answer =
        Json.mapper()
            .readTree(
                site.hub()
                    .send(
                        200,
                        "POST",
                        "/v2/models/energetic/infer",
                        site.hub().operator(),
                        question));
    assertThat(answer.path("parameters").path("firn_model_digest").asString())
        .isEqualTo("sha256:" + card.path("model_sha256").asString());
    assertThat(answer.path("outputs").path(0).path("data").path(0).asDouble())
        .isCloseTo(example.path("guess").asDouble(), within(1e-6));
  }
}
