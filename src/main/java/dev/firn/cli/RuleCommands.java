package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn rule`: what should be true of which files.
@Command(
    name = "rule",
    description = "Say which files shall have a copy where.",
    subcommands = {RuleCommands.Add.class, RuleCommands.Ls.class, RuleCommands.Rm.class})
public final class RuleCommands {
  static final String API = "/api/v1/rules";

  @Command(
      name = "add",
      description = {
        "Files matching PATTERN shall have a copy at SITE, those there are and those to come.",
        "In PATTERN, ** stands for any number of directories, * and ? for characters of one name.",
        "Adding a rule twice is one rule."
      })
  static final class Add implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "PATTERN", description = "For example '/data/exp/**/PFRaw/**'.")
    String pattern = "";

    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(names = "--level", paramLabel = "LEVEL", description = "Only files of this level.")
    String level = "";

    @Option(names = "--bundled", description = "The copy lies in a bundle of the archive.")
    boolean bundled;

    @Option(
        names = "--priority",
        paramLabel = "N",
        description = "Of the transfers: 1 (last) to 5 (first); default 3.")
    int priority = 3;

    @Option(names = "--dry-run", description = "Show files and bytes; change nothing.")
    boolean dryRun;

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("pattern", pattern);
      body.put("level", level);
      body.put("site", site);
      body.put("bundled", bundled);
      body.put("priority", priority);
      body.put("dry_run", dryRun);
      JsonNode answer = remote.json("POST", API, body);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
      } else if (dryRun) {
        out.println(
            Text.printable(
                "%s: %d files, %s to copy; %d have their copy already"
                    .formatted(
                        answer.path("sentence").asString(),
                        answer.path("files").asLong(),
                        new ByteSize(answer.path("bytes").asLong()),
                        answer.path("already_there").asLong())));
      } else {
        out.println(
            Text.printable(
                "rule " + answer.path("id").asLong() + ": " + answer.path("sentence").asString()));
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List the rules in force and how far they are true.")
  static final class Ls implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

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
                String.valueOf(copies.path("open").asLong() + copies.path("assigned").asLong()),
                count(copies, "failed"),
                rule.path("created_by").asString()));
      }
      out.print(
          Text.table(List.of(">RULE", "SAYS THAT", ">DONE", ">WAITING", ">FAILED", "BY"), rows));
      return ExitCode.DONE.status();
    }

    private static String count(JsonNode copies, String state) {
      return String.valueOf(copies.path(state).asLong());
    }
  }

  @Command(
      name = "rm",
      description = "Take a rule back; copies that exist stay, those not begun are not made.")
  static final class Rm implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "RULE", description = "Its number, as in firn rule ls.")
    long id;

    @Option(names = "--json", description = "Print one JSON document.")
    boolean json;

    @Spec CommandSpec spec;

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
