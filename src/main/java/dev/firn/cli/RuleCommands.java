package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
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

/// `firn rule`: what should be true of which files.
@Command(
    name = "rule",
    description = "Say which files shall have copies where.",
    subcommands = {
      RuleCommands.Add.class,
      RuleCommands.Ls.class,
      RuleCommands.Explain.class,
      RuleCommands.Rm.class
    })
public final class RuleCommands {
  static final String API = "/api/v1/rules";

  @Command(
      name = "add",
      description = {
        "Files matching PATTERN shall have copies at SITES, those there are and those to come.",
        "In PATTERN, ** stands for any number of directories, * and ? for characters of one name.",
        "SITES is a site or an expression of names and attributes: 'tape & us', 'disk & !desy'.",
        "Adding a rule twice is one rule."
      })
  static final class Add extends RemoteCommand {
    @Parameters(paramLabel = "PATTERN", description = "For example '/data/exp/**/PFRaw/**'.")
    String pattern = "";

    @Parameters(paramLabel = "SITES")
    String site = "";

    @Option(names = "--copies", paramLabel = "N", description = "At how many of SITES; default 1.")
    int copies = 1;

    @Option(names = "--level", paramLabel = "LEVEL", description = "Only files of this level.")
    String level = "";

    @Option(
        names = "--where",
        paramLabel = "QUERY",
        description = "Only files that this query finds, as firn find has it.")
    String query = "";

    @Option(
        names = "--dataset",
        paramLabel = "NAME",
        description = "Only files of this dataset, also those that come to it later.")
    String dataset = "";

    @Option(
        names = "--group",
        paramLabel = "none|directory|rule",
        description = "What goes to the same sites when there is a choice; default none.")
    String grouping = "none";

    @Option(names = "--bundled", description = "The copies lie in bundles of the archive.")
    boolean bundled;

    @Option(names = "--now-only", description = "Only for the files there are, not those to come.")
    boolean nowOnly;

    @Option(
        names = "--days",
        paramLabel = "N",
        description = "The rule ends after so many days; then its copies may be deleted.")
    @Nullable Integer days;

    @Option(
        names = "--priority",
        paramLabel = "N",
        description = "Of the transfers: 1 (last) to 5 (first); default 3.")
    int priority = 3;

    @Option(
        names = "--activity",
        paramLabel = "WORD",
        description = "Whose share of the links the transfers use; default 'default'.")
    String activity = "default";

    @Option(
        names = "--account",
        paramLabel = "WHO",
        description = "Whose quota the copies count for; default your own.")
    @Nullable String account;

    @Option(
        names = "--dry-run",
        description = "Show files, bytes, time and cost by site; change nothing.")
    boolean dryRun;

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API, body());
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
      } else if (dryRun) {
        print(answer, out);
      } else {
        out.println(
            Text.printable(
                "rule " + answer.path("id").asLong() + ": " + answer.path("sentence").asString()));
      }
      return ExitCode.DONE.status();
    }

    private Map<String, @Nullable Object> body() {
      String both = query;
      if (!dataset.isEmpty()) {
        String in = "in dataset \"" + dataset + "\"";
        both = query.isEmpty() ? in : "(" + query + ") and " + in;
      }
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("pattern", pattern);
      body.put("level", level);
      body.put("query", both);
      body.put("site", site);
      body.put("copies", copies);
      body.put("grouping", grouping);
      body.put("bundled", bundled);
      body.put("priority", priority);
      body.put("activity", activity);
      body.put(
          "expires", days == null ? null : Instant.now().plus(Duration.ofDays(days)).toString());
      body.put("standing", !nowOnly);
      body.put("account", account);
      body.put("dry_run", dryRun);
      return body;
    }

    private static void print(JsonNode answer, PrintWriter out) {
      out.println(
          Text.printable(
              "%s: %d files match, %d copies (%s) to make, %d are there already or on their way"
                  .formatted(
                      answer.path("sentence").asString(),
                      answer.path("matching").asLong(),
                      answer.path("files").asLong(),
                      new ByteSize(answer.path("bytes").asLong()),
                      answer.path("already_there").asLong())));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode at : answer.path("sites")) {
        rows.add(
            List.of(
                at.path("site").asString(),
                at.path("files").asString(),
                new ByteSize(at.path("bytes").asLong()).toString(),
                at.has("seconds") ? duration(at.path("seconds").asLong()) : "not known",
                at.has("cost")
                    ? String.format(Locale.ROOT, "%.2f", at.path("cost").asDouble())
                    : "not known",
                at.path("basis").asString()));
      }
      if (!rows.isEmpty()) {
        out.print(
            Text.table(List.of("SITE", ">FILES", ">BYTES", ">TIME", ">COST", "RESTS ON"), rows));
      }
    }

    private static String duration(long seconds) {
      if (seconds < 120) {
        return seconds + " s";
      }
      if (seconds < 7200) {
        return seconds / 60 + " min";
      }
      return seconds < 172_800 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
    }
  }

  @Command(name = "ls", description = "List the rules in force and how far they are true.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode rule : answer.path("rules")) {
        JsonNode copies = rule.path("copies");
        rows.add(
            List.of(
                rule.path("id").asString(),
                rule.path("sentence").asString(),
                count(copies, "done"),
                String.valueOf(
                    copies.path("open").asLong()
                        + copies.path("assigned").asLong()
                        + copies.path("held").asLong()),
                count(copies, "failed"),
                rule.path("account").asString()));
      }
      out.print(
          Text.table(
              List.of(">RULE", "SAYS THAT", ">DONE", ">WAITING", ">FAILED", "ACCOUNT"), rows));
      return ExitCode.DONE.status();
    }

    private static String count(JsonNode copies, String state) {
      return String.valueOf(copies.path(state).asLong());
    }
  }

  @Command(
      name = "explain",
      description = "Say how far a rule is true, and what keeps it from being more so.")
  static final class Explain extends RemoteCommand {
    @Parameters(paramLabel = "RULE", description = "Its number, as in firn rule ls.")
    long id;

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API + "/" + id + "/explain");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      out.println(Text.printable(answer.path("sentence").asString()));
      for (JsonNode part : answer.path("waiting")) {
        out.println(
            Text.printable(
                "  %s %s; the oldest: %s"
                    .formatted(
                        part.path("copies").asString(),
                        part.path("state").asString(),
                        part.path("sentence").asString())));
        out.println(
            Text.printable(
                "    since %s; %s"
                    .formatted(part.path("since").asString(), part.path("advice").asString())));
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "rm",
      description = {
        "Take a rule back. Copies not begun are not made; those it brought and that no other rule",
        "wants are released, and deleted when their grace is over (firn reap)."
      })
  static final class Rm extends RemoteCommand {
    @Parameters(paramLabel = "RULE", description = "Its number, as in firn rule ls.")
    long id;

    @Override
    public Integer call() throws IOException {
      remote.json("DELETE", API + "/" + id, null);
      spec.commandLine()
          .getOut()
          .println(json ? "{\"removed\":" + id + "}" : "rule " + id + " is taken back");
      return ExitCode.DONE.status();
    }
  }
}
