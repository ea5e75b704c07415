package dev.firn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// What is done to passes as a whole.
final class EventPasses {
  static final String BASE = "/api/v1/events";
  private static final Duration LOOK = Duration.ofSeconds(1);

  /// A load of years need not be counted every second.
  private static final Duration LOOK_LATER = Duration.ofSeconds(10);

  private static final int LOOKS = 60;

  private EventPasses() {}

  /// What the verbs have in common.
  abstract static class Verb extends RemoteCommand {
    PrintWriter err() {
      return spec.commandLine().getErr();
    }

    /// One line, or the document.
    int show(JsonNode document, String line) {
      out().println(json ? document.toString() : Text.printable(line));
      return ExitCode.DONE.status();
    }
  }

  static String line(JsonNode pass) {
    String state =
        pass.path("releases").asInt(0) == 0
            ? "staged"
            : pass.path("current").asBoolean(false) ? "current" : "promoted";
    return "%s: %s, %d events, %d pulses; %s"
        .formatted(
            pass.path("name").asString(),
            state,
            pass.path("events").asLong(),
            pass.path("pulses").asLong(),
            progress(pass));
  }

  /// How many files are done, how many are to come, how fast, and for how long still.
  private static String progress(JsonNode pass) {
    long done = pass.path("done").asLong();
    long failed = pass.path("failed").asLong();
    long waiting = pass.path("waiting").asLong();
    StringBuilder line = new StringBuilder();
    if (waiting == 0) {
      line.append(done).append(" files");
    } else {
      long all = done + failed + waiting;
      line.append(
          "%d of %d files (%d %%), %d to go, %d in hand"
              .formatted(
                  done, all, 100 * (done + failed) / all, waiting, pass.path("in_hand").asLong()));
    }
    line.append(", ").append(failed).append(" failed");
    if (waiting > 0 && pass.has("remaining_seconds")) {
      line.append(
          String.format(
              Locale.ROOT,
              "; %.1f files/s, %d pulses/s, about %s left",
              pass.path("files_a_second").asDouble(),
              pass.path("pulses_a_second").asLong(),
              Text.clock(Duration.ofSeconds(pass.path("remaining_seconds").asLong()))));
    } else if (waiting > 0) {
      line.append("; time left not known yet");
    }
    return line.toString();
  }

  @Command(name = "ls", description = "List passes, or show one with the files that failed.")
  static final class Ls extends Verb {
    @Parameters(paramLabel = "PASS", arity = "0..1")
    String pass = "";

    @Override
    public Integer call() throws IOException {
      if (!pass.isEmpty()) {
        JsonNode one = remote.get(Remote.query(BASE + "/pass", Map.of("name", pass)));
        show(one, line(one));
        if (!json) {
          for (JsonNode failure : one.path("failures")) {
            out()
                .println(
                    Text.printable(
                        "  "
                            + failure.path("file").asString()
                            + ": "
                            + failure.path("reason").asString()));
          }
        }
        return ExitCode.DONE.status();
      }
      JsonNode all = remote.get(BASE + "/passes");
      if (json) {
        out().println(all);
      } else {
        all.path("passes").forEach(p -> out().println(Text.printable(line(p))));
      }
      return (all.path("passes").isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(name = "create", description = "Make a pass with empty tables.")
  static final class Create extends Verb {
    @Parameters(paramLabel = "PASS")
    String pass = "";

    @Option(names = "--pulses", required = true, paramLabel = "KEY", description = "Which pulses.")
    String pulses = "";

    @Option(names = "--columns", paramLabel = "FILE", description = "A columns.toml.")
    @Nullable Path columns;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("name", pass);
      body.put("pulses", pulses);
      body.put("columns", columns == null ? "" : Files.readString(columns));
      JsonNode made = remote.json("POST", BASE + "/passes", body);
      return show(made, line(made));
    }
  }

  @Command(
      name = "load",
      description = {
        "Make files of the catalog into columns of a pass, and wait until they are.",
        "Those that are already are passed over: a load that was cut goes on by being called again.",
        "Exit 1 if some file failed."
      })
  static final class Load extends Verb {
    @Option(names = "--pass", required = true, paramLabel = "PASS", description = "Which pass.")
    String pass = "";

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Logical names.")
    List<String> files = List.of();

    @Option(names = "--query", paramLabel = "QUERY", description = "Files that a query finds.")
    String query = "";

    @Option(names = "--columns", paramLabel = "FILE", description = "Other columns from now on.")
    @Nullable Path columns;

    @Option(names = "--retry", description = "Try those again that failed.")
    boolean retry;

    @Option(names = "--detach", description = "Do not wait.")
    boolean detach;

    @Override
    public Integer call() throws IOException, InterruptedException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("pass", pass);
      body.put("files", files);
      body.put("retry", retry);
      if (!query.isEmpty()) {
        body.put("query", query);
      }
      if (columns != null) {
        body.put("columns", Files.readString(columns));
      }
      JsonNode asked = remote.json("POST", BASE + "/load", body);
      JsonNode now = asked.path("pass");
      long before = now.path("failed").asLong();
      if (!json) {
        out().println(asked.path("added").asLong() + " files to load");
        out().flush();
      }
      String told = "";
      for (int look = 0; !detach && now.path("waiting").asLong() > 0; look++) {
        Thread.sleep(look < LOOKS ? LOOK : LOOK_LATER);
        now = remote.get(Remote.query(BASE + "/pass", Map.of("name", pass)));
        String line = line(now);
        if (!json && !line.equals(told)) {
          told = line;
          out().println(Text.printable(line));
          out().flush();
        }
      }
      long failed = now.path("failed").asLong() - (retry ? 0 : before);
      if (json) {
        out().println(now);
      }
      if (failed > 0) {
        err().println("firn: " + failed + " files failed: firn events ls " + pass);
      }
      return (failed > 0 ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(
      name = "rule",
      description =
          "Let the files that a query finds, now and later, become columns by themselves.")
  static final class RuleVerb extends Verb {
    @Parameters(index = "0", paramLabel = "PASS")
    String pass = "";

    @ArgGroup(multiplicity = "1")
    Choice choice = new Choice();

    static final class Choice {
      @Parameters(index = "1", paramLabel = "QUERY")
      @Nullable String query;

      @Option(names = "--none", description = "End the rule.")
      boolean none;
    }

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("pass", pass);
      if (choice.query != null) {
        body.put("query", choice.query);
      }
      JsonNode now = remote.json("POST", BASE + "/rule", body);
      String rule = now.path("rule").asString("none");
      return show(now, pass + ": rule " + rule);
    }
  }

  @Command(
      name = "promote",
      description = {
        "Show readers what is staged of a pass, in one step, and make it the current pass.",
        "What they see then stays readable for ever by its tag."
      })
  static final class Promote extends Verb {
    @Parameters(paramLabel = "PASS")
    String pass = "";

    @Override
    public Integer call() throws IOException {
      JsonNode done = remote.json("POST", BASE + "/promote", Map.of("pass", pass));
      return show(done, pass + " is current, tagged " + done.path("tag").asString());
    }
  }

  @Command(
      name = "gc",
      description = "Find files among the tables that no table needs; with --delete remove them.")
  static final class Gc extends Verb {
    @Option(
        names = "--older-than",
        paramLabel = "HOURS",
        defaultValue = "24",
        description = "Younger ones may belong to a batch under way (default: 24).")
    double hours;

    @Option(names = "--delete", description = "Remove them.")
    boolean delete;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body =
          Map.of("olderThanSeconds", Math.round(hours * 3600), "delete", delete);
      JsonNode found = remote.json("POST", BASE + "/gc", body);
      List<String> names = new ArrayList<>();
      found.path("names").forEach(n -> names.add(n.asString()));
      if (!json) {
        names.forEach(n -> out().println(Text.printable(n)));
      }
      return show(
          found,
          "%d files, %d bytes%s"
              .formatted(
                  found.path("orphans").asLong(),
                  found.path("bytes").asLong(),
                  delete ? ", removed" : " could be removed"));
    }
  }

  @Command(
      name = "geometry",
      description = {
        "Tell the event display where the modules are.",
        "NAME is a GCD file of the catalog, or a Parquet table with string, om (or dom_number), x, y,"
            + " z (or dom_x, dom_y, dom_z)."
      })
  static final class Geometry extends Verb {
    @Parameters(paramLabel = "NAME")
    String file = "";

    @Override
    public Integer call() throws IOException {
      JsonNode taken = remote.json("POST", BASE + "/geometry", Map.of("file", file));
      return show(taken, taken.path("modules").asInt() + " modules");
    }
  }
}
