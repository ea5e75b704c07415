package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn dataset`: collections of files.
@Command(
    name = "dataset",
    description = "Collections of files: sets, saved queries, snapshots, containers.",
    subcommands = {
      DatasetCommands.Ls.class,
      DatasetCommands.Show.class,
      DatasetCommands.Create.class,
      DatasetCommands.Add.class,
      DatasetCommands.Rm.class,
      DatasetCommands.Freeze.class,
      DatasetCommands.Verify.class
    },
    footer = {
      "",
      "  firn dataset create my/cascades --query 'level = L2 and group = cascades'",
      "  firn dataset freeze my/cascades-2026 'in dataset my/cascades'",
      "  firn find in dataset my/cascades-2026 and at nersc"
    })
public final class DatasetCommands {
  private static final String DATASET = "/api/v1/dataset";

  /// What the verbs have in common.
  abstract static class Verb extends RemoteCommand {
    int show(JsonNode dataset) {
      if (json) {
        out().println(dataset);
        return ExitCode.DONE.status();
      }
      List<List<String>> facts = new ArrayList<>();
      dataset
          .properties()
          .forEach(e ->
              facts.add(
                  List.of(
                      e.getKey(),
                      e.getValue().isValueNode()
                          ? e.getValue().asString()
                          : e.getValue().toString())));
      out().print(Text.table(List.of("", ""), facts).stripLeading());
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List datasets.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      String after = "";
      boolean any = false;
      while (true) {
        JsonNode page = remote.get(Remote.query("/api/v1/datasets", Map.of("after", after)));
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode d : page.path("datasets")) {
          any = true;
          if (json) {
            out().println(d);
          } else {
            String bytes = d.has("bytes") ? new ByteSize(d.path("bytes").asLong()).toString() : "";
            rows.add(
                List.of(
                    d.path("kind").asString(),
                    d.path("files").asString(""),
                    bytes,
                    d.path("owner").asString(),
                    d.path("name").asString()));
          }
        }
        if (!rows.isEmpty()) {
          out().print(Text.table(List.of("KIND", ">FILES", ">SIZE", "OWNER", "NAME"), rows));
        }
        if (!page.has("next")) {
          return (any ? ExitCode.DONE : ExitCode.NEGATIVE).status();
        }
        after = page.path("next").asString();
      }
    }
  }

  @Command(name = "show", description = "Show one dataset; its files: firn find in dataset NAME.")
  static final class Show extends Verb {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      return show(remote.get(Remote.query(DATASET, Map.of("name", name))));
    }
  }

  @Command(name = "create", description = "Make a set, a saved query or a container.")
  static final class Create extends Verb {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Option(names = "--query", paramLabel = "QUERY", description = "Make a saved query.")
    String query = "";

    @Option(names = "--container", description = "Make a container of datasets.")
    boolean container;

    @Option(names = "--description", paramLabel = "TEXT")
    String description = "";

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("name", name);
      body.put("kind", container ? "container" : query.isEmpty() ? "set" : "query");
      body.put("description", description);
      if (!query.isEmpty()) {
        body.put("query", query);
      }
      return show(remote.json("POST", "/api/v1/datasets", body));
    }
  }

  @Command(name = "add", description = "Add files to a set, or datasets to a container.")
  static final class Add extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1..*", paramLabel = "FILE")
    List<String> files = List.of();

    @Option(names = "--query", paramLabel = "QUERY", description = "Add what a query finds now.")
    String query = "";

    @Option(names = "--part", paramLabel = "DATASET", description = "Add a dataset.")
    List<String> parts = List.of();

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("add", files);
      body.put("parts", parts);
      if (!query.isEmpty()) {
        body.put("query", query);
      }
      return show(remote.json("POST", Remote.query(DATASET, Map.of("name", name)), body));
    }
  }

  @Command(name = "rm", description = "Take files out of a set.")
  static final class Rm extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1..*", paramLabel = "FILE", arity = "1..*")
    List<String> files = List.of();

    @Override
    public Integer call() throws IOException {
      String path = Remote.query(DATASET, Map.of("name", name));
      return show(remote.json("POST", path, Map.of("remove", files)));
    }
  }

  @Command(name = "freeze", description = "Take a snapshot of what a query finds now.")
  static final class Freeze extends Verb {
    @Parameters(index = "0", paramLabel = "NAME")
    String name = "";

    @Parameters(index = "1..*", paramLabel = "QUERY", arity = "1..*")
    List<String> query = List.of();

    @Option(names = "--description", paramLabel = "TEXT")
    String description = "";

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body =
          Map.of(
              "name",
              name,
              "kind",
              "snapshot",
              "query",
              String.join(" ", query),
              "description",
              description);
      return show(remote.json("POST", "/api/v1/datasets", body));
    }
  }

  @Command(name = "verify", description = "Compute a snapshot's digest again.")
  static final class Verify extends Verb {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(Remote.query("/api/v1/dataset/verify", Map.of("name", name)));
      boolean right = answer.path("right").asBoolean(false);
      out().println(json ? answer.toString() : right ? "as it was frozen" : "not as it was frozen");
      return (right ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }
}
