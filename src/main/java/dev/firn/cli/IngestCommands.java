package dev.firn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn ingest DIR` and `firn quarantine ls`.
public final class IngestCommands {
  private static final long POLL_MILLIS = 300;

  private IngestCommands() {}

  /// `firn ingest`: hands a directory of the hub's machine to the hub and waits for the end.
  @Command(
      name = "ingest",
      description = "Take in all files of DIR, a directory of the hub's own machine.")
  public static final class Ingest extends RemoteCommand {
    @Parameters(paramLabel = "DIR")
    Path directory = Path.of("");

    @Option(names = "--no-wait", description = "Return when the hub has accepted the work.")
    boolean noWait;

    @Override
    public Integer call() throws IOException, InterruptedException {
      PrintWriter out = spec.commandLine().getOut();
      String absolute = directory.toAbsolutePath().normalize().toString();
      JsonNode job = remote.json("POST", "/api/v1/ingest", Map.of("directory", absolute));
      String id = job.path("id").asString();
      while (!noWait && job.path("state").asString().equals("running")) {
        Thread.sleep(POLL_MILLIS);
        job = remote.get("/api/v1/ingest/" + id);
      }
      out.println(json ? job.toString() : sentence(id, job));
      return (job.path("state").asString().equals("failed") ? ExitCode.NEGATIVE : ExitCode.DONE)
          .status();
    }

    private static String sentence(String id, JsonNode job) {
      if (!job.has("taken")) {
        return "accepted as " + id;
      }
      String counts =
          "%s: %d taken, %d there already, %d quarantined, %d conflicts, %d skipped"
              .formatted(
                  job.path("state").asString(),
                  job.path("taken").asLong(),
                  job.path("already").asLong(),
                  job.path("quarantined").asLong(),
                  job.path("conflicts").asLong(),
                  job.path("skipped").asLong());
      String reason = job.path("reason").asString("");
      return Text.printable(reason.isEmpty() ? counts : counts + "; " + reason);
    }
  }

  /// `firn quarantine`: what was refused.
  @Command(
      name = "quarantine",
      description = "Show files that were refused.",
      subcommands = QuarantineList.class)
  public static final class Quarantine {}

  @Command(name = "ls", description = "List refused files, newest first, with what is wrong.")
  static final class QuarantineList extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get("/api/v1/quarantine");
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode file : answer.path("files")) {
        rows.add(
            List.of(
                file.path("at").asString(),
                file.path("frame").asString(),
                file.path("offset").asString(),
                file.path("source").asString(),
                file.path("reason").asString()));
      }
      out.print(Text.table(List.of("WHEN", ">FRAME", ">OFFSET", "SOURCE", "REASON"), rows));
      return ExitCode.DONE.status();
    }
  }
}
