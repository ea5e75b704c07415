package dev.firn.server;

import dev.firn.cli.ExitCode;
import dev.firn.http.Json;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.server.local.HereSite;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `firn serve`: runs one site until it is told to stop.
@Command(
    name = "serve",
    description = {
      "Run a site until SIGTERM or SIGINT.",
      "When it answers, one line of JSON on standard output says where: url, http_url, ca, token_file,"
          + " issuer, pid."
    })
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  @Option(names = "--config", paramLabel = "FILE", description = "The site's firn.toml.")
  @Nullable Path config;

  @Option(
      names = "--here",
      paramLabel = "DIR",
      description = "A site from nothing in DIR (made if absent), on loopback addresses.")
  @Nullable Path here;

  @Option(
      names = "--port",
      paramLabel = "P",
      description = "HTTPS port with --here (default: any).")
  int port;

  @Option(
      names = "--http-port",
      paramLabel = "Q",
      description = "Plain HTTP port on loopback with --here (default: any).")
  int httpPort;

  @Option(
      names = "--open",
      description = "Let anyone read and write without a token; loopback addresses only.")
  boolean open;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description = "With --here, a further certificate authority for third-party copies, PEM.")
  List<Path> trust = List.of();

  @Option(names = "--until-stdin-ends", hidden = true)
  boolean untilStdinEnds;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> awaitStop(stop, stopped), "firn-stop"));
    if (untilStdinEnds) {
      Thread.ofPlatform().daemon().name("firn-parent").start(() -> awaitEnd(System.in, stop));
    }
    try (Site site = Site.start(configuration())) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(Json.mapper().writeValueAsString(site.ready()));
      out.flush();
      stop.await();
    } finally {
      stopped.countDown();
    }
    return ExitCode.DONE.status();
  }

  private SiteConfig configuration() throws IOException {
    Path directory = here;
    Path file = config;
    if ((directory == null) == (file == null)) {
      throw new ConfigException("serve needs either --config FILE or --here DIR");
    }
    if (directory != null) {
      HereSite.Wish wish = new HereSite.Wish(port, httpPort, open, trust);
      file = HereSite.prepare(directory, wish, Instant.now());
    } else if (open || port != 0 || httpPort != 0 || !trust.isEmpty()) {
      throw new ConfigException("--open, --port, --http-port and --trust go with --here");
    }
    return SiteConfig.from(ConfigFile.read(file));
  }

  private static void awaitStop(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      stopped.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// A site that is part of something larger ends with it: the other end of standard input closes
  /// even when its holder is killed.
  private static void awaitEnd(InputStream in, CountDownLatch stop) {
    try {
      while (in.read() >= 0) {
        continue;
      }
    } catch (IOException e) {
      LOG.info("standard input is gone: {}", e.getMessage());
    }
    stop.countDown();
  }
}
