package dev.firn.cli;

import dev.firn.http.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// `firn alert`: notices about events.
@Command(
    name = "alert",
    description = "Notices to other observatories: compose, follow, update, retract.",
    subcommands = {
      AlertCommands.Ls.class,
      AlertCommands.Show.class,
      AlertCommands.Send.class,
      AlertCommands.Retract.class,
      AlertCommands.Replay.class
    },
    footer = {
      "",
      "  firn alert send candidate.json",
      "  firn alert show IceCube-230416A",
      "  firn alert retract IceCube-230416A --reason 'a flasher run'"
    })
public final class AlertCommands {
  private static final String NOTICES = "/api/v1/notices";

  /// What the verbs have in common.
  abstract static class Verb implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Option(names = "--json", description = "Print JSON, one notice a line.")
    boolean json;

    @Spec CommandSpec spec;

    PrintWriter out() {
      return spec.commandLine().getOut();
    }

    int show(JsonNode notices) {
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode n : notices) {
        if (json) {
          out().println(n);
          continue;
        }
        List<String> stands = new ArrayList<>();
        for (JsonNode d : n.path("deliveries")) {
          String why = d.path("why").asString("");
          stands.add(
              d.path("channel").asString()
                  + " "
                  + d.path("state").asString()
                  + (why.isEmpty() ? "" : " (" + why + ")"));
        }
        rows.add(
            List.of(
                n.path("event_name").asString(),
                n.path("revision").asString(),
                n.path("kind").asString(),
                n.path("tense").asString(),
                n.path("triggered").asString(),
                n.has("latency_s") ? n.path("latency_s").asString() : "",
                stands.isEmpty() ? "no channel" : String.join(", ", stands)));
      }
      if (!rows.isEmpty()) {
        out()
            .print(
                Text.table(
                    List.of("EVENT", ">REV", "KIND", "TENSE", "TRIGGER", ">AFTER s", "CHANNELS"),
                    rows));
      }
      return (notices.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }

    static String at(String event, String rest) {
      return NOTICES + "/" + Remote.encode(event) + rest;
    }

    int showOne(JsonNode notice) {
      return show(Json.mapper().createArrayNode().add(notice));
    }
  }

  @Command(name = "ls", description = "List notices, newest first.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      return show(remote.get(NOTICES).path("notices"));
    }
  }

  @Command(name = "show", description = "Show all revisions about one event.")
  static final class Show extends Verb {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Override
    public Integer call() throws IOException {
      return show(remote.get(at(event, "")).path("notices"));
    }
  }

  @Command(
      name = "send",
      description =
          "Compose a notice from a candidate, and send it when it is above the threshold.")
  static final class Send extends Verb {
    @Parameters(paramLabel = "FILE", description = "JSON; see docs/formats/notices.md.")
    Path file = Path.of("");

    @Option(
        names = "--update",
        paramLabel = "EVENT",
        description = "Another revision about this event.")
    String update = "";

    @Override
    public Integer call() throws IOException {
      JsonNode candidate;
      try {
        candidate = Json.mapper().readTree(Files.readString(file));
      } catch (JacksonException e) {
        throw new ParameterException(
            spec.commandLine(), file + " is not JSON: " + e.getOriginalMessage());
      }
      JsonNode answer = remote.json("POST", update.isEmpty() ? NOTICES : at(update, ""), candidate);
      if (answer.has("outcome")) {
        out().println(json ? answer.toString() : answer.path("outcome").asString());
        return ExitCode.NEGATIVE.status();
      }
      return showOne(answer);
    }
  }

  @Command(name = "retract", description = "Take back what was said about an event.")
  static final class Retract extends Verb {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Option(names = "--reason", required = true, paramLabel = "TEXT")
    String reason = "";

    @Override
    public Integer call() throws IOException {
      return showOne(remote.json("POST", at(event, "/retraction"), Map.of("reason", reason)));
    }
  }

  @Command(
      name = "replay",
      description = "Send to channels that came later, and at once what waits; never twice.")
  static final class Replay extends Verb {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Override
    public Integer call() throws IOException {
      return show(remote.json("POST", at(event, "/replay"), null).path("notices"));
    }
  }
}
