package dev.firn.server;

import dev.firn.archive.BundleState;
import dev.firn.database.Database;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the record has of work that is not over, as series of `/metrics`. Counted now and then
/// beside the scrapes, so that none waits for the database; while that is away the series are not
/// there.
final class HubGauges implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HubGauges.class);
  private static final Duration EVERY = Duration.ofSeconds(15);

  /// Counts the rows of one table by their state.
  private record Counted(MultiGauge gauge, String table, List<String> states) {}

  private final Database database;
  private final List<Counted> all;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-gauges").factory());

  private HubGauges(Database database, MeterRegistry registry) {
    this.database = database;
    this.all =
        List.of(
            new Counted(
                gauge(registry, "firn.transfers", "Transfers that are not done"),
                "transfer",
                List.of("queued", "active", "unknown", "failed")),
            new Counted(
                gauge(registry, "firn.bundles", "Bundles of the archive"),
                "bundle",
                Stream.of(BundleState.values()).map(BundleState::label).toList()),
            new Counted(
                gauge(registry, "firn.notice.deliveries", "Notices that a channel does not have"),
                "notice_delivery",
                List.of("queued", "sending", "failed")));
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String what) {
    return MultiGauge.builder(name).description(what).register(registry);
  }

  static HubGauges start(Database database, MeterRegistry registry) {
    HubGauges gauges = new HubGauges(database, registry);
    gauges.thread.scheduleWithFixedDelay(gauges::count, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return gauges;
  }

  private void count() {
    for (Counted one : all) {
      List<Row<?>> rows = new ArrayList<>();
      try {
        rows.addAll(rows(one));
      } catch (RuntimeException e) {
        LOG.debug("not counted: {}", e.getMessage());
      }
      one.gauge().register(rows, true);
    }
  }

  private List<Row<?>> rows(Counted one) {
    return database.read(c -> {
      List<Row<?>> rows = new ArrayList<>();
      try (PreparedStatement select =
          c.prepareStatement(
              "SELECT s, (SELECT count(*) FROM %s WHERE state = s) FROM unnest(?::text[]) s"
                  .formatted(one.table()))) {
        select.setArray(1, c.createArrayOf("text", one.states().toArray()));
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            rows.add(Row.of(Tags.of("state", row.getString(1)), row.getLong(2)));
          }
        }
      }
      return rows;
    });
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
