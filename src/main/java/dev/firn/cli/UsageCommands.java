package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
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

/// `firn usage`: who has how much, day by day, and how much they may have.
@Command(
    name = "usage",
    description = "See who has how much, now and over time, and set how much there may be.",
    subcommands = {
      UsageCommands.Show.class,
      UsageCommands.Quotas.class,
      UsageCommands.Set.class,
      UsageCommands.Rm.class
    })
public final class UsageCommands {
  private static final String API = "/api/v1/usage";
  private static final String KIND = "owner, group, year, level or site.";

  private UsageCommands() {}

  @Command(
      name = "show",
      description = "What there is, the largest first; with --since also at the end of each day.",
      footer = {"", "  firn usage show --by group --since 2026-11-01"})
  static final class Show extends RemoteCommand {
    @Option(names = "--by", paramLabel = "KEY", defaultValue = "owner", description = KIND)
    String by = "owner";

    @Option(names = "--since", paramLabel = "DAY", description = "As 2026-11-27, in UTC.")
    @Nullable String since;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable String> parameters = new LinkedHashMap<>();
      parameters.put("by", by);
      parameters.put("since", since);
      JsonNode answer = remote.get(Remote.query(API, parameters));
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      answer.path("now").forEach(amount -> rows.add(row("now", amount)));
      if (since != null) {
        answer.path("days").forEach(day -> rows.add(row(day.path("day").asString(), day)));
      }
      String key = answer.path("by").asString().toUpperCase(Locale.ROOT);
      out().print(Text.table(List.of("DAY", key, ">FILES", ">BYTES"), rows));
      return ExitCode.DONE.status();
    }

    private static List<String> row(String day, JsonNode amount) {
      return List.of(
          day,
          amount.path("value").asString("unknown"),
          amount.path("files").asString(),
          new ByteSize(amount.path("bytes").asLong()).toString());
    }
  }

  @Command(
      name = "quotas",
      description = "List quotas and what is used, the exceeded first; exit 1 when one is.")
  static final class Quotas extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API + "/quotas");
      boolean exceeded = false;
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode quota : answer.path("quotas")) {
        exceeded |= quota.path("exceeded").asBoolean();
        rows.add(
            List.of(
                quota.path("kind").asString(),
                quota.path("name").asString(),
                quota.path("used_files").asString(),
                new ByteSize(quota.path("used_bytes").asLong()).toString(),
                new ByteSize(quota.path("bytes").asLong()).toString(),
                quota.path("exceeded").asBoolean() ? "over" : ""));
      }
      if (json) {
        out().println(answer);
      } else {
        out().print(Text.table(List.of("OF", "NAME", ">FILES", ">USED", ">QUOTA", ""), rows));
      }
      return (exceeded ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  /// A change of one quota.
  abstract static class Change extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "KIND", description = KIND)
    String kind = "";

    @Parameters(index = "1", paramLabel = "NAME")
    String name = "";

    Integer put(@Nullable String size, String said) throws IOException {
      Map<String, @Nullable String> body = new LinkedHashMap<>();
      body.put("kind", kind);
      body.put("name", name);
      body.put("bytes", size);
      JsonNode answer = remote.json("PUT", API + "/quotas", body);
      out().println(json ? answer : Text.printable(kind + " " + name + " " + said));
      boolean there = answer.path("removed").asBoolean(true);
      return (there ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(
      name = "set",
      description = "Say how much there may be; more is shown and reported, not refused.",
      footer = {"", "  firn usage set group cascades \"20 TB\""})
  static final class Set extends Change {
    @Parameters(index = "2", paramLabel = "SIZE", description = "As '20 TB'.")
    String size = "";

    @Override
    public Integer call() throws IOException {
      return put(size, "may have " + size);
    }
  }

  @Command(name = "rm", description = "Take a quota away; exit 1 when there was none.")
  static final class Rm extends Change {
    @Override
    public Integer call() throws IOException {
      return put(null, "has no quota");
    }
  }
}
