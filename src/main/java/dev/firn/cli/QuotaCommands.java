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
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn quota`: how much the rules of an account may ask for at a site.
@Command(
    name = "quota",
    description = "See and say how much the rules of an account may ask for at a site.",
    subcommands = {QuotaCommands.Ls.class, QuotaCommands.Set.class, QuotaCommands.Rm.class})
public final class QuotaCommands {
  private static final String API = "/api/v1/quotas";

  @Command(name = "ls", description = "List quotas and what is used, also without one.")
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
      for (JsonNode quota : answer.path("quotas")) {
        rows.add(
            List.of(
                quota.path("account").asString(),
                quota.path("site").asString(),
                quota.path("used_files").asString(),
                new ByteSize(quota.path("used_bytes").asLong()).toString(),
                quota.has("bytes") ? new ByteSize(quota.path("bytes").asLong()).toString() : "-"));
      }
      out.print(Text.table(List.of("ACCOUNT", "SITE", ">FILES", ">USED", ">QUOTA"), rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "set", description = "Copies beyond SIZE are held until there is room.")
  static final class Set extends RemoteCommand {
    @Parameters(paramLabel = "ACCOUNT")
    String account = "";

    @Parameters(paramLabel = "SITE")
    String site = "";

    @Parameters(paramLabel = "SIZE", description = "As '20 TB'.")
    String size = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("PUT", API, body(account, site, size));
      spec.commandLine()
          .getOut()
          .println(json ? answer : Text.printable(account + " may have " + size + " at " + site));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "rm", description = "Take a quota away: as much as it likes.")
  static final class Rm extends RemoteCommand {
    @Parameters(paramLabel = "ACCOUNT")
    String account = "";

    @Parameters(paramLabel = "SITE")
    String site = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("PUT", API, body(account, site, null));
      spec.commandLine()
          .getOut()
          .println(json ? answer : Text.printable(account + " has no quota at " + site));
      return ExitCode.DONE.status();
    }
  }

  private static Map<String, @Nullable Object> body(
      String account, String site, @Nullable String size) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("account", account);
    body.put("site", site);
    body.put("bytes", size);
    return body;
  }
}
