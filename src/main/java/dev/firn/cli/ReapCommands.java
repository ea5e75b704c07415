package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn reap`: what becomes of copies that nobody asks for any more.
@Command(
    name = "reap",
    description = {
      "See and say how copies are deleted that no rule asks for any more: after a grace, while enough",
      "others are verified, and so many a day."
    },
    subcommands = {ReapCommands.Ls.class, ReapCommands.Set.class, ReapCommands.Run.class})
public final class ReapCommands {
  private static final String API = "/api/v1/reaper";

  @Command(name = "ls", description = "List the sites: what waits to go, what goes, what keeps it.")
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
      for (JsonNode site : answer.path("sites")) {
        JsonNode policy = site.path("policy");
        rows.add(
            List.of(
                site.path("site").asString(),
                amount(site.path("released")),
                amount(site.path("deleting")),
                amount(site.path("last_24_hours")),
                policy.path("enabled").asBoolean()
                    ? policy.path("grace_seconds").asLong() / 86_400 + " d"
                    : "off",
                marks(policy),
                site.path("trouble").asString("")));
      }
      out.print(
          Text.table(
              List.of("SITE", ">RELEASED", ">DELETING", ">LAST 24 H", ">GRACE", "MARKS", "TROUBLE"),
              rows));
      return ExitCode.DONE.status();
    }

    private static String amount(JsonNode amount) {
      return amount.path("files").asString()
          + " ("
          + new ByteSize(amount.path("bytes").asLong())
          + ")";
    }

    private static String marks(JsonNode policy) {
      return policy.path("capacity").asLong() == 0
          ? "none"
          : "%s to %s of %s"
              .formatted(
                  policy.path("high").asString(),
                  policy.path("low").asString(),
                  new ByteSize(policy.path("capacity").asLong()));
    }
  }

  @Command(name = "set", description = "Say how a site is freed; what is not given stays as it is.")
  static final class Set extends RemoteCommand {
    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(names = "--off", negatable = true, description = "Delete nothing there.")
    @Nullable Boolean off;

    @Option(
        names = "--grace-days",
        paramLabel = "N",
        description = "How long a released copy stays in any case; default 14.")
    @Nullable Long grace;

    @Option(
        names = "--copies",
        paramLabel = "N",
        description = "Verified copies elsewhere that there must be, rules or not; default 1.")
    @Nullable Integer copies;

    @Option(
        names = "--capacity",
        paramLabel = "SIZE",
        description = "What the site holds, for the marks; 0 for no marks.")
    @Nullable String capacity;

    @Option(
        names = "--high",
        paramLabel = "SHARE",
        description = "Nothing goes below this share of the capacity; default 0.9.")
    @Nullable Double high;

    @Option(
        names = "--low",
        paramLabel = "SHARE",
        description = "No more goes than brings the site down to this share; default 0.8.")
    @Nullable Double low;

    @Option(
        names = "--most-files",
        paramLabel = "N",
        description = "At most so many in 24 hours; default 100000.")
    @Nullable Long mostFiles;

    @Option(
        names = "--most-bytes",
        paramLabel = "SIZE",
        description = "At most so much in 24 hours; default 50 TB.")
    @Nullable String mostBytes;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("enabled", off == null ? null : !off);
      body.put("grace_seconds", grace == null ? null : Math.multiplyExact(grace, 86_400L));
      body.put("copies", copies);
      body.put("capacity", capacity);
      body.put("high", high);
      body.put("low", low);
      body.put("most_files", mostFiles);
      body.put("most_bytes", mostBytes);
      JsonNode answer = remote.json("PUT", API + "/" + site, body);
      spec.commandLine().getOut().println(json ? answer : Text.printable(site + ": " + answer));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "run",
      description = "Decide now what goes from SITE, not at the reaper's next turn.")
  static final class Run extends RemoteCommand {
    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(names = "--dry-run", description = "Show what would go; change nothing.")
    boolean dryRun;

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API + "/" + site + "/run", Map.of("dry_run", dryRun));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      out.println(
          Text.printable(
              "%s: %d of %d released copies %s, %s"
                  .formatted(
                      site,
                      answer.path("files").asLong(),
                      answer.path("looked_at").asLong(),
                      dryRun ? "would go now" : "go now",
                      new ByteSize(answer.path("bytes").asLong()))));
      answer
          .path("kept")
          .properties()
          .forEach(k ->
              out.println(
                  Text.printable("  kept: " + k.getValue().asString() + ", " + k.getKey())));
      for (JsonNode name : answer.path("names")) {
        out.println(Text.printable("  " + name.asString()));
      }
      return ExitCode.DONE.status();
    }
  }
}
