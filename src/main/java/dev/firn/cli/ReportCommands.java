package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `firn report`: what is twice, missing, or not as the catalog says.
@Command(
    name = "report",
    description = "See what is twice, missing, or not as the catalog says; changes nothing.",
    subcommands = {ReportCommands.Ls.class, ReportCommands.Show.class, ReportCommands.Take.class})
public final class ReportCommands {
  private static final String API = "/api/v1/reports";

  private ReportCommands() {}

  @Command(name = "ls", description = "List the standing reports.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      answer.path("reports").forEach(report -> rows.add(row(report)));
      out().print(Text.table(List.of("REPORT", "OF", ">FOUND", ">BYTES", "TAKEN", ""), rows));
      return ExitCode.DONE.status();
    }
  }

  private static List<String> row(JsonNode report) {
    long bytes = report.path("bytes").asLong();
    return List.of(
        report.path("kind").asString(),
        report.path("scope").asString(""),
        report.path("found").asString("-"),
        bytes == 0 ? "" : new ByteSize(bytes).toString(),
        report.path("taken").asString("not yet"),
        report.path("trouble").asString(""));
  }

  /// One report.
  abstract static class One extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "REPORT", description = "As 'firn report ls' lists them.")
    String kind = "";

    @Parameters(index = "1", paramLabel = "OF", arity = "0..1", description = "Of which place.")
    String scope = "";

    String path(@Nullable String after) {
      Map<String, @Nullable String> parameters = new LinkedHashMap<>();
      parameters.put("scope", scope.isEmpty() ? null : scope);
      parameters.put("after", after);
      return Remote.query(API + "/" + Remote.encode(kind), parameters);
    }

    Integer ended(JsonNode report) {
      if (json) {
        out().println(report);
      } else {
        out()
            .print(
                Text.table(
                    List.of("REPORT", "OF", ">FOUND", ">BYTES", "TAKEN", ""),
                    List.of(row(report))));
      }
      return (report.path("found").asLong() == 0 ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(name = "show", description = "Show what was found; exit 1 when there is something.")
  static final class Show extends One {
    @Override
    public Integer call() throws IOException {
      @Nullable String after = null;
      while (true) {
        JsonNode page = remote.get(path(after));
        for (JsonNode line : page.path("lines")) {
          out().println(json ? line.toString() : Text.printable(text(line)));
        }
        if (!page.has("next")) {
          ((ObjectNode) page).remove("lines");
          return ended(page);
        }
        after = page.path("next").asString();
      }
    }

    private static String text(JsonNode line) {
      return StreamSupport.stream(line.properties().spliterator(), false)
          .map(e ->
              e.getKey()
                  + "="
                  + (e.getValue().isString() ? e.getValue().asString() : e.getValue().toString()))
          .collect(Collectors.joining("  "));
    }
  }

  @Command(name = "take", description = "Look again now, which may take minutes.")
  static final class Take extends One {
    @Override
    public Integer call() throws IOException {
      return ended(remote.json("POST", path(null), null));
    }
  }
}
