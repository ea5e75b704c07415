package dev.firn.processing.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutorsTest {
  @TempDir Path directory;

  /// A worker that says what it was given, and ends well when it is asked to.
  private static final String WORKER =
      "echo \"$FIRN_URL ${BEARER_TOKEN:-$(cat \"$BEARER_TOKEN_FILE\")}\";"
          + " trap 'echo drained; exit 0' TERM; while :; do sleep 0.1; done";

  private Executor.Job job() {
    return new Executor.Job(
        "firn-pass3",
        List.of("sh", "-c", WORKER),
        Map.of("FIRN_URL", "https://hub.example:8443/it's"),
        "secret.token",
        directory);
  }

  private void startsAndDrains(Executor executor, int workers) throws Exception {
    String id = executor.start(job(), workers);
    await(executor, id, workers);
    for (int i = 1; i <= workers; i++) {
      awaitText(directory.resolve("firn-pass3-" + i + ".log"), "it's secret.token");
    }
    executor.stop(id);
    await(executor, id, 0);
    for (int i = 1; i <= workers; i++) {
      awaitText(directory.resolve("firn-pass3-" + i + ".log"), "drained");
    }
  }

  private static void await(Executor executor, String id, int running) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Executor.Count count = executor.count(id);
    while (!count.equals(new Executor.Count(0, running)) && System.nanoTime() < until) {
      Thread.sleep(200);
      count = executor.count(id);
    }
    assertThat(count).isEqualTo(new Executor.Count(0, running));
  }

  private static void awaitText(Path file, String text) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while ((!Files.exists(file) || !Files.readString(file).contains(text))
        && System.nanoTime() < until) {
      Thread.sleep(100);
    }
    assertThat(Files.readString(file)).contains(text);
  }

  @Test
  void processesOfThisMachineStartAndDrain() throws Exception {
    startsAndDrains(new LocalExecutor(), 2);
  }

  @Test
  @Tag("peer")
  void anArrayOfSlurmStartsAndDrains() throws Exception {
    assumeTrue(SlurmCluster.missing().isEmpty(), SlurmCluster.missing());
    try (SlurmCluster slurm = SlurmCluster.start()) {
      startsAndDrains(new SlurmExecutor(slurm::run, List.of("--partition=all")), 3);
      assertThatThrownBy(
              () -> new SlurmExecutor(slurm::run, List.of("--partition=none")).start(job(), 1))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("partition");
    }
  }

  /// What a pool's commands printed, as HTCondor 24 does, and what they were asked.
  private static final class Recorded implements Commands {
    private final Deque<String> answers = new ArrayDeque<>();
    private final List<List<String>> asked = new ArrayList<>();

    @Override
    public String run(List<String> command) throws IOException {
      asked.add(command);
      String answer = answers.remove();
      if (answer.startsWith("ERROR")) {
        throw new IOException(command.getFirst() + " failed: " + answer);
      }
      return answer;
    }
  }

  @Test
  void jobsOfHtcondorAreSubmittedCountedAndRemoved() throws Exception {
    Recorded pool = new Recorded();
    CondorExecutor executor = new CondorExecutor(pool, List.of("request_memory = 4GB"));
    pool.answers.add("1834.0 - 1834.2\n");
    assertThat(executor.start(job(), 3)).isEqualTo("1834");
    Path submit = directory.resolve("firn-pass3.sub");
    assertThat(pool.asked.getFirst()).containsExactly("condor_submit", "-terse", submit.toString());
    String text = Files.readString(submit);
    assertThat(text)
        .contains("transfer_input_files = " + directory.resolve("firn-pass3.token"))
        .contains("request_memory = 4GB\n")
        .endsWith("queue 3\n")
        .doesNotContain("secret.token");
    assertThat(Files.readString(directory.resolve("firn-pass3.sh"))).doesNotContain("secret");
    for (String file : List.of("firn-pass3.token", "firn-pass3.sub")) {
      assertThat(Files.getPosixFilePermissions(directory.resolve(file)))
          .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    }
    pool.answers.add(
        "[\n{\n  \"JobStatus\": 2\n}\n,\n{\n  \"JobStatus\": 1\n}\n,\n{\n  \"JobStatus\": 5\n}\n]\n");
    assertThat(executor.count("1834")).isEqualTo(new Executor.Count(2, 1));
    pool.answers.add("");
    assertThat(executor.count("1834").over()).isTrue();
    pool.answers.add("All jobs in cluster 1834 have been marked for removal\n");
    executor.stop("1834");
    assertThat(pool.asked.getLast()).containsExactly("condor_rm", "1834");
    pool.answers.add("ERROR: Can't find address of local schedd");
    assertThatThrownBy(() -> executor.start(job(), 1)).hasMessageContaining("local schedd");
    pool.answers.add("Submitting job(s)\n");
    assertThatThrownBy(() -> executor.start(job(), 1)).hasMessageContaining("no number");
  }

  /// The wrapper a job runs, run here as a pool would: in a directory with the token beside it.
  @Test
  void theWrapperOfAnHtcondorJobFindsItsTokenWhereItWasBrought() throws Exception {
    Recorded pool = new Recorded();
    pool.answers.add("7.0 - 7.0\n");
    new CondorExecutor(pool, List.of())
        .start(
            new Executor.Job(
                "firn-x",
                List.of("sh", "-c", "echo \"$FIRN_URL $(cat \"$BEARER_TOKEN_FILE\")\""),
                Map.of("FIRN_URL", "https://hub"),
                "secret",
                directory),
            1);
    Path scratch = Files.createDirectory(directory.resolve("scratch dir"));
    Files.copy(directory.resolve("firn-x.token"), scratch.resolve("firn-x.token"));
    Process process =
        new ProcessBuilder(directory.resolve("firn-x.sh").toString())
            .directory(scratch.toFile())
            .start();
    assertThat(new String(process.getInputStream().readAllBytes()))
        .isEqualTo("https://hub secret\n");
    assertThat(process.waitFor()).isZero();
  }
}
