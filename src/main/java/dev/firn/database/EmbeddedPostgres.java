package dev.firn.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A real PostgreSQL as a child process, with durable settings, on the loopback address only.
///
/// It outlives a Firn that was killed: the next start finds it through `postmaster.pid` and
/// attaches to it. A server that dies is started again, on the same port where that is free;
/// whoever connects asks [#address()] each time. One Firn at a time holds a directory.
public final class EmbeddedPostgres implements Supplier<DatabaseAddress>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
  static final String USER = "firn";
  private static final int START_ATTEMPTS = 5;
  private static final Duration STOP_LIMIT = Duration.ofSeconds(60);

  private final PostgresDirectory directory;
  private final PostgresLauncher launcher;
  private final Duration startLimit;
  private volatile DatabaseAddress address;
  private volatile ProcessHandle process;
  private volatile boolean closing;

  private EmbeddedPostgres(
      PostgresDirectory directory, PostgresLauncher launcher, Duration startLimit)
      throws IOException {
    this.directory = directory;
    this.launcher = launcher;
    this.startLimit = startLimit;
    Postmaster first = firstStart();
    this.process = directory.process(first).orElseThrow(() -> launcher.died("started"));
    this.address = address(first.port());
  }

  /// Starts the server of a directory, making it first where there is none, or attaches to it.
  ///
  /// @throws DatabaseException `REFUSED` when it cannot work here; the message says why
  public static EmbeddedPostgres start(EmbeddedPostgresConfig config) throws IOException {
    PostgresDirectory directory = PostgresDirectory.lock(config.directory());
    try {
      Path bin =
          config.programs().isPresent()
              ? config.programs().get()
              : PostgresBinaries.unpack(config.binaries());
      PostgresLauncher launcher = new PostgresLauncher(bin, directory, config.settings());
      launcher.initialiseIfAbsent();
      EmbeddedPostgres postgres = new EmbeddedPostgres(directory, launcher, config.startLimit());
      Thread watch = new Thread(postgres::watch, "postgres-watch");
      watch.setDaemon(true);
      watch.start();
      return postgres;
    } catch (IOException | RuntimeException e) {
      directory.unlock();
      throw e;
    }
  }

  /// The database as it can be reached now; the port may change when the server was restarted.
  public DatabaseAddress address() {
    return address;
  }

  @Override
  public DatabaseAddress get() {
    return address;
  }

  /// The process id of the server.
  public long pid() {
    return process.pid();
  }

  /// A port may be taken between choosing and using it, and the children of a killed server may
  /// hold its memory for a moment, and a server may be killed while it is asked who it is: a few
  /// attempts before its own reason is believed.
  private Postmaster firstStart() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Postmaster first = attachOrStart(0);
        verify(address(first.port()));
        return first;
      } catch (DatabaseException e) {
        if (attempt == START_ATTEMPTS) {
          throw e;
        }
        pause(200);
      }
    }
  }

  private Postmaster attachOrStart(int wantedPort) throws IOException {
    Optional<Postmaster> there = Postmaster.find(directory.data());
    Optional<ProcessHandle> living = there.flatMap(directory::process);
    if (living.isPresent()) {
      LOG.info("attached to the PostgreSQL left running, process {}", living.get().pid());
      return awaitReady(living.get());
    }
    return awaitReady(launcher.launch(wantedPort == 0 ? freePort() : wantedPort));
  }

  private Postmaster awaitReady(ProcessHandle starting) throws IOException {
    long deadline = System.nanoTime() + startLimit.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<Postmaster> now = Postmaster.find(directory.data());
      if (now.isPresent() && now.get().pid() == starting.pid() && now.get().ready()) {
        return now.get();
      }
      if (!starting.isAlive()) {
        throw launcher.died("did not start");
      }
      pause(20);
    }
    throw launcher.died("was not ready after " + startLimit.toSeconds() + " s");
  }

  private DatabaseAddress address(int port) throws IOException {
    return new DatabaseAddress(
        "jdbc:postgresql://127.0.0.1:" + port + "/postgres", USER, directory.password());
  }

  /// Proves that who answers on the port is the server of our directory.
  private void verify(DatabaseAddress candidate) throws IOException {
    try (Connection connection = candidate.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW data_directory")) {
      row.next();
      if (!Path.of(row.getString(1)).toRealPath().equals(directory.data().toRealPath())) {
        throw new DatabaseException(
            DatabaseException.Kind.REFUSED, "another PostgreSQL answers at " + candidate);
      }
    } catch (SQLException e) {
      throw new DatabaseException(
          DatabaseException.Kind.REFUSED,
          "the PostgreSQL of " + directory.data() + " does not let us in: " + e.getMessage(),
          e);
    }
  }

  private void watch() {
    while (true) {
      process.onExit().join();
      if (closing) {
        return;
      }
      LOG.warn("PostgreSQL ended unexpectedly; starting it again");
      restart();
    }
  }

  /// A killed server's children may hold its shared memory for a moment, and its port may be taken:
  /// so several attempts, the later ones on another port.
  private void restart() {
    for (int attempt = 0; !closing; attempt++) {
      try {
        int port = Integer.parseInt(address.jdbcUrl().replaceAll(".*:(\\d+)/.*", "$1"));
        Postmaster again = attachOrStart(attempt < 10 ? port : 0);
        process = directory.process(again).orElseThrow(() -> launcher.died("restarted"));
        address = address(again.port());
        LOG.info("PostgreSQL runs again, process {}", again.pid());
        return;
      } catch (IOException | DatabaseException e) {
        LOG.warn("PostgreSQL could not be restarted yet: {}", e.getMessage());
        pause(Math.min(5_000, 100L << Math.min(attempt, 6)));
      }
    }
  }

  /// Stops the server: clients are disconnected, nothing acknowledged is lost.
  @Override
  public void close() throws IOException {
    closing = true;
    ProcessHandle last = process;
    launcher.signal("INT", last.pid());
    if (!ended(last, STOP_LIMIT)) {
      LOG.warn("PostgreSQL did not stop within {} s; stopping it at once", STOP_LIMIT.toSeconds());
      launcher.signal("QUIT", last.pid());
      ended(last, STOP_LIMIT);
    }
    directory.unlock();
  }

  private static boolean ended(ProcessHandle process, Duration limit) {
    long deadline = System.nanoTime() + limit.toNanos();
    while (process.isAlive() && System.nanoTime() < deadline) {
      pause(10);
    }
    return !process.isAlive();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatabaseException(
          DatabaseException.Kind.UNAVAILABLE, "interrupted while waiting for PostgreSQL", e);
    }
  }
}
