package dev.firn.database;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// LISTEN and NOTIFY on one connection of its own, on one thread.
///
/// NOTIFY inside a transaction takes a lock that makes all notifying commits wait for each other.
/// So it is never sent from there: a commit marks its channel, and this thread tells the local
/// listeners and sends one NOTIFY for all marks of the moment.
final class WakeUps implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WakeUps.class);
  private static final Pattern CHANNEL = Pattern.compile("[a-z_]{1,40}");
  private static final int TICK_MILLIS = 50;

  /// Between two NOTIFYs at least: many commits in a second are heard of together.
  private static final int GATHERING_MILLIS = 20;

  private final Supplier<DatabaseAddress> address;
  private final Map<String, List<Runnable>> listeners = new ConcurrentHashMap<>();
  private final Set<String> marked = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private @Nullable Thread thread;

  WakeUps(Supplier<DatabaseAddress> address) {
    this.address = address;
  }

  synchronized AutoCloseable listen(String channel, Runnable wake) {
    if (!CHANNEL.matcher(channel).matches()) {
      throw new IllegalArgumentException("a channel is lower-case letters and '_': " + channel);
    }
    List<Runnable> ofChannel =
        listeners.computeIfAbsent(channel, c -> new CopyOnWriteArrayList<>());
    ofChannel.add(wake);
    start();
    return () -> ofChannel.remove(wake);
  }

  void wake(String channel) {
    if (marked.add(channel)) {
      start();
    }
  }

  private synchronized void start() {
    if (thread == null && !closed) {
      thread = new Thread(this::run, "database-wake-ups");
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void run() {
    while (!closed) {
      try (Connection connection = address.get().connect()) {
        Set<String> listening = new HashSet<>();
        while (!closed) {
          turn(connection, listening);
        }
      } catch (SQLException e) {
        LOG.info("wake-ups pause, the database is away: {}", e.getMessage());
        pause(500);
      }
    }
  }

  private void turn(Connection connection, Set<String> listening) throws SQLException {
    for (String channel : listeners.keySet()) {
      if (listening.add(channel)) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("LISTEN " + channel);
        }
        tell(channel); // what was said before we listened is not repeated
      }
    }
    int self = connection.unwrap(PGConnection.class).getBackendPID();
    List<String> now = List.copyOf(marked);
    for (String channel : now) {
      marked.remove(channel);
      tell(channel);
      try (PreparedStatement send = connection.prepareStatement("SELECT pg_notify(?, '')")) {
        send.setString(1, channel);
        send.execute();
      } catch (SQLException e) {
        marked.add(channel);
        throw e;
      }
    }
    if (!now.isEmpty()) {
      pause(GATHERING_MILLIS);
    }
    PGNotification[] heard = connection.unwrap(PGConnection.class).getNotifications(TICK_MILLIS);
    Set<String> told = new HashSet<>();
    for (PGNotification notification : heard) {
      if (notification.getPID() != self && told.add(notification.getName())) {
        tell(notification.getName());
      }
    }
  }

  private void tell(String channel) {
    for (Runnable wake : listeners.getOrDefault(channel, List.of())) {
      try {
        wake.run();
      } catch (RuntimeException e) {
        LOG.error("a listener of {} failed", channel, e);
      }
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    Thread running;
    synchronized (this) {
      running = thread;
    }
    if (running != null && running != Thread.currentThread()) {
      try {
        running.join(5_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
