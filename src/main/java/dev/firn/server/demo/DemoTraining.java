package dev.firn.server.demo;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.processing.executor.Commands;
import dev.firn.processing.executor.Executor;
import dev.firn.processing.executor.SlurmExecutor;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The demo's way to a model: events of `pass3` as shards, fetched and verified at the site `hpc`,
/// a small network trained there, and the model back in the catalog, derived from the shards.
///
/// Trained is with `examples/train`, by a Slurm job where a cluster answers and by a process
/// otherwise. Where there is no Python there is no model, and the demo says so.
final class DemoTraining {
  static final String MODEL = "online";
  static final String LABEL = "high_charge";

  /// What the campaigns take out of their frames beside pulses.
  static final String COLUMNS =
      """
      [[column]]
      name = "high_charge"
      key = "FilterDecision"
      field = "HighQFilter_17"
      type = "boolean"
      doc = "Whether the filter for much light chose the event"
      [[column]]
      name = "track_zenith"
      key = "MPEFit"
      field = "zenith"
      type = "double"
      unit = "rad"
      doc = "Zenith of the track"
      [[column]]
      name = "track_azimuth"
      key = "MPEFit"
      field = "azimuth"
      type = "double"
      unit = "rad"
      doc = "Azimuth of the track"
      [[column]]
      name = "cascade_zenith"
      key = "CascadeLlhVertexFit"
      field = "zenith"
      type = "double"
      unit = "rad"
      doc = "Zenith of the cascade"
      [[column]]
      name = "cascade_azimuth"
      key = "CascadeLlhVertexFit"
      field = "azimuth"
      type = "double"
      unit = "rad"
      doc = "Azimuth of the cascade"
      """;

  private static final String STAGES = "/api/v1/stages";
  private static final String STAGE = "online-1";
  private static final String WHERE = "/data/models/" + MODEL + "/";

  private final Path hpc;
  private final DemoTools tools;
  private final DemoSites sites;
  private final HubClient hub;
  private final DemoState state;
  private final Progress progress;

  DemoTraining(Path home, DemoSites sites, HubClient hub, DemoState state, Progress progress) {
    this.hpc = home.resolve("hpc");
    this.tools = new DemoTools(sites);
    this.sites = sites;
    this.hub = hub;
    this.state = state;
    this.progress = progress;
  }

  /// @return the directory with the model as it was trained; empty when it could not be
  Optional<Path> run() throws IOException, InterruptedException {
    Optional<Path> python = DemoTools.onPath("python3");
    Optional<Path> example = example();
    if (python.isEmpty() || example.isEmpty()) {
      progress.say(
          (python.isEmpty() ? "there is no python3 here" : "examples/train is not there")
              + ": nothing is trained, and so nothing is scored");
      return Optional.empty();
    }
    Path out = hpc.resolve("model");
    if (state.find("trained").isEmpty()) {
      Path shards = stage();
      train(List.of(python.get().toString(), example.get().toString()), shards, out);
      put(out.resolve("config.pbtxt"), WHERE + "config.pbtxt");
      put(out.resolve("1/model.onnx"), WHERE + "1/model.onnx");
      hub.post(STAGES + "/" + STAGE + "/model", Map.of("file", WHERE + "1/model.onnx"));
      requireLineage();
      state.put("trained", true);
    }
    return Optional.of(out);
  }

  private static Optional<Path> example() {
    try {
      Path program =
          Path.of(DemoTraining.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path example = program.resolve("../../examples/train/train.py").normalize();
      return Files.exists(example) ? Optional.of(example) : Optional.empty();
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /// Shards at the hub, then at `hpc`, then known to be there.
  private Path stage() throws IOException, InterruptedException {
    boolean planned = false;
    for (JsonNode known : hub.get(STAGES).path("stages")) {
      planned |= known.path("name").asString().equals(STAGE);
    }
    if (!planned) {
      Map<String, Object> plan = new LinkedHashMap<>();
      plan.put("name", STAGE);
      plan.put("dataset", "pass3");
      plan.put("to", "hpc");
      plan.put("format", "webdataset");
      plan.put("shards", 4);
      plan.put("seed", 1);
      hub.post(STAGES, plan);
    }
    JsonNode made = hub.post(STAGES + "/" + STAGE + "/run", Map.of());
    while (made.path("left").asInt() > 0) {
      made = hub.post(STAGES + "/" + STAGE + "/run", Map.of());
    }
    Path shards = hpc.resolve(STAGE);
    Files.createDirectories(hpc);
    tools.untilDone(List.of("stage", "fetch", STAGE, shards.toString()));
    Path receipt = hpc.resolve("receipt.txt");
    int status =
        DemoTools.run(
            new ProcessBuilder("sh", "verify.sh")
                .directory(shards.toFile())
                .redirectOutput(receipt.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD));
    JsonNode verified = hand(receipt);
    if (status != 0 || !verified.path("state").asString().equals("verified")) {
      throw new IOException("the shards did not arrive whole: " + verified.path("wrong"));
    }
    progress.say(
        "staged %d shards of pass3 (%d bytes) to hpc; its receipt agrees"
            .formatted(verified.path("shards").asInt(), verified.path("bytes").asLong()));
    return shards;
  }

  private JsonNode hand(Path receipt) throws IOException, InterruptedException {
    byte[] text = Files.readAllBytes(receipt);
    URI url = URI.create(sites.url(DemoSites.HUB) + STAGES + "/" + STAGE + "/receipt");
    return hub.patiently(() -> {
      Request request =
          Request.of("POST", url)
              .withBearer(hub.token())
              .withHeader("Content-Type", "text/plain")
              .withBody(BodySource.bytes(text));
      try (Response response = hub.fetcher().send(request)) {
        String answer = response.bodyText(1 << 20);
        if (response.status() / 100 != 2) {
          throw new IOException(request.label() + " answered " + response.status());
        }
        return Json.mapper().readTree(answer);
      }
    });
  }

  private void train(List<String> program, Path shards, Path out)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of(shards.toString(), out.toString(), "--target", LABEL));
    Path card = out.resolve("card.json");
    Files.deleteIfExists(card);
    boolean slurm = slurmAnswers();
    if (slurm) {
      SlurmExecutor executor = new SlurmExecutor(Commands::here, List.of());
      String id = executor.start(new Executor.Job("train", command, Map.of(), "", hpc), 1);
      while (!executor.count(id).over()) {
        Thread.sleep(500);
      }
    } else {
      DemoTools.run(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(hpc.resolve("train.log").toFile()));
    }
    if (!Files.exists(card)) {
      throw new IOException("nothing was trained; what was said lies in " + hpc);
    }
    JsonNode made = Json.mapper().readTree(Files.readAllBytes(card));
    progress.say(
        "trained at hpc, %s, on %d events: right about %.1f %% of those kept aside; model sha256 %s"
            .formatted(
                slurm ? "by a Slurm job" : "by a process (no Slurm cluster answers)",
                made.path("trained_on").asInt(),
                100 * made.path("right_val").asDouble(),
                made.path("model_sha256").asString().substring(0, 12)));
  }

  private static boolean slurmAnswers() throws InterruptedException {
    if (DemoTools.onPath("sbatch").isEmpty() || DemoTools.onPath("sinfo").isEmpty()) {
      return false;
    }
    try {
      // Without an answer sinfo would wait for a controller that nobody runs.
      return !Commands.here(List.of("timeout", "5", "sinfo", "--noheader", "--format=%t"))
          .isBlank();
    } catch (IOException e) {
      return false;
    }
  }

  private void put(Path file, String name) throws IOException, InterruptedException {
    byte[] bytes = Files.readAllBytes(file);
    URI url = URI.create(sites.url(DemoSites.HUB) + name);
    hub.patiently(() -> {
      Request request =
          Request.of("PUT", url).withBearer(hub.token()).withBody(BodySource.bytes(bytes));
      try (Response response = hub.fetcher().send(request)) {
        if (response.status() / 100 != 2) {
          throw new IOException(request.label() + " answered " + response.status());
        }
        return true;
      }
    });
  }

  /// From the model to data files of the pass it was trained on.
  private void requireLineage() throws IOException, InterruptedException {
    JsonNode lineage = hub.get("/api/v1/lineage?depth=4&name=" + WHERE + "1/model.onnx");
    if (!lineage.toString().contains("/data/tables/pass3/")) {
      throw new IOException("nothing says what the model was made from: " + lineage);
    }
    progress.say("the model is back in the catalog, with lineage to the events of pass3");
  }
}
