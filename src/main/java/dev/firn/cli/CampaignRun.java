package dev.firn.cli;

import dev.firn.processing.executor.Commands;
import dev.firn.processing.executor.CondorExecutor;
import dev.firn.processing.executor.Executor;
import dev.firn.processing.executor.LocalExecutor;
import dev.firn.processing.executor.SlurmExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

@Command(
    name = "run",
    description = {
      "Start workers of a campaign and wait until it is over.",
      "Slurm and HTCondor are driven by their own commands on this machine; each worker needs"
          + " outbound HTTPS to the hub. Ctrl-C lets the workers go on.",
      "Exit 1 if workers ended before the campaign did."
    })
final class CampaignRun extends RemoteCommand {
  private static final Duration LOOK = Duration.ofSeconds(2);

  /// Where workers can run.
  enum Where {
    LOCAL,
    SLURM,
    CONDOR
  }

  @Parameters(paramLabel = "CAMPAIGN")
  String campaign = "";

  @Option(
      names = "--executor",
      paramLabel = "WHERE",
      defaultValue = "local",
      description = "local, slurm or condor (default: local).")
  Where where = Where.LOCAL;

  @Option(
      names = "--workers",
      paramLabel = "N",
      defaultValue = "2",
      description = "How many (default: 2).")
  int workers;

  @Option(
      names = "--option",
      paramLabel = "TEXT",
      description = "For sbatch, or a line of the HTCondor submit file; may be repeated.")
  List<String> options = List.of();

  @Option(
      names = "--firn",
      paramLabel = "COMMAND",
      description = "How firn is called where workers run (default: as here).")
  String firn = "";

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "For logs and submit files (default: a new directory, which stays).")
  @Nullable Path directory;

  @Override
  public Integer call() throws IOException, InterruptedException {
    String at = "/api/v1/campaigns/" + Remote.encode(campaign);
    String token = remote.json("POST", at + "/token", Map.of()).path("token").asString();
    Path given = directory;
    Path home =
        given == null
            ? Files.createTempDirectory("firn-campaign-")
            : Files.createDirectories(given.toAbsolutePath());
    Map<String, String> environment = new TreeMap<>();
    environment.put("FIRN_URL", remote.url().toString());
    if (!remote.ca.isEmpty()) {
      environment.put("FIRN_CA", Path.of(remote.ca).toAbsolutePath().toString());
    }
    Executor.Job job = new Executor.Job("firn-" + campaign, command(), environment, token, home);
    Executor executor =
        switch (where) {
          case LOCAL -> new LocalExecutor();
          case SLURM -> new SlurmExecutor(Commands::here, options);
          case CONDOR -> new CondorExecutor(Commands::here, options);
        };
    String id = executor.start(job, workers);
    say("%d workers, %s; logs in %s".formatted(workers, id, home));
    return await(at, executor, id);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    if (firn.isEmpty()) {
      command.add(ProcessHandle.current().info().command().orElse("java"));
      command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dev.firn.server.Main"));
    } else {
      command.addAll(List.of(firn.split(" +")));
    }
    command.addAll(List.of("work", "--campaign", campaign));
    return command;
  }

  private int await(String at, Executor executor, String id)
      throws IOException, InterruptedException {
    String last = "";
    while (true) {
      JsonNode now = remote.get(at);
      String state = now.path("state").asString();
      String line =
          "%s: expected %d = done %d + running %d + excluded %d + missing %d"
              .formatted(
                  state,
                  now.path("expected").asLong(),
                  now.path("done").asLong(),
                  now.path("running").asLong(),
                  now.path("excluded").asLong(),
                  now.path("missing").asLong());
      if (!line.equals(last)) {
        say(line);
        last = line;
      }
      if (state.equals("folded") || state.equals("stopped")) {
        if (json) {
          out().println(now);
        }
        if (!executor.count(id).over()) {
          executor.stop(id);
        }
        return (state.equals("folded") ? ExitCode.DONE : ExitCode.NEGATIVE).status();
      }
      if (executor.count(id).over() && !state.equals("folding")) {
        spec.commandLine().getErr().println("firn: all workers have ended, and it is not over");
        return ExitCode.NEGATIVE.status();
      }
      Thread.sleep(LOOK);
    }
  }

  private void say(String line) {
    if (!json) {
      out().println(Text.printable(line));
      out().flush();
    }
  }
}
