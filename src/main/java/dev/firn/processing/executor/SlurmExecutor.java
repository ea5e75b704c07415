package dev.firn.processing.executor;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Workers as an array of jobs of a Slurm cluster, by `sbatch`, `squeue` and `scancel`.
///
/// The token is written into the batch script, which Slurm shows to nobody but its owner, so that
/// no file system needs to be shared with the nodes. Slurm sends SIGTERM a minute before it takes a
/// node away: the worker drains then.
public final class SlurmExecutor implements Executor {
  private static final String WARNING = "TERM@60";

  private final Commands commands;
  private final List<String> options;

  /// @param options for `sbatch`, such as `--partition=gpu`
  public SlurmExecutor(Commands commands, List<String> options) {
    this.commands = commands;
    this.options = List.copyOf(options);
  }

  @Override
  public String start(Job job, int workers) throws IOException, InterruptedException {
    Path script =
        Scripts.secret(job.directory().resolve(job.name() + ".slurm"), script(job, workers), true);
    List<String> command = new ArrayList<>(List.of("sbatch", "--parsable"));
    command.addAll(options);
    command.add(script.toString());
    String said = commands.run(command).strip();
    String id = said.lines().reduce("", (first, last) -> last).split(";")[0];
    if (!id.matches("\\d+")) {
      throw new IOException("sbatch gave no number of a job: " + said);
    }
    return id;
  }

  private static String script(Job job, int workers) {
    return """
    #!/bin/sh
    #SBATCH --job-name=%s
    #SBATCH --array=1-%d
    #SBATCH --output=%s/%s-%%a.log
    #SBATCH --signal=%s
    #SBATCH --requeue
    %sBEARER_TOKEN=%s
    export BEARER_TOKEN
    exec %s
    """
        .formatted(
            job.name(),
            workers,
            job.directory(),
            job.name(),
            WARNING,
            Scripts.exports(job),
            Scripts.quoted(job.token()),
            Scripts.quoted(job.command()));
  }

  @Override
  public Count count(String id) throws IOException, InterruptedException {
    String said;
    try {
      said =
          commands.run(List.of("squeue", "--noheader", "--array", "--format=%T", "--jobs=" + id));
    } catch (IOException e) {
      if (String.valueOf(e.getMessage()).contains("Invalid job id")) {
        return new Count(0, 0); // so old that Slurm has forgotten it
      }
      throw e;
    }
    int waiting = 0;
    int running = 0;
    for (String state : said.lines().map(String::strip).toList()) {
      switch (state) {
        case "PENDING", "REQUEUED", "SUSPENDED" -> waiting++;
        case "RUNNING", "CONFIGURING", "COMPLETING", "SIGNALING" -> running++;
        default -> {} // it has ended
      }
    }
    return new Count(waiting, running);
  }

  /// With SIGTERM to the worker itself, which Slurm otherwise sends to the steps of a job only.
  @Override
  public void stop(String id) throws IOException, InterruptedException {
    cancel(List.of("scancel", "--state=PENDING", id));
    cancel(List.of("scancel", "--signal=TERM", "--full", id));
  }

  private void cancel(List<String> command) throws IOException, InterruptedException {
    try {
      commands.run(command);
    } catch (IOException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.contains("Invalid job id") && !why.contains("already complet")) {
        throw e; // what has ended need not be ended
      }
    }
  }
}
