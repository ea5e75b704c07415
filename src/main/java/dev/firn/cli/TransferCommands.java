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

/// `firn transfer`: what moves, what waits, and why.
@Command(
    name = "transfer",
    description = "See what moves, what waits, and why.",
    subcommands = {
      TransferCommands.Ls.class,
      TransferCommands.Explain.class,
      TransferCommands.Retry.class,
      TransferCommands.Cancel.class
    })
public final class TransferCommands {
  static final String API = "/api/v1/transfers";

  @Command(name = "ls", description = "List transfers, newest first.")
  static final class Ls extends RemoteCommand {
    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "queued, active, unknown, done, failed or cancelled.")
    @Nullable String state;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "At most so many, up to 1000; default 100.")
    int limit = 100;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
      parameters.put("state", state);
      parameters.put("limit", limit);
      JsonNode answer = remote.get(Remote.query(API, parameters));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode transfer : answer.path("transfers")) {
        rows.add(row(transfer));
      }
      out.print(
          Text.table(
              List.of(">ID", "STATE", "FROM", "TO", ">SIZE", ">ARRIVED", ">RATE", "PATH", "NOTE"),
              rows));
      return ExitCode.DONE.status();
    }

    private static List<String> row(JsonNode transfer) {
      boolean active = transfer.path("state").asString().equals("active");
      return List.of(
          transfer.path("id").asString(),
          transfer.path("state").asString(),
          transfer.path("source").asString(),
          transfer.path("destination").asString(),
          new ByteSize(transfer.path("size").asLong()).toString(),
          new ByteSize(transfer.path("bytes").asLong()).toString(),
          active ? new ByteSize(transfer.path("bytes_per_second").asLong()) + "/s" : "",
          transfer.path("destination_path").asString(),
          transfer.has("verified_how")
              ? "verified: " + transfer.path("verified_how").asString()
              : transfer.path("failure_reason").asString(""));
    }
  }

  @Command(
      name = "explain",
      description = "Say what a transfer waits for, since when, what was tried, and what to do.")
  static final class Explain extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "Number of the transfer.")
    long id;

    @Option(
        names = "--request",
        description =
            "ID is the number of a copy request, as GET /api/v1/copy-requests lists them.")
    boolean request;

    @Override
    public Integer call() throws IOException {
      String base = request ? "/api/v1/copy-requests/" : API + "/";
      JsonNode answer = remote.get(base + id + "/explain");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      out.println(Text.printable(answer.path("sentence").asString()));
      out.println(Text.printable("since: " + answer.path("since").asString()));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode attempt : answer.path("attempts")) {
        rows.add(
            List.of(
                attempt.path("started").asString(),
                attempt.path("ended").asString(),
                attempt.path("action").asString(),
                attempt.path("outcome").asString(),
                attempt.path("reason").asString()));
      }
      if (!rows.isEmpty()) {
        out.print(Text.table(List.of("STARTED", "ENDED", "ACTION", "OUTCOME", "REASON"), rows));
      }
      out.println(Text.printable("what to do: " + answer.path("advice").asString()));
      return ExitCode.DONE.status();
    }
  }

  /// What `retry` and `cancel` share.
  abstract static class Change extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "Number of the transfer.")
    long id;

    abstract String verb();

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API + "/" + id + "/" + verb(), Map.of());
      spec.commandLine()
          .getOut()
          .println(json ? answer : "transfer " + id + " is " + answer.path("state").asString());
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "retry", description = "Try a failed or waiting transfer again now.")
  static final class Retry extends Change {
    @Override
    String verb() {
      return "retry";
    }
  }

  @Command(name = "cancel", description = "Take a queued transfer back.")
  static final class Cancel extends Change {
    @Override
    String verb() {
      return "cancel";
    }
  }
}
