package dev.firn.server.demo;

import dev.firn.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// One site of the demo as a process of its own, started again whenever it is killed.
///
/// The process ends by itself when this one does: this one holds the other end of its standard
/// input. Its log is appended to `log`. A site that ends by its own decision before it answered is
/// not started again: its log says why.
final class SiteProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(120);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);
  private static final int SIGNALLED = 128;
  private static final int GIVING_UP = 4;

  private final String name;
  private final Path config;
  private final Path log;
  private Process process;
  private @Nullable JsonNode ready;
  private @Nullable String failure;
  private boolean closing;
  private int refusals;

  private SiteProcess(String name, Path config, Path log) throws IOException {
    this.name = name;
    this.config = config;
    this.log = log;
    this.process = spawn();
  }

  /// Starts the site of `config` and returns at once; [#awaitReady()] waits for it.
  static SiteProcess start(String name, Path config, Path log) throws IOException {
    SiteProcess site = new SiteProcess(name, config, log);
    Thread.ofPlatform().daemon().name("demo-" + name).start(site::watch);
    return site;
  }

  synchronized long pid() {
    return process.pid();
  }

  private Process spawn() throws IOException {
    return new ProcessBuilder(
            List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.firn.server.Main",
                "serve",
                "--config",
                config.toString(),
                "--until-stdin-ends"))
        .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /// Waits until the site answers, through however many starts.
  ///
  /// @return what it printed: `url`, `http_url`, `token_file` and so on
  synchronized JsonNode awaitReady() throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (ready == null) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      String why = failure;
      if (why != null || left <= 0) {
        throw new IOException(
            "site " + name + (why == null ? " did not answer" : " " + why) + "; its log is " + log);
      }
      wait(left);
    }
    return ready;
  }

  /// Ends the process as a power cut would: SIGKILL. It is then started again.
  synchronized void kill() {
    process.destroyForcibly();
  }

  private void watch() {
    try {
      Process current;
      do {
        current = running();
        String said = firstLine(current);
        if (said.startsWith("{")) {
          answered(Json.mapper().readTree(said));
        }
        current.waitFor();
      } while (restarted(current));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException | JacksonException e) {
      failed("cannot be watched: " + e.getMessage());
    }
  }

  private synchronized Process running() {
    return process;
  }

  /// The first line of the process, or nothing when it ends without one.
  private static String firstLine(Process process) throws IOException {
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    return line == null ? "" : line;
  }

  private synchronized void answered(JsonNode node) {
    ready = node;
    notifyAll();
  }

  private synchronized void failed(String why) {
    failure = why;
    notifyAll();
  }

  /// Starts the next process after one that was killed.
  private synchronized boolean restarted(Process ended) throws IOException {
    if (closing) {
      return false;
    }
    boolean neverAnswered = ready == null;
    if (neverAnswered && ended.exitValue() < SIGNALLED && ++refusals == GIVING_UP) {
      failed("ended with status " + ended.exitValue() + " before it answered");
      return false;
    }
    ready = null;
    process = spawn();
    return true;
  }

  /// Stops the site and waits for it.
  @Override
  public void close() throws IOException {
    Process current;
    synchronized (this) {
      closing = true;
      current = process;
    }
    current.destroy();
    try {
      if (!current.waitFor(STOP_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
        current.destroyForcibly();
        throw new IOException("site " + name + " did not stop and was killed; its log is " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
