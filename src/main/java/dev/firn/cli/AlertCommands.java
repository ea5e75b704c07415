package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
      "  firn alert send candidate.json --wait 30s",
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
                n.has("latency_s") ? seconds(n.path("latency_s").asDouble()) : "",
                stands.isEmpty() ? "no channel" : String.join(", ", stands)));
      }
      if (!rows.isEmpty()) {
        out()
            .print(
                Text.table(
                    List.of("EVENT", ">REV", "KIND", "TENSE", "TRIGGER", ">AFTER", "CHANNELS"),
                    rows));
      }
      return (notices.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }

    /// Seconds to the millisecond while a notice is fresh, a clock's time for an old event.
    static String seconds(double seconds) {
      return seconds < 100
          ? String.format(Locale.ROOT, "%.3f s", seconds)
          : Text.clock(Duration.ofMillis(Math.round(1e3 * seconds)));
    }

    static String at(String event, String rest) {
      return NOTICES + "/" + Remote.encode(event) + rest;
    }

    int showOne(JsonNode notice) {
      return show(Json.mapper().createArrayNode().add(notice));
    }
  }

  @Command(name = "ls", description = "List notices, newest first, 200 at a time.")
  static final class Ls extends Verb {
    @Option(
        names = "--before",
        paramLabel = "ID",
        description = "Go on below this notice, as the end of a list says.")
    long before = Long.MAX_VALUE;

    @Override
    public Integer call() throws IOException {
      JsonNode found = remote.get(NOTICES + "?before=" + before);
      int status = show(found.path("notices"));
      PrintWriter aside = spec.commandLine().getErr();
      if (found.path("notices").isEmpty()) {
        aside.println("no notices");
      } else if (found.has("before")) {
        aside.println("older ones: --before " + found.path("before").asString());
      }
      return status;
    }
  }

  @Command(
      name = "show",
      description = "Show all revisions about one event: what each says and how long it took.")
  static final class Show extends Verb {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Option(names = "--voevent", description = "Print the newest revision as VOEvent 2.0.")
    boolean voevent;

    @Override
    public Integer call() throws IOException {
      JsonNode notices = remote.get(at(event, "")).path("notices");
      if (voevent) {
        String revision = notices.path(notices.size() - 1).path("revision").asString();
        Request request =
            Request.of("GET", URI.create(remote.url() + at(event, "/" + revision + "/voevent")));
        try (HttpFetcher client = remote.open();
            Response response = remote.send(client, request)) {
          out().print(response.bodyText(1 << 20));
        }
        return ExitCode.DONE.status();
      }
      int status = show(notices);
      if (!json) {
        notices.forEach(this::detail);
      }
      return status;
    }

    private void detail(JsonNode n) {
      JsonNode said = n.path("notice");
      List<String> lines = new ArrayList<>();
      lines.add(
          "%s, run %s event %s, p_astro %s"
              .formatted(
                  said.path("pipeline").asString(),
                  n.path("run").asString(),
                  n.path("event").asString(),
                  said.path("p_astro").asString("not said")));
      lines.add(
          "ra %s, dec %s, within %s degrees"
              .formatted(
                  said.path("ra").asString(),
                  said.path("dec").asString(),
                  said.path("ra_dec_error").asString()));
      if (said.has("additional_info")) {
        lines.add("because: " + said.path("additional_info").asString());
      }
      for (JsonNode leg : n.path("legs")) {
        lines.add(leg.path("what").asString() + ": " + seconds(leg.path("s").asDouble()));
      }
      for (JsonNode d : n.path("deliveries")) {
        lines.add(
            "%s: %s, %s attempts%s"
                .formatted(
                    d.path("channel").asString(),
                    d.path("state").asString(),
                    d.path("attempts").asString(),
                    d.has("receipt") ? ", " + d.path("receipt").asString() : ""));
      }
      out().println();
      out().println("revision " + n.path("revision").asString());
      lines.forEach(l -> out().println("  " + Text.printable(l)));
    }
  }

  /// What sends, and may wait until it has arrived.
  abstract static class Sending extends Verb {
    private static final long LOOK_MILLIS = 200;

    @Option(
        names = "--wait",
        paramLabel = "TIME",
        description = "Wait until all channels have it, at most so long (30s, 5m).")
    String wait = "";

    /// @return DONE, or NEGATIVE when a channel still lacks it
    int followed(String event) throws IOException {
      long end =
          wait.isEmpty() ? 0 : System.nanoTime() + Text.duration(spec, "--wait", wait).toNanos();
      JsonNode notices = remote.get(at(event, "")).path("notices");
      while (!wait.isEmpty() && !arrived(notices) && System.nanoTime() < end) {
        try {
          Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("stopped while " + event + " is being sent");
        }
        notices = remote.get(at(event, "")).path("notices");
      }
      int status = show(notices);
      return wait.isEmpty() || arrived(notices) ? status : ExitCode.NEGATIVE.status();
    }

    private static boolean arrived(JsonNode notices) {
      for (JsonNode notice : notices) {
        for (JsonNode delivery : notice.path("deliveries")) {
          if (!delivery.path("state").asString().equals("sent")) {
            return false;
          }
        }
      }
      return true;
    }

    int sent(JsonNode notice) throws IOException {
      return wait.isEmpty() ? showOne(notice) : followed(notice.path("event_name").asString());
    }
  }

  @Command(
      name = "send",
      description =
          "Compose a notice from a candidate, and send it when it is above the threshold.")
  static final class Send extends Sending {
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
      return sent(answer);
    }
  }

  @Command(name = "retract", description = "Take back what was said about an event.")
  static final class Retract extends Sending {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Option(names = "--reason", required = true, paramLabel = "TEXT")
    String reason = "";

    @Override
    public Integer call() throws IOException {
      return sent(remote.json("POST", at(event, "/retraction"), Map.of("reason", reason)));
    }
  }

  @Command(
      name = "replay",
      description = "Send to channels that came later, and at once what waits; never twice.")
  static final class Replay extends Sending {
    @Parameters(paramLabel = "EVENT")
    String event = "";

    @Override
    public Integer call() throws IOException {
      remote.json("POST", at(event, "/replay"), null);
      return followed(event);
    }
  }
}
