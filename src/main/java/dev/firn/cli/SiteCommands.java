package dev.firn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn site`: the sites a hub knows and when they rest.
@Command(
    name = "site",
    description = "See the sites a hub knows, and plan when they rest.",
    subcommands = {SiteCommands.Ls.class, SiteCommands.DowntimeGroup.class})
public final class SiteCommands {
  @Command(name = "ls", description = "List the sites.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get("/api/v1/sites");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode site : answer.path("sites")) {
        rows.add(
            List.of(
                site.path("name").asString(),
                site.path("kind").asString(),
                site.path("nearline").asBoolean() ? "tape" : "disk",
                site.path("url").asString()));
      }
      out.print(Text.table(List.of("SITE", "KIND", "ON", "URL"), rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "downtime",
      description = "Plan when nothing is started at a site.",
      subcommands = {DowntimeAdd.class, DowntimeLs.class, DowntimeRm.class})
  static final class DowntimeGroup {}

  @Command(
      name = "add",
      description = "Nothing is started at SITE in that time; what runs goes on.")
  static final class DowntimeAdd extends RemoteCommand {
    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(
        names = "--from",
        paramLabel = "TIME",
        description = "ISO 8601 in UTC, as 2026-12-01T08:00:00Z; default now.")
    @Nullable String from;

    @Option(names = "--until", paramLabel = "TIME", description = "ISO 8601 in UTC.")
    @Nullable String until;

    @Option(names = "--for", paramLabel = "HOURS", description = "So many hours from its begin.")
    @Nullable Long hours;

    @Option(names = "--why", paramLabel = "WORDS", description = "Shown to whoever waits.")
    String why = "planned";

    @Override
    public Integer call() throws IOException {
      if ((until == null) == (hours == null)) {
        spec.commandLine().getErr().println("firn site downtime add: give --until or --for");
        return ExitCode.USAGE.status();
      }
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      String end = until;
      if (hours != null) {
        String begin = from;
        Instant start = begin == null ? Instant.now() : Instant.parse(begin);
        end = start.plus(Duration.ofHours(hours)).toString();
      }
      body.put("site", site);
      body.put("from", from);
      body.put("until", end);
      body.put("why", why);
      JsonNode answer = remote.json("POST", "/api/v1/downtimes", body);
      spec.commandLine()
          .getOut()
          .println(
              json
                  ? answer
                  : Text.printable(
                      "downtime %s: %s from %s until %s (%s)"
                          .formatted(
                              answer.path("id").asString(),
                              answer.path("site").asString(),
                              answer.path("from").asString(),
                              answer.path("until").asString(),
                              answer.path("why").asString())));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List the downtimes that have not ended.")
  static final class DowntimeLs extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get("/api/v1/downtimes");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode one : answer.path("downtimes")) {
        rows.add(
            List.of(
                one.path("id").asString(),
                one.path("site").asString(),
                one.path("from").asString(),
                one.path("until").asString(),
                one.path("why").asString(),
                one.path("created_by").asString()));
      }
      out.print(Text.table(List.of(">ID", "SITE", "FROM", "UNTIL", "WHY", "BY"), rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "rm", description = "End a downtime, or take it back.")
  static final class DowntimeRm extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "Its number, as in firn site downtime ls.")
    long id;

    @Override
    public Integer call() throws IOException {
      remote.json("DELETE", "/api/v1/downtimes/" + id, null);
      spec.commandLine()
          .getOut()
          .println(json ? "{\"removed\":" + id + "}" : "downtime " + id + " is taken back");
      return ExitCode.DONE.status();
    }
  }
}
