package dev.firn.server.demo;

import dev.firn.http.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;

/// One site of the demo as a process of its own, restarted when it dies.
///
/// The process ends by itself when this one does: it holds the other end of its standard input. Its
/// log is appended to `log` beside its directory.
final class SiteProcess implements AutoCloseable {
  private static final Duration START_LIMIT = Duration.ofSeconds(90);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(40);

  private final String name;
  private final Path config;
  private final Path log;
  private volatile Process process;
  private volatile JsonNode ready;
  private volatile boolean closing;
  private volatile int starts;

  private SiteProcess(String name, Path config, Path log) throws IOException {
    this.name = name;
    this.config = config;
    this.log = log;
    this.process = spawn();
    this.ready = Json.mapper().nullNode();
  }

  /// Starts the site of `config` and returns at once; [#awaitReady()] waits for it.
  static SiteProcess start(String name, Path config, Path log) throws IOException {
    SiteProcess site = new SiteProcess(name, config, log);
    Thread.ofPlatform().daemon().name("demo-" + name).start(site::watch);
    return site;
  }

  String name() {
    return name;
  }

  long pid() {
    return process.pid();
  }

  /// How often the site was started, the first time included.
  int starts() {
    return starts;
  }

  private Process spawn() throws IOException {
    starts++;
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

  /// Waits until the site answers.
  ///
  /// @return what it printed: `url`, `http_url`, `token_file` and so on
  JsonNode awaitReady() throws IOException, InterruptedException {
    Process current = process;
    CompletableFuture<String> line = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try (BufferedReader out =
              new BufferedReader(
                  new InputStreamReader(current.getInputStream(), StandardCharsets.UTF_8))) {
            line.complete(String.valueOf(out.readLine()));
          } catch (IOException e) {
            line.completeExceptionally(e);
          }
        });
    try {
      String said = line.get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
      if (!said.startsWith("{")) {
        throw new IOException("site " + name + " did not start; its log is " + log);
      }
      ready = Json.mapper().readTree(said);
      return ready;
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("site " + name + " did not start; its log is " + log, e);
    }
  }

  JsonNode ready() {
    return ready;
  }

  /// Ends the process as a power cut would: SIGKILL. The watcher starts it again.
  void kill() {
    process.destroyForcibly();
  }

  private void watch() {
    try {
      while (!closing) {
        process.waitFor();
        if (!closing) {
          process = spawn();
          awaitReady();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Stops the site and waits for it.
  @Override
  public void close() throws IOException {
    closing = true;
    Process current = process;
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
