package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.model.ByteSize;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn stage`: events for training elsewhere.
@Command(
    name = "stage",
    description = "Events for training elsewhere: shards by a seed, and whether they arrived.",
    subcommands = {
      StageCommands.Plan.class,
      StageCommands.Run.class,
      StageCommands.Ls.class,
      StageFetch.class,
      StageCommands.Receipt.class,
      StageCommands.Model.class,
      StageCommands.Evict.class
    },
    footer = {
      "",
      "  firn stage run tracks-1 --dataset pass3 --to hpc --format graphnet --shards 8 --seed 1",
      "  firn stage fetch tracks-1                   # there; goes on after a cut",
      "  sh tracks-1/verify.sh > receipt.txt         # there; needs nothing installed",
      "  firn stage receipt tracks-1 receipt.txt",
      "  firn put model.onnx /data/models/tracks/1/model.onnx",
      "  firn stage model tracks-1 /data/models/tracks/1/model.onnx",
      "  firn stage evict tracks-1"
    })
public final class StageCommands {
  private static final String STAGES = "/api/v1/stages";

  private static String at(String name, String rest) {
    return STAGES + "/" + Remote.encode(name) + rest;
  }

  /// What the verbs have in common.
  abstract static class Verb extends RemoteCommand {
    int show(List<JsonNode> stages) {
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode s : stages) {
        if (json) {
          out().println(s);
        } else {
          rows.add(
              List.of(
                  s.path("name").asString(),
                  s.path("dataset").asString(),
                  s.path("to").asString(),
                  s.path("format").asString(),
                  s.path("made").asString() + "/" + s.path("shards").asString(),
                  new ByteSize(s.path("bytes").asLong()).toString(),
                  s.path("state").asString()));
        }
      }
      if (!rows.isEmpty()) {
        out()
            .print(
                Text.table(
                    List.of("STAGE", "DATASET", "TO", "FORMAT", ">SHARDS", ">SIZE", "STATE"),
                    rows));
      }
      return (stages.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  /// What a plan says.
  abstract static class Planning extends Verb {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Option(names = "--dataset", paramLabel = "PASS", description = "The pass to take events of.")
    String dataset = "";

    @Option(names = "--to", paramLabel = "PLACE", description = "Where they are needed.")
    String to = "";

    @Option(names = "--where", paramLabel = "SQL", description = "A condition on its events.")
    String where = "";

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "graphnet (Parquet) or webdataset (tar).")
    String format = "graphnet";

    @Option(names = "--shards", paramLabel = "N", description = "Shards of the training split.")
    int shards = 1;

    @Option(names = "--seed", paramLabel = "S", description = "The same makes the same bytes.")
    long seed;

    @Option(
        names = "--split",
        paramLabel = "NAME=SHARE",
        description = "Default: train=0.8 val=0.1 test=0.1.")
    Map<String, Double> splits = new LinkedHashMap<>();

    JsonNode plan() throws IOException {
      Map<String, Object> wish = new LinkedHashMap<>();
      wish.put("name", name);
      wish.put("dataset", dataset);
      wish.put("to", to);
      wish.put("where", where);
      wish.put("format", format);
      wish.put("shards", shards);
      wish.put("seed", seed);
      wish.put("splits", splits);
      return remote.json("POST", STAGES, wish);
    }
  }

  @Command(name = "plan", description = "Freeze what is to be staged; nothing is made yet.")
  static final class Plan extends Planning {
    @Override
    public Integer call() throws IOException {
      return show(List.of(plan()));
    }
  }

  @Command(
      name = "run",
      description = "Make the shards of a stage; with --dataset, plan it first. May be stopped.")
  static final class Run extends Planning {
    @Override
    public Integer call() throws IOException {
      if (!dataset.isEmpty()) {
        plan();
      }
      while (true) {
        JsonNode stage = remote.json("POST", at(name, "/run"), null);
        if (stage.path("left").asInt() == 0) {
          return show(List.of(stage));
        }
        spec.commandLine().getErr().println(stage.path("left").asInt() + " shards left");
      }
    }
  }

  @Command(name = "ls", description = "List stages and how they stand.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      return show(remote.get(STAGES).path("stages").valueStream().toList());
    }
  }

  @Command(name = "receipt", description = "Hand in what verify.sh printed at the far side.")
  static final class Receipt extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1", paramLabel = "FILE")
    Path file = Path.of("");

    @Override
    public Integer call() throws IOException {
      Request request =
          Request.of("POST", URI.create(remote.url() + at(name, "/receipt")))
              .withHeader("Content-Type", "text/plain")
              .withBody(BodySource.bytes(Files.readAllBytes(file)));
      JsonNode stage;
      try (HttpFetcher client = remote.open();
          Response response = remote.send(client, request)) {
        stage = Json.mapper().readTree(response.bodyText(1 << 20));
      }
      stage.path("wrong").forEach(w -> spec.commandLine().getErr().println(w.asString()));
      show(List.of(stage));
      return (stage.path("wrong").isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(
      name = "model",
      description = "Record that a model of the catalog was made from a stage.")
  static final class Model extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1", paramLabel = "FILE", description = "Logical name of the model.")
    String file = "";

    @Override
    public Integer call() throws IOException {
      return show(List.of(remote.json("POST", at(name, "/model"), Map.of("file", file))));
    }
  }

  @Command(name = "evict", description = "Remove the shards here; the plan stays.")
  static final class Evict extends Verb {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      return show(List.of(remote.json("POST", at(name, "/eviction"), null)));
    }
  }
}
