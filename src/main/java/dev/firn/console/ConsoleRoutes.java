package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The overview: `/`, its script, and `/console/live`, which sends the changed sections as
/// server-sent events once a second.
public final class ConsoleRoutes implements AutoCloseable {
  private static final Duration EVERY = Duration.ofSeconds(1);
  private static final int CHECKED = 10;
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final DateTimeFormatter CLOCK =
      DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  /// Takes one moment's picture; it is called once a second for each live page.
  @FunctionalInterface
  public interface Source {
    Overview look();
  }

  private final Source source;
  private final Viewers viewers;
  private final InstantSource clock;
  private final Semaphore pages = new Semaphore(32);
  private final CountDownLatch closing = new CountDownLatch(1);

  public ConsoleRoutes(Source source, Viewers viewers, InstantSource clock) {
    this.source = source;
    this.viewers = viewers;
    this.clock = clock;
  }

  public void addTo(Router router, Console console) {
    console.add("Overview", "/", (exchange, path) -> OverviewPage.page(source.look()));
    console.asset("live.js", "text/javascript; charset=utf-8");
    router.add("GET", "/console/live", this::live);
    router.add("GET", "/api/v1/overview", this::json);
  }

  /// Ends the live pages, so that a stopping server need not cut them.
  @Override
  public void close() {
    closing.countDown();
  }

  private void json(Exchange exchange) throws IOException {
    viewers.require(exchange);
    Json.respond(exchange, 200, source.look());
  }

  private void live(Exchange exchange) throws IOException {
    viewers.require(exchange);
    if (!pages.tryAcquire()) {
      throw new HttpProblem(
          503, "too-many-pages", "too many live pages are open", Map.of("Retry-After", "30"));
    }
    try {
      exchange.setHeader("Content-Type", "text/event-stream");
      exchange.setHeader("Cache-Control", "no-store");
      try (Exchange.Body body = exchange.start(200)) {
        send(exchange, body);
      }
    } finally {
      pages.release();
    }
  }

  private void send(Exchange exchange, Exchange.Body body) throws IOException {
    Map<String, String> before = Map.of();
    for (long i = 0; i < LONGEST.dividedBy(EVERY); i++) {
      if (i % CHECKED == CHECKED - 1 && !viewers.stillMay(exchange)) {
        return;
      }
      Overview overview = source.look();
      Map<String, String> sections = OverviewPage.sections(overview);
      Map<String, String> changed = new LinkedHashMap<>(sections);
      changed.entrySet().removeAll(before.entrySet());
      before = sections;
      byte[] news = Json.bytes(Map.of("now", CLOCK.format(clock.instant()), "sections", changed));
      body.write(ByteBuffer.wrap("event: overview\ndata: ".getBytes(StandardCharsets.US_ASCII)));
      body.write(ByteBuffer.wrap(news));
      body.write(ByteBuffer.wrap(new byte[] {'\n', '\n'}));
      body.flush();
      try {
        if (closing.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
