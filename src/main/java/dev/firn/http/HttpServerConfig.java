package dev.firn.http;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where a server listens and how it bounds its work.
///
/// @param tls the HTTPS listener (HTTP/1.1 and HTTP/2), if any
/// @param plain the address of the HTTP listener, loopback only, if any; port 0 takes a free one
/// @param threads the most platform threads that handle requests, at least 8
/// @param idleTimeout how long a connection may be silent, also within a request
/// @param grace how long [HttpServer#close()] lets running requests go on
/// @param clients how many connections there may be and how slow their clients
public record HttpServerConfig(
    @Nullable Tls tls,
    @Nullable InetSocketAddress plain,
    int threads,
    Duration idleTimeout,
    Duration grace,
    Clients clients) {

  /// The HTTPS listener: PEM files of the certificate chain, host first, and of its private key.
  public record Tls(InetSocketAddress address, Path certificate, Path key) {}

  /// What clients may demand.
  ///
  /// @param most open connections; who opens more is told to come later
  /// @param mostOfOne of one address, or of one network of 64 bits of IPv6, which one machine has
  ///   for itself
  /// @param leastRate bytes a second that must pass in a time of `patience` spent waiting for a
  ///   client, or its connection is cut; 0 lets any but a silent one go on
  /// @param patience also how long the head of a request may take
  /// @param doorman who else bounds connections
  public record Clients(
      int most, int mostOfOne, long leastRate, Duration patience, Doorman doorman) {
    /// 20,000 connections, 15,000 of one address, 1 KiB a second, two minutes.
    public static final Clients DEFAULT = of(20_000, 1024, Duration.ofMinutes(2));

    /// Of which one address may have three in four.
    public static Clients of(int most, long leastRate, Duration patience) {
      return new Clients(most, Math.max(1, most / 4 * 3), leastRate, patience, Doorman.NONE);
    }

    public Clients withMostOfOne(int bound) {
      return new Clients(most, bound, leastRate, patience, doorman);
    }

    public Clients withDoorman(Doorman who) {
      return new Clients(most, mostOfOne, leastRate, patience, who);
    }

    /// @throws IllegalArgumentException when a bound is not positive, or the rate negative
    public Clients {
      if (most < 1 || mostOfOne < 1 || leastRate < 0 || !patience.isPositive()) {
        throw new IllegalArgumentException("connections and patience are positive");
      }
    }
  }

  /// @throws IllegalArgumentException when nothing is to be listened on, or the plain address is
  ///   not a loopback address
  public HttpServerConfig {
    if (tls == null && plain == null) {
      throw new IllegalArgumentException("a server needs an HTTPS or an HTTP address");
    }
    if (plain != null && (plain.isUnresolved() || !plain.getAddress().isLoopbackAddress())) {
      throw new IllegalArgumentException("plain HTTP is for loopback addresses only, not " + plain);
    }
    if (threads < 8) {
      throw new IllegalArgumentException("a server needs at least 8 threads, not " + threads);
    }
  }

  /// HTTPS at `address` with 256 threads, 10 minutes of silence allowed and 30 seconds of grace.
  public static HttpServerConfig https(InetSocketAddress address, Path certificate, Path key) {
    return new HttpServerConfig(
        new Tls(address, certificate, key),
        null,
        256,
        Duration.ofMinutes(10),
        Duration.ofSeconds(30),
        Clients.DEFAULT);
  }

  /// Plain HTTP at a loopback address, with the same bounds as [#https].
  public static HttpServerConfig plainOnly(InetSocketAddress address) {
    return new HttpServerConfig(
        null, address, 256, Duration.ofMinutes(10), Duration.ofSeconds(30), Clients.DEFAULT);
  }

  public HttpServerConfig withPlain(InetSocketAddress address) {
    return new HttpServerConfig(tls, address, threads, idleTimeout, grace, clients);
  }

  public HttpServerConfig withThreads(int most) {
    return new HttpServerConfig(tls, plain, most, idleTimeout, grace, clients);
  }

  public HttpServerConfig withIdleTimeout(Duration timeout) {
    return new HttpServerConfig(tls, plain, threads, timeout, grace, clients);
  }

  public HttpServerConfig withGrace(Duration time) {
    return new HttpServerConfig(tls, plain, threads, idleTimeout, time, clients);
  }

  public HttpServerConfig withClients(Clients bounds) {
    return new HttpServerConfig(tls, plain, threads, idleTimeout, grace, bounds);
  }
}
