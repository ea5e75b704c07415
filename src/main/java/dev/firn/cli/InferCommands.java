package dev.firn.cli;

import dev.firn.inference.InferenceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn infer`: models, and scores by them.
@Command(
    name = "infer",
    description = "Models, and scores by them for passes and streams of events.",
    subcommands = {
      InferCommands.Ls.class,
      InferCommands.Show.class,
      InferCommands.Run.class,
      InferStream.class
    },
    footer = {
      "",
      "  firn put model.onnx /data/models/tracks/1/model.onnx",
      "  firn infer ls",
      "  firn infer run --model tracks --pass pass3",
      "  daq | firn infer stream --models /srv/models --model tracks --out scores.jsonl"
    })
public final class InferCommands {
  /// Models of a site.
  @Command(name = "ls", description = "List the models that may be asked, and whether they load.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode index = remote.json("POST", "/v2/repository/index", Map.of());
      if (json) {
        out().println(index);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode each : index) {
        rows.add(
            List.of(
                each.path("name").asString(),
                each.path("version").asString(),
                each.path("state").asString(),
                each.path("reason").asString("")));
      }
      out().print(Text.table(List.of("MODEL", ">VERSION", "STATE", "WHY"), rows));
      return (rows.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  /// One model.
  @Command(name = "show", description = "Show what a model takes and gives.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "MODEL")
    String model = "";

    @Override
    public Integer call() throws IOException {
      JsonNode info = remote.get("/v2/models/" + Remote.encode(model));
      if (json) {
        out().println(info);
        return ExitCode.DONE.status();
      }
      out().println("digest    " + info.path("parameters").path("firn_model_digest").asString(""));
      out().println("versions  " + info.path("versions"));
      for (String side : List.of("inputs", "outputs")) {
        for (JsonNode tensor : info.path(side)) {
          out()
              .printf(
                  "%-9s %s %s%s%n",
                  side,
                  tensor.path("name").asString(),
                  tensor.path("datatype").asString(),
                  tensor.path("shape"));
        }
      }
      return ExitCode.DONE.status();
    }
  }

  /// Scores of a pass.
  @Command(
      name = "run",
      description = {
        "Score the events of a pass that have no scores yet.",
        "They become rows of PASS.scores_MODEL_vVERSION. May be stopped and called again."
      })
  static final class Run extends RemoteCommand {
    @Option(names = "--model", required = true, paramLabel = "MODEL")
    String model = "";

    @Option(names = "--version", paramLabel = "N", description = "Default: the newest.")
    String version = "";

    @Option(names = "--pass", required = true, paramLabel = "PASS")
    String pass = "";

    @Override
    public Integer call() throws IOException {
      Map<String, Object> sum = new LinkedHashMap<>();
      long rows = 0;
      long unscored = 0;
      long fallen = 0;
      int batches = 0;
      Map<String, Long> millis = new LinkedHashMap<>();
      while (true) {
        JsonNode done =
            remote.json(
                "POST", "/api/v1/scores", Map.of("model", model, "version", version, "pass", pass));
        rows += done.path("rows").asLong();
        unscored += done.path("unscored").asLong();
        fallen += done.path("fallen").asLong();
        batches += done.path("done").asInt();
        done.path("millis").forEachEntry((k, v) -> millis.merge(k, v.asLong(), Long::sum));
        sum.put("table", done.path("table").asString());
        sum.put("model_digest", done.path("model_digest").asString());
        int left = done.path("left").asInt();
        if (left == 0) {
          break;
        }
        spec.commandLine().getErr().printf("%d events scored, %d batches left%n", rows, left);
        spec.commandLine().getErr().flush();
      }
      sum.put("events", rows);
      sum.put("unscored", unscored);
      sum.put("batches", batches);
      sum.put("fallen", fallen);
      sum.put("millis", millis);
      if (json) {
        out().println(dev.firn.http.Json.mapper().writeValueAsString(sum));
      } else {
        out()
            .printf(
                "%d events scored in %s, %d of them without features, by %s%n",
                rows, sum.get("table"), unscored, sum.get("model_digest"));
        if (fallen > 0) {
          out().printf("%d requests fell to the engine of the site%n", fallen);
        }
      }
      return ExitCode.DONE.status();
    }
  }

  /// A refusal by a model as the outcome of a command.
  static int status(InferenceException e) {
    return switch (e.kind()) {
      case CLIENT, NOT_FOUND -> ExitCode.NEGATIVE.status();
      default -> ExitCode.REMOTE.status();
    };
  }
}
