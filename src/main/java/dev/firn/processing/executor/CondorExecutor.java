package dev.firn.processing.executor;

import dev.firn.http.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Workers as jobs of an HTCondor pool, by `condor_submit`, `condor_q` and `condor_rm`.
///
/// The wrapper and the token travel with the job; nothing else is transferred, as workers fetch
/// what they need. A job that is taken away goes back into the queue.
public final class CondorExecutor implements Executor {
  private static final Pattern CLUSTER =
      Pattern.compile("^(\\d+)\\.\\d+ - \\d+\\.\\d+", Pattern.MULTILINE);
  private static final int IDLE = 1;
  private static final int RUNNING = 2;
  private static final int HELD = 5;
  private static final int TRANSFERRING = 6;
  private static final int SUSPENDED = 7;

  private final Commands commands;
  private final List<String> lines;

  /// @param lines further lines of the submit file, such as `request_memory = 4GB`
  public CondorExecutor(Commands commands, List<String> lines) {
    this.commands = commands;
    this.lines = List.copyOf(lines);
  }

  @Override
  public String start(Job job, int workers) throws IOException, InterruptedException {
    Path directory = job.directory();
    Path wrapper = directory.resolve(job.name() + ".sh");
    Path token = directory.resolve(job.name() + ".token");
    Path submit = directory.resolve(job.name() + ".sub");
    Scripts.secret(token, job.token(), false);
    Scripts.secret(
        wrapper,
        "#!/bin/sh\n"
            + Scripts.exports(job)
            + "BEARER_TOKEN_FILE=\"$PWD\"/"
            + Scripts.quoted(token.getFileName().toString())
            + "\nexport BEARER_TOKEN_FILE\nexec "
            + Scripts.quoted(job.command())
            + "\n",
        true);
    Scripts.secret(submit, submission(job, workers, wrapper, token), false);
    String said = commands.run(List.of("condor_submit", "-terse", submit.toString()));
    Matcher cluster = CLUSTER.matcher(said);
    if (!cluster.find()) {
      throw new IOException("condor_submit gave no number of a cluster: " + said.strip());
    }
    return cluster.group(1);
  }

  private String submission(Job job, int workers, Path wrapper, Path token) {
    StringBuilder text = new StringBuilder();
    text.append("universe = vanilla\nexecutable = ")
        .append(wrapper)
        .append("\ntransfer_input_files = ")
        .append(token)
        .append("\nshould_transfer_files = YES\nwhen_to_transfer_output = ON_EXIT\n")
        .append("transfer_output_files = \"\"\nkill_sig = SIGTERM\njob_max_vacate_time = 120\n");
    for (String stream : List.of("output", "error")) {
      text.append(stream)
          .append(" = ")
          .append(job.directory().resolve(job.name()))
          .append("-$(Process).")
          .append(stream.equals("output") ? "out" : "err")
          .append('\n');
    }
    text.append("log = ").append(job.directory().resolve(job.name())).append(".condor\n");
    lines.forEach(line -> text.append(line).append('\n'));
    return text.append("queue ").append(workers).append('\n').toString();
  }

  @Override
  public Count count(String id) throws IOException, InterruptedException {
    String said =
        commands.run(List.of("condor_q", "-json", "-attributes", "JobStatus", id)).strip();
    int waiting = 0;
    int running = 0;
    JsonNode jobs = said.isEmpty() ? Json.mapper().createArrayNode() : Json.mapper().readTree(said);
    for (JsonNode job : jobs) {
      switch (job.path("JobStatus").asInt()) {
        case IDLE, HELD, SUSPENDED -> waiting++;
        case RUNNING, TRANSFERRING -> running++;
        default -> {} // removed or completed
      }
    }
    return new Count(waiting, running);
  }

  @Override
  public void stop(String id) throws IOException, InterruptedException {
    commands.run(List.of("condor_rm", id));
  }
}
