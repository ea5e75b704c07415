package dev.firn.server;

import dev.firn.database.Database;
import dev.firn.door.admission.Admission;
import dev.firn.door.admission.Direction;
import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// `/metrics` for Prometheus and `/healthz` for whoever asks whether the site is alive.
///
/// Methods are counted under their own name only when they are known, so that no client can invent
/// series.
final class Instruments implements AutoCloseable {
  private static final Set<String> METHODS =
      Set.of(
          "GET",
          "HEAD",
          "PUT",
          "DELETE",
          "MKCOL",
          "MOVE",
          "COPY",
          "PROPFIND",
          "PROPPATCH",
          "LOCK",
          "UNLOCK",
          "OPTIONS",
          "POST");

  private final Map<Kind, Timer> timers = new ConcurrentHashMap<>();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final SiteName site;
  private final Health health;
  private final List<Supplier<String>> foreign = new CopyOnWriteArrayList<>();

  Instruments(SiteName site, StorageArea area, Health health) {
    this.site = site;
    this.health = health;
    registry.config().commonTags("site", site.value());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("firn.storage.free.bytes", area, a -> usage(a).free()).register(registry);
    Gauge.builder("firn.storage.used.bytes", area, a -> usage(a).used()).register(registry);
  }

  /// Adds what the record has of work that is not over.
  HubGauges watch(Database database) {
    return HubGauges.start(database, registry);
  }

  /// Adds the health's checks: 1 while there is a trouble.
  void watchHealth() {
    for (String name : health.names()) {
      Gauge.builder("firn.trouble", health, h -> h.troubles().containsKey(name) ? 1 : 0)
          .tag("check", name)
          .register(registry);
    }
  }

  /// Adds what clients move and how many were told to come later.
  void watch(Admission admission) {
    Gauge.builder("firn.door.large.transfers", admission, Admission::underWay).register(registry);
    FunctionCounter.builder("firn.door.told.later", admission, Admission::refused)
        .register(registry);
    for (Direction direction : Direction.values()) {
      FunctionCounter.builder("firn.door.moved.bytes", admission, a -> a.traffic().moved(direction))
          .tag("direction", direction.label())
          .register(registry);
    }
  }

  /// Adds series that are written elsewhere, under the names of another maker.
  void watch(Supplier<String> text) {
    foreign.add(text);
  }

  private static StorageArea.Usage usage(StorageArea area) {
    try {
      return area.usage();
    } catch (IOException e) {
      return new StorageArea.Usage(-1, -1, -1);
    }
  }

  void addTo(Router router) {
    router.add("GET", "/metrics", this::metrics);
    router.add("GET", "/healthz", this::health);
  }

  /// Requests that are counted together.
  private record Kind(String method, String outcome) {}

  private Timer timer(Kind kind) {
    return Timer.builder("firn.http.requests")
        .tag("method", kind.method())
        .tag("outcome", kind.outcome())
        .register(registry);
  }

  /// `next` with every request counted and timed by method.
  Handler counting(Handler next) {
    return exchange -> {
      long start = System.nanoTime();
      String outcome = "failed";
      try {
        next.handle(exchange);
        outcome = "answered";
      } finally {
        String method = METHODS.contains(exchange.method()) ? exchange.method() : "other";
        timers
            .computeIfAbsent(new Kind(method, outcome), this::timer)
            .record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
      }
    };
  }

  private void metrics(Exchange exchange) throws IOException {
    StringBuilder text = new StringBuilder(registry.scrape());
    foreign.forEach(f -> text.append(f.get()));
    exchange.respond(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /// 503 when the site cannot do its work; what it soon may not is said with a 200.
  private void health(Exchange exchange) throws IOException {
    Map<String, Health.Trouble> troubles = health.troubles();
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("status", troubles.isEmpty() ? "ok" : "trouble");
    answer.put("site", site.value());
    if (!troubles.isEmpty()) {
      answer.put("troubles", troubles);
    }
    boolean serious = troubles.values().stream().anyMatch(Health.Trouble::serious);
    Json.respond(exchange, serious ? 503 : 200, answer);
  }

  @Override
  public void close() {
    registry.close();
  }
}
