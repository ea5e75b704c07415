package dev.firn.cli;

import dev.firn.http.HttpFetcher;
import dev.firn.processing.worker.Worker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// `firn work`: the worker of a campaign.
@Command(
    name = "work",
    description = {
      "Take work units of a campaign and run its command on their events, until there are none.",
      "Needs outbound HTTPS, a directory and a token (firn campaign token). The command reads the"
          + " .i3 file $INFILE and writes $OUTFILE. On SIGTERM the unit at work is finished and the"
          + " others go back.",
      "Exit 0 when there was no more work, 1 when it was told to stop."
    })
public final class WorkCommand extends RemoteCommand {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Option(
      names = "--campaign",
      required = true,
      paramLabel = "NAME",
      description = "Which campaign.")
  String campaign = "";

  @Option(
      names = "--name",
      paramLabel = "WORKER",
      description = "What it is called in the ledger (default: HOST-PID).")
  String name = "";

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Where to keep inputs and results meanwhile (default: a temporary directory).")
  @Nullable Path directory;

  @Option(
      names = "--units",
      paramLabel = "N",
      defaultValue = "4",
      description = "Units to take at a time (default: 4).")
  int units;

  @Option(
      names = "--idle",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "End when there was no work for so long (default: 60).")
  long idle;

  @Option(
      names = "--patience",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description = "How long the hub may be away (default: 600).")
  long patience;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long the unit at work may take after SIGTERM (default: 60).")
  long drain;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String token = remote.bearer();
    if (token == null) {
      throw new Remote.Failure(401, "a worker needs a token: firn campaign token " + campaign);
    }
    Path given = directory;
    Path home = given == null ? Files.createTempDirectory("firn-work-") : given.toAbsolutePath();
    Worker.Config config =
        new Worker.Config(
            name.isEmpty() ? host() + "-" + ProcessHandle.current().pid() : name,
            home,
            units,
            Duration.ofSeconds(idle),
            Duration.ofSeconds(patience));
    try (HttpFetcher client = remote.open()) {
      Worker worker =
          new Worker(
              client,
              remote.url(),
              campaign,
              token,
              config,
              (unit, outcome, why) -> {
                say(unit, outcome, why);
              });
      Thread hook = new Thread(() -> drain(worker), "work-drain");
      Runtime.getRuntime().addShutdownHook(hook);
      String why = worker.run();
      boolean over = why.isEmpty() || why.startsWith("the campaign is fold");
      if (!why.isEmpty() && !json) {
        out().println(Text.printable(why));
        out().flush();
      }
      return (over ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    } finally {
      if (given == null) {
        Files.deleteIfExists(home);
      }
    }
  }

  private void drain(Worker worker) {
    try {
      worker.drain(Duration.ofSeconds(drain));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void say(String unit, String outcome, String why) {
    if (json) {
      out().println(JSON.writeValueAsString(Map.of("unit", unit, "outcome", outcome, "why", why)));
    } else {
      out().println(Text.printable(unit + " " + outcome + (why.isEmpty() ? "" : ": " + why)));
    }
    out().flush();
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "worker";
    }
  }
}
