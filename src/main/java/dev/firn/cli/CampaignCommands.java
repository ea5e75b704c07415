package dev.firn.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn campaign`: process many files event by event, and prove that none was lost.
@Command(
    name = "campaign",
    description = "Process a season again: plan, run, follow, prove, promote.",
    subcommands = {
      CampaignCommands.Plan.class,
      CampaignCommands.Start.class,
      CampaignRun.class,
      CampaignCommands.Stop.class,
      CampaignCommands.Ls.class,
      CampaignCommands.Show.class,
      CampaignCommands.Resume.class,
      CampaignCommands.Promote.class,
      CampaignCommands.Diff.class,
      CampaignCommands.Token.class
    },
    footer = {
      "",
      "  firn campaign plan pass3 --input 'level = L2 and season = 2017' --grl GoodRunInfo.txt \\",
      "    --gcd pass3 --pulses InIcePulses --command 'python3 reprocess.py $INFILE $OUTFILE'",
      "  firn campaign start pass3",
      "  firn campaign run pass3 --executor slurm --workers 100",
      "  firn campaign token pass3 > token; BEARER_TOKEN_FILE=token firn work --campaign pass3",
      "  firn campaign status pass3 --missing",
      "  firn campaign diff pass2 pass3",
      "  firn campaign promote pass3"
    })
public final class CampaignCommands {
  private static final String CAMPAIGNS = "/api/v1/campaigns";

  /// What the verbs have in common.
  abstract static class Verb extends RemoteCommand {
    int show(JsonNode campaign) {
      if (json) {
        out().println(campaign);
      } else {
        words(campaign).forEach(line -> out().println(Text.printable(line)));
      }
      return ExitCode.DONE.status();
    }
  }

  /// What the verbs on one campaign have in common.
  abstract static class OneVerb extends Verb {
    @Parameters(paramLabel = "CAMPAIGN")
    String campaign = "";

    String at(String path) {
      return CAMPAIGNS + "/" + Remote.encode(campaign) + path;
    }
  }

  private static List<String> words(JsonNode c) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s: %s, pass %s, GCD %s, %d files (%d excluded)"
            .formatted(
                c.path("name").asString(),
                c.path("state").asString(),
                c.path("pass").asString(),
                c.path("gcd").asString(),
                c.path("files").asLong(),
                c.path("excluded_files").asLong()));
    lines.add(
        "  expected %d = done %d + running %d + excluded %d + missing %d%s"
            .formatted(
                c.path("expected").asLong(),
                c.path("done").asLong(),
                c.path("running").asLong(),
                c.path("excluded").asLong(),
                c.path("missing").asLong(),
                c.path("holds").asBoolean() ? "" : "  THIS DOES NOT ADD UP"));
    c.path("reasons")
        .properties()
        .forEach(reason ->
            lines.add("  excluded %d: %s".formatted(reason.getValue().asLong(), reason.getKey())));
    for (JsonNode lack : c.path("lacks")) {
      lines.add("  run %d: %s".formatted(lack.path("run").asInt(), lack.path("what").asString()));
    }
    if (!c.path("trouble").asString("").isEmpty()) {
      lines.add("  trouble: " + c.path("trouble").asString());
    }
    return lines;
  }

  @Command(
      name = "plan",
      description = {
        "Freeze the input, judge every file of it, and cut what is ready into work units.",
        "Nothing runs before 'firn campaign start'. Exit 1 if a good run lacks something."
      })
  static final class Plan extends OneVerb {
    @Option(
        names = "--pass",
        paramLabel = "PASS",
        description = "The pass it makes (default: its name).")
    String pass = "";

    @Option(names = "--input", required = true, paramLabel = "QUERY", description = "Which files.")
    String query = "";

    @Option(
        names = "--grl",
        paramLabel = "FILE",
        description = "A good-run list (default: all runs).")
    @Nullable Path goodRuns;

    @Option(
        names = "--gcd",
        required = true,
        paramLabel = "VERSION",
        description = "Version of the GCD files: in their names, or a directory above them.")
    String gcd = "";

    @Option(
        names = "--command",
        required = true,
        paramLabel = "COMMAND",
        description = "What to run: reads the .i3 file $INFILE, writes $OUTFILE.")
    String command = "";

    @Option(
        names = "--unit",
        paramLabel = "EVENTS",
        description = "Events of a unit (default: 200).")
    @Nullable Integer unit;

    @Option(
        names = "--lease",
        paramLabel = "SECONDS",
        description = "Silence of a worker (default: 120).")
    @Nullable Long lease;

    @Option(
        names = "--limit",
        paramLabel = "SECONDS",
        description = "One run of the command (default: 1800).")
    @Nullable Long limit;

    @Option(
        names = "--pulses",
        paramLabel = "KEY",
        description = "Make the pass, with these pulses.")
    String pulses = "";

    @Option(
        names = "--columns",
        paramLabel = "FILE",
        description = "A columns.toml for a new pass.")
    @Nullable Path columns;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("name", campaign);
      body.put("pass", pass.isEmpty() ? campaign : pass);
      body.put("query", query);
      Path list = goodRuns;
      if (list != null) {
        body.put("good_runs_name", String.valueOf(list.getFileName()));
        body.put("good_runs", Files.readString(list));
      }
      body.put("gcd", gcd);
      body.put("command", command);
      body.put("unit_events", unit);
      body.put("lease_seconds", lease);
      body.put("limit_seconds", limit);
      body.put("pulses", pulses);
      body.put("columns", columns == null ? "" : Files.readString(columns));
      JsonNode planned = remote.json("POST", CAMPAIGNS, body);
      show(planned);
      return (planned.path("lacks").isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(
      name = "start",
      description = "Let workers have units, for the first time or after a stop.")
  static final class Start extends OneVerb {
    @Override
    public Integer call() throws IOException {
      return show(remote.json("POST", at("/start"), Map.of()));
    }
  }

  @Command(name = "stop", description = "Give nothing out any more; what is at work may finish.")
  static final class Stop extends OneVerb {
    @Override
    public Integer call() throws IOException {
      return show(remote.json("POST", at("/stop"), Map.of()));
    }
  }

  @Command(name = "ls", description = "List campaigns, the newest first.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      JsonNode all = remote.get(CAMPAIGNS).path("campaigns");
      if (json) {
        all.forEach(c -> out().println(c));
      } else if (!all.isEmpty()) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode c : all) {
          List<String> row = new ArrayList<>();
          for (String key :
              List.of(
                  "name", "state", "pass", "expected", "done", "running", "excluded", "missing")) {
            row.add(c.path(key).asString());
          }
          rows.add(row);
        }
        out()
            .print(
                Text.table(
                    List.of(
                        "CAMPAIGN",
                        "STATE",
                        "PASS",
                        ">EXPECTED",
                        ">DONE",
                        ">RUNNING",
                        ">EXCLUDED",
                        ">MISSING"),
                    rows));
      }
      return (all.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(
      name = "status",
      description = {
        "Say where a campaign stands: expected = done + running + excluded + missing, in events.",
        "Exit 1 while something is missing or running."
      })
  static final class Show extends OneVerb {
    @Option(names = "--missing", description = "Also list what is not done, with why.")
    boolean missing;

    @Option(
        names = "--proof",
        description = "Print what each unit was made of, one JSON line a unit.")
    boolean proof;

    @Override
    public Integer call() throws IOException {
      if (proof) {
        remote.lines("GET", at("/proof"), null, line -> out().println(line));
        return ExitCode.DONE.status();
      }
      JsonNode now = remote.get(at(missing ? "/missing" : ""));
      show(now);
      if (missing && !json) {
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode gap : now.path("gaps")) {
          long first = gap.path("first").asLong();
          long events = gap.path("events").asLong();
          rows.add(
              List.of(
                  gap.path("state").asString(),
                  first + ".." + (first + Math.max(0, events - 1)),
                  String.valueOf(events),
                  gap.path("file").asString(),
                  gap.path("why").asString()));
        }
        if (!rows.isEmpty()) {
          out().print(Text.table(List.of("STATE", "POSITIONS", ">EVENTS", "FILE", "WHY"), rows));
        }
        long more = now.path("more").asLong(0);
        if (more > 0) {
          out().println("and " + more + " more");
        }
      }
      boolean open = now.path("missing").asLong() + now.path("running").asLong() > 0;
      return (open ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(
      name = "resume",
      description = "Go on after a stop; with --quarantined also try those again.")
  static final class Resume extends OneVerb {
    @Option(names = "--quarantined", description = "Try what is in quarantine again.")
    boolean quarantined;

    @Override
    public Integer call() throws IOException {
      return show(remote.json("POST", at("/resume"), Map.of("quarantined", quarantined)));
    }
  }

  @Command(
      name = "promote",
      description = "Show readers the pass it made, in one step; the pass before stays as it is.")
  static final class Promote extends OneVerb {
    @Override
    public Integer call() throws IOException {
      JsonNode promoted = remote.json("POST", at("/promote"), Map.of());
      String line =
          promoted.path("pass").asString() + " is current, " + promoted.path("tag").asString();
      out().println(json ? promoted.toString() : Text.printable(line));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "diff",
      description = {
        "Compare two passes event by event: rows only one has, columns and pulses that differ.",
        "Exit 1 if an event is in one of them only."
      })
  static final class Diff extends Verb {
    @Parameters(index = "0", paramLabel = "PASS")
    String first = "";

    @Parameters(index = "1", paramLabel = "PASS")
    String second = "";

    @Override
    public Integer call() throws IOException {
      JsonNode found =
          remote.get(Remote.query("/api/v1/events/diff", Map.of("first", first, "second", second)));
      if (json) {
        out().println(found);
      } else {
        String line =
            "%d events in both, %d only in %s, %d only in %s; pulses of %d differ%s"
                .formatted(
                    found.path("both").asLong(),
                    found.path("only_first").asLong(),
                    first,
                    found.path("only_second").asLong(),
                    second,
                    found.path("pulses_different").asLong(),
                    found.has("charge_ratio")
                        ? ", charge there on average times " + found.path("charge_ratio").asString()
                        : "");
        out().println(Text.printable(line));
        found
            .path("columns_different")
            .properties()
            .forEach(c -> out().println(Text.printable("  " + c.getKey() + ": " + c.getValue())));
      }
      boolean same = found.path("only_first").asLong() + found.path("only_second").asLong() == 0;
      return (same ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(
      name = "token",
      description = "Print a token for workers of a campaign, and nothing else.")
  static final class Token extends OneVerb {
    @Override
    public Integer call() throws IOException {
      JsonNode token = remote.json("POST", at("/token"), Map.of());
      out().println(json ? token.toString() : token.path("token").asString());
      return ExitCode.DONE.status();
    }
  }
}
