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

/// `firn link`: what moves between which sites, how much may, and why no more.
@Command(
    name = "link",
    description = "See what links carry, and say how much they may.",
    subcommands = {LinkCommands.Ls.class, LinkCommands.Set.class, LinkCommands.Explain.class})
public final class LinkCommands {
  private static final String API = "/api/v1/links";

  @Command(
      name = "ls",
      description = "List the links that carry something or that something waits for.")
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
      for (JsonNode link : answer.path("links")) {
        List<String> waiting = new ArrayList<>();
        link.path("waiting")
            .properties()
            .forEach(w -> waiting.add(w.getValue().asString() + " " + w.getKey()));
        rows.add(
            List.of(
                link.path("source").asString(),
                link.path("destination").asString(),
                link.path("active").asString() + " of " + link.path("allowed").asString(),
                new ByteSize(link.path("bytes_per_second").asLong()) + "/s",
                String.join(", ", waiting),
                link.path("held").asString("")));
      }
      out.print(
          Text.table(List.of("FROM", "TO", ">RUNNING", ">RATE", "WAITING", "WHY NO MORE"), rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "set",
      description = {
        "Say what a link may do; what is not given stays as it is.",
        "'*' as a site stands for any; the more exact word counts."
      })
  static final class Set extends RemoteCommand {
    @Parameters(paramLabel = "SOURCE")
    String source = "";

    @Parameters(paramLabel = "DESTINATION")
    String destination = "";

    @Option(names = "--start", paramLabel = "N", description = "Transfers at a time to begin with.")
    @Nullable Integer start;

    @Option(names = "--most", paramLabel = "N", description = "Transfers at a time at most.")
    @Nullable Integer most;

    @Option(
        names = "--rate",
        paramLabel = "SIZE",
        description = "Bytes a second, as '200 MB'; 0 for no limit.")
    @Nullable String rate;

    @Option(names = "--files", paramLabel = "N", description = "Files a second; 0 for no limit.")
    @Nullable Double files;

    @Option(
        names = "--shares",
        paramLabel = "SHARES",
        description = "Weights of activities: 'archive=5, recall=2'.")
    @Nullable String shares;

    @Option(
        names = "--calendar",
        paramLabel = "WINDOWS",
        description = "UTC: 'mon-fri 08:00-18:00 200 MB/s; sun closed'; '' for none.")
    @Nullable String calendar;

    @Option(
        names = "--blocked",
        negatable = true,
        description = "The two sites cannot talk: files go by way of a third.")
    @Nullable Boolean blocked;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("start", start);
      body.put("most", most);
      body.put("rate", rate);
      body.put("files", files);
      body.put("shares", shares);
      body.put("calendar", calendar);
      body.put("blocked", blocked);
      JsonNode answer = remote.json("PUT", API + "/" + source + "/" + destination, body);
      spec.commandLine()
          .getOut()
          .println(json ? answer : Text.printable(source + " to " + destination + ": " + answer));
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "explain",
      description =
          "Say how a link came to run so many transfers at a time: each change and its reason.")
  static final class Explain extends RemoteCommand {
    @Parameters(paramLabel = "SOURCE")
    String source = "";

    @Parameters(paramLabel = "DESTINATION")
    String destination = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API + "/" + source + "/" + destination + "/changes");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode change : answer.path("changes")) {
        rows.add(
            List.of(
                change.path("at").asString(),
                change.path("who").asString(),
                change.path("why").asString()));
      }
      out.print(Text.table(List.of("AT", "BY", "WHY"), rows));
      return ExitCode.DONE.status();
    }
  }
}
