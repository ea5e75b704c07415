package dev.firn.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open connections of one server: bounds their number and cuts those whose clients keep the
/// server waiting.
///
/// Bounded are all together, those of each address, and what a [Doorman] bounds. Past a bound a
/// connection is still served, with a refusal that says when to come again; past twice the bound of
/// all or of its address it is closed unheard. Looks from a thread of the server's scheduler, some
/// eight times in the span of its patience.
final class Connections {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);
  private static final Duration QUICK = Duration.ofMillis(100);

  private final HttpServerConfig.Clients bounds;
  private final Scheduler scheduler;
  private final Map<FileEndPoint, Runnable> open = new ConcurrentHashMap<>();
  private final Map<InetAddress, Integer> ofOne = new ConcurrentHashMap<>();
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
    InetAddress from = from(connection);
    Doorman.Entry entry = bounds.doorman().opened(from);
    InetAddress one = Exchange.machine(from);
    open.put(
        connection,
        () -> {
          ofOne.computeIfPresent(one, (a, n) -> n > 1 ? n - 1 : null);
          entry.closed().run();
        });
    int own = ofOne.merge(one, 1, Integer::sum);
    int count = open.size();
    if (count > bounds.most()) {
      connection.pace().tooMany("more than " + bounds.most() + " connections are open");
    } else if (own > bounds.mostOfOne()) {
      connection
          .pace()
          .tooMany("more than " + bounds.mostOfOne() + " connections of this address are open");
    } else if (entry.full().isPresent()) {
      connection.pace().tooMany(entry.full().get());
    }
    if (count > 2L * bounds.most() || own > 2L * bounds.mostOfOne()) {
      log.debug("closing a connection unheard: {} are open, {} of {}", count, own, one);
      connection.close();
    }
  }

  private static InetAddress from(FileEndPoint connection) {
    return connection.getRemoteSocketAddress() instanceof InetSocketAddress remote
        ? remote.getAddress()
        : InetAddress.getLoopbackAddress(); // it is gone already
  }

  void closed(FileEndPoint connection) {
    Runnable leave = open.remove(connection);
    if (leave != null) {
      leave.run();
    }
  }

  /// Refuses a request on a connection that was opened past a bound.
  void requireRoom(Pace pace) {
    String reason = pace.oneTooMany();
    if (reason != null) {
      throw new HttpProblem(
          503, "too-many-connections", reason, Map.of("Retry-After", "10", "Connection", "close"));
    }
  }

  /// From now on connections are closed as soon as nothing is asked on them.
  void leave() {
    leaving = true;
    closeIdle();
    start();
  }

  private void closeIdle() {
    for (FileEndPoint connection : open.keySet()) {
      if (connection.pace().idle()) {
        connection.close();
      }
    }
  }

  private void look() {
    long now = System.nanoTime();
    for (FileEndPoint connection : open.keySet()) {
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
