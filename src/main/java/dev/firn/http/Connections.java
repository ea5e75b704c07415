package dev.firn.http;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open connections of one server: bounds their number and cuts those whose clients keep the
/// server waiting.
///
/// Past the bound a connection is still served, with a refusal that says when to come again; past
/// twice the bound it is closed unheard. Looks from a thread of the server's scheduler, some eight
/// times in the span of its patience.
final class Connections {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);
  private static final Duration QUICK = Duration.ofMillis(100);

  private final HttpServerConfig.Clients bounds;
  private final Scheduler scheduler;
  private final Set<FileEndPoint> open = ConcurrentHashMap.newKeySet();
  private volatile boolean leaving;

  Connections(HttpServerConfig.Clients bounds, Scheduler scheduler) {
    this.bounds = bounds;
    this.scheduler = scheduler;
  }

  void start() {
    scheduler.schedule(this::look, interval().toMillis(), TimeUnit.MILLISECONDS);
  }

  private Duration interval() {
    Duration eighth = bounds.patience().dividedBy(8);
    return leaving || eighth.compareTo(QUICK) < 0 ? QUICK : eighth;
  }

  void opened(FileEndPoint connection) {
    open.add(connection);
    int count = open.size();
    if (count > bounds.most()) {
      connection.pace().tooMany();
    }
    if (count > 2L * bounds.most()) {
      log.debug("closing a connection unheard: {} are open", count);
      connection.close();
    }
  }

  void closed(FileEndPoint connection) {
    open.remove(connection);
  }

  /// Refuses a request on a connection that was opened past the bound.
  void requireRoom(Pace pace) {
    if (pace.oneTooMany()) {
      throw new HttpProblem(
          503,
          "too-many-connections",
          "more than " + bounds.most() + " connections are open",
          Map.of("Retry-After", "10", "Connection", "close"));
    }
  }

  /// From now on connections are closed as soon as nothing is asked on them.
  void leave() {
    leaving = true;
    closeIdle();
    start();
  }

  private void closeIdle() {
    for (FileEndPoint connection : open) {
      if (connection.pace().idle()) {
        connection.close();
      }
    }
  }

  private void look() {
    long now = System.nanoTime();
    for (FileEndPoint connection : open) {
      String reason = connection.pace().judge(now, bounds);
      if (reason != null) {
        log.info("cutting off {}: {}", connection.getRemoteSocketAddress(), reason);
        connection.close(new TimeoutException("the client is too slow: " + reason));
      }
    }
    if (leaving) {
      closeIdle();
    }
    start();
  }
}
