package dev.firn.processing.worker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Runs the campaign's command on one unit: `sh -c`, in a directory of its own.
///
/// `INFILE` and `OUTFILE` are in its environment, under the names of the observatory's workload
/// system too, and stand for `{{INFILE}}` and `{{OUTFILE}}` in its text. The worker's tokens are
/// not.
final class Command {
  private static final int TRY_ELSEWHERE = 75; // EX_TEMPFAIL of sysexits.h
  private static final int TAIL = 500;
  private static final Duration LAST_WISH = Duration.ofSeconds(2);

  private final String text;
  private final Duration limit;
  private volatile @Nullable Process process;
  private volatile boolean stopped;

  Command(String text, Duration limit) {
    this.text = text;
    this.limit = limit;
  }

  /// How a run ended.
  ///
  /// @param trouble empty when it ended well
  /// @param around whether the machine is to blame and not the events
  record End(String trouble, boolean around) {}

  /// @param out need not be there after a run that ended well: that is for the caller to see
  End run(Path in, Path out, Path directory) throws InterruptedException {
    try {
      return runToItsEnd(in, out, directory);
    } catch (IOException e) { // such as no memory for another process
      return new End("the command could not be run: " + e.getMessage(), true);
    }
  }

  private End runToItsEnd(Path in, Path out, Path directory)
      throws IOException, InterruptedException {
    Path log = directory.resolve("log");
    String line = text.replace("{{INFILE}}", in.toString()).replace("{{OUTFILE}}", out.toString());
    ProcessBuilder builder =
        new ProcessBuilder(List.of("sh", "-c", line))
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.remove("BEARER_TOKEN");
    environment.remove("BEARER_TOKEN_FILE");
    for (String name : List.of("INFILE", "EWMS_TASK_INFILE")) {
      environment.put(name, in.toString());
    }
    for (String name : List.of("OUTFILE", "EWMS_TASK_OUTFILE")) {
      environment.put(name, out.toString());
    }
    Process running = builder.start();
    process = running;
    if (stopped) {
      end(running);
    }
    boolean ended = running.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (!ended) {
      end(running);
      return new End("the command took longer than " + limit.toSeconds() + " s", false);
    }
    int status = running.exitValue();
    if (status == 0) {
      return new End("", false);
    }
    String why = "the command ended with status " + status + ": " + tail(log);
    return new End(why, status == TRY_ELSEWHERE || stopped);
  }

  /// Ends the command, now or as soon as it begins.
  void stop() {
    stopped = true;
    Process running = process;
    if (running != null) {
      end(running);
    }
  }

  boolean isStopped() {
    return stopped;
  }

  private static void end(Process process) {
    List<ProcessHandle> all = process.descendants().toList();
    process.destroy();
    all.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(LAST_WISH.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    all.forEach(ProcessHandle::destroyForcibly);
  }

  private static String tail(Path log) throws IOException {
    long size = Files.size(log);
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      file.seek(Math.max(0, size - TAIL));
      byte[] bytes = new byte[(int) Math.min(size, TAIL)];
      file.readFully(bytes);
      return new String(bytes, StandardCharsets.UTF_8).replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }
  }
}
