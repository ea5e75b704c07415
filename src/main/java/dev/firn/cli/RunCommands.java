package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn run`: runs of the detector.
@Command(
    name = "run",
    description = "Runs: which are good, and what is missing.",
    subcommands = {
      RunCommands.Ls.class,
      RunCommands.Show.class,
      RunCommands.Missing.class,
      RunCommands.Load.class
    })
public final class RunCommands {
  private RunCommands() {}

  abstract static class Verb extends RemoteCommand {
    static String hours(JsonNode seconds) {
      return seconds.isMissingNode()
          ? ""
          : String.format(Locale.ROOT, "%.2f h", seconds.asDouble() / 3600);
    }

    static String good(JsonNode run, String key) {
      return run.has(key) ? (run.path(key).asBoolean() ? "good" : "bad") : "";
    }
  }

  @Command(name = "ls", description = "List the runs of a season, with the newest verdict on each.")
  static final class Ls extends Verb {
    @Option(names = "--season", paramLabel = "YEAR", required = true)
    int season;

    @Override
    public Integer call() throws IOException {
      List<List<String>> rows = new ArrayList<>();
      String after = "-1";
      do {
        JsonNode page =
            remote.get(Remote.query("/api/v1/runs", Map.of("season", season, "after", after)));
        for (JsonNode run : page.path("runs")) {
          if (json) {
            out().println(run);
          }
          rows.add(
              List.of(
                  run.path("run").asString(),
                  good(run, "good"),
                  good(run, "good_icetop"),
                  hours(run.path("livetime")),
                  run.path("comment").asString("")));
        }
        after = page.path("next").asString("");
      } while (!after.isEmpty());
      if (!json) {
        out().print(Text.table(List.of(">RUN", "IN-ICE", "ICETOP", ">LIVE", "COMMENT"), rows));
      }
      return (rows.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(
      name = "show",
      description = "Show a run: good or not and why, its files by level, what is missing.")
  static final class Show extends Verb {
    @Parameters(paramLabel = "RUN")
    int run;

    @Override
    public Integer call() throws IOException {
      JsonNode view = remote.get("/api/v1/runs/" + run);
      if (json) {
        out().println(view);
        return ExitCode.DONE.status();
      }
      out()
          .println(
              "run "
                  + run
                  + (view.has("season") ? ", season " + view.path("season").asString() : ""));
      out().println("  " + Text.printable(view.path("why").asString()));
      line("livetime", hours(view.path("livetime")));
      line("from", view.path("start").asString(""));
      line("to", view.path("end").asString(""));
      for (JsonNode gcd : view.path("gcd")) {
        line("GCD", gcd.asString());
      }
      if (view.path("gcd").isEmpty()) {
        line("GCD", "none");
      }
      line("gaps", view.path("gaps").isEmpty() ? "" : String.valueOf(view.path("gaps").size()));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode level : view.path("levels")) {
        rows.add(
            List.of(
                (level.path("level").asString() + " " + level.path("pass").asString("")).strip(),
                level.path("files").asString(),
                new ByteSize(level.path("bytes").asLong()).toString(),
                level.path("events").asString(),
                level.path("parts").asString(),
                level.has("missing") ? ranges(level.path("missing")) : ""));
      }
      out().println();
      List<String> head =
          List.of("LEVEL", ">FILES", ">BYTES", ">EVENTS", ">PARTS", "MISSING PARTS");
      out().print(Text.table(head, rows));
      return ExitCode.DONE.status();
    }

    private void line(String what, String value) {
      if (!value.isEmpty()) {
        out().println("  " + what + ": " + Text.printable(value));
      }
    }
  }

  static String ranges(JsonNode missing) {
    List<String> texts = new ArrayList<>();
    missing.forEach(part -> texts.add(part.asString()));
    return texts.isEmpty() ? "none" : String.join(" ", texts);
  }

  @Command(
      name = "missing",
      description = "List the good runs of a season that are not whole at a level.",
      footer = {"", "  firn run missing --level L2 --season 2017"})
  static final class Missing extends Verb {
    @Option(names = "--season", paramLabel = "YEAR", required = true)
    int season;

    @Option(names = "--level", paramLabel = "LEVEL", required = true)
    String level = "";

    @Option(
        names = "--pass",
        paramLabel = "PASS",
        description = "As pass2; '' for files whose names tell none (default: each a run has).")
    @Nullable String pass;

    @Option(names = "--all", description = "Also runs that are not good.")
    boolean all;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
      parameters.put("season", season);
      parameters.put("level", level);
      parameters.put("pass", pass);
      parameters.put("all", all);
      JsonNode view = remote.get(Remote.query("/api/v1/runs/missing", parameters));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode run : view.path("runs")) {
        if (json) {
          out().println(run);
        }
        rows.add(
            List.of(
                run.path("run").asString(),
                good(run, "good"),
                run.path("pass").asString(""),
                run.path("expected").asString(),
                run.path("whole_run").asBoolean() ? "all of it" : ranges(run.path("missing"))));
      }
      if (!json) {
        out().print(Text.table(List.of(">RUN", "IN-ICE", "PASS", ">PARTS", "MISSING"), rows));
      }
      return (rows.isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(
      name = "load",
      description = "Keep good-run lists; firn index does so with those it finds.")
  static final class Load extends Verb {
    @Parameters(paramLabel = "FILE", arity = "1..*")
    List<Path> files = List.of();

    @Override
    public Integer call() throws IOException {
      HubRegistry hub = new HubRegistry(remote, "good-run list", text -> {});
      boolean well = true;
      for (Path file : files) {
        @Nullable Path name = file.getFileName();
        String refused = hub.goodRuns(String.valueOf(name), Files.readAllBytes(file));
        well &= refused.isEmpty();
        out().println(Text.printable(file + ": " + (refused.isEmpty() ? "kept" : refused)));
      }
      return (well ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }
}
