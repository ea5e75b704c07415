package dev.firn.door;

import dev.firn.door.admission.Direction;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the network's people what flows are for: one UDP datagram, a *firefly*, to their collector
/// when a flow begins, every minute while it goes on, and when it ends (SciTags, firefly schema
/// 1.0: an RFC 5424 head and JSON).
///
/// A request says what it is for by the header `SciTag` or the query's `scitag.flow`; one that does
/// not say is the site's own experiment and activity. Datagrams are sent from a thread of their
/// own: no transfer waits for them or fails by them, and one that is lost is lost.
public final class Fireflies implements FlowListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Fireflies.class);
  private static final Duration EVERY = Duration.ofMinutes(1);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final InetSocketAddress collector;
  private final SciTag standard;
  private final String host;
  private final InstantSource clock;
  private final DatagramSocket socket;
  private final Set<Glow> running = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("firn-fireflies").factory());

  /// @param collector where to send; a name is looked up for each datagram
  /// @param standard what a flow is for that does not say so
  /// @param host this site, as the datagrams' head has it
  public Fireflies(InetSocketAddress collector, SciTag standard, String host, InstantSource clock)
      throws SocketException {
    this.collector = collector;
    this.standard = standard;
    this.host = host;
    this.clock = clock;
    this.socket = new DatagramSocket();
    thread.scheduleWithFixedDelay(
        () -> running.forEach(glow -> send(glow, "ongoing", null)),
        EVERY.toSeconds(),
        EVERY.toSeconds(),
        TimeUnit.SECONDS);
  }

  /// Both ends of a flow; an address that is not known yet is looked up when it is sent.
  private record Ends(InetSocketAddress source, InetSocketAddress destination) {}

  /// A flow that goes on.
  private record Glow(Instant start, SciTag tag, String application, Ends ends, Counts counts) {}

  private record Counts(LongSupplier received, LongSupplier sent) {}

  /// A client's request, whose flow begins when its bytes do.
  final class Flow {
    private final Exchange exchange;
    private @Nullable Glow glow;

    private Flow(Exchange exchange) {
      this.exchange = exchange;
    }

    /// @param moved bytes of this flow up to now
    void began(Direction direction, LongSupplier moved) {
      boolean in = direction == Direction.IN;
      Ends ends =
          in
              ? new Ends(exchange.remote(), exchange.local())
              : new Ends(exchange.local(), exchange.remote());
      Counts counts = in ? new Counts(moved, () -> 0) : new Counts(() -> 0, moved);
      String application = "http-" + exchange.method().toLowerCase(Locale.ROOT);
      glow = start(new Glow(clock.instant(), tag(exchange), application, ends, counts));
    }

    void ended() {
      Glow begun = glow;
      if (begun != null) {
        end(begun);
      }
    }
  }

  Flow flow(Exchange exchange) {
    return new Flow(exchange);
  }

  private SciTag tag(Exchange exchange) {
    return SciTag.of(exchange.header("SciTag").or(() -> exchange.query("scitag.flow")))
        .orElse(standard);
  }

  @Override
  public Ended started(FlowListener.Flow flow) {
    URI peer = flow.peer();
    int port = peer.getPort() >= 0 ? peer.getPort() : 443;
    InetSocketAddress there =
        InetSocketAddress.createUnresolved(String.valueOf(peer.getHost()), port);
    InetSocketAddress here = InetSocketAddress.createUnresolved(host, 0);
    long[] bytes = new long[1];
    Counts counts =
        flow.pull() ? new Counts(() -> bytes[0], () -> 0) : new Counts(() -> 0, () -> bytes[0]);
    Ends ends = flow.pull() ? new Ends(there, here) : new Ends(here, there);
    String application = flow.pull() ? "http-pull" : "http-push";
    Glow glow =
        start(new Glow(clock.instant(), flow.tag().orElse(standard), application, ends, counts));
    return moved -> {
      bytes[0] = moved;
      end(glow);
    };
  }

  private Glow start(Glow glow) {
    running.add(glow);
    later(() -> send(glow, "start", null));
    return glow;
  }

  private void end(Glow glow) {
    running.remove(glow);
    Instant now = clock.instant();
    later(() -> send(glow, "end", now));
  }

  private void later(Runnable send) {
    try {
      thread.execute(send);
    } catch (RejectedExecutionException e) {
      LOG.debug("no firefly: the site stops");
    }
  }

  private void send(Glow glow, String state, @Nullable Instant end) {
    try {
      InetSocketAddress to = resolved(collector);
      byte[] datagram = datagram(glow, state, end);
      socket.send(new DatagramPacket(datagram, datagram.length, to));
    } catch (IOException e) {
      LOG.debug("a firefly was not sent: {}", e.toString());
    }
  }

  private static InetSocketAddress resolved(InetSocketAddress address) throws IOException {
    return address.isUnresolved()
        ? new InetSocketAddress(InetAddress.getByName(address.getHostString()), address.getPort())
        : address;
  }

  private byte[] datagram(Glow glow, String state, @Nullable Instant end) throws IOException {
    Map<String, Object> lifecycle = new LinkedHashMap<>();
    lifecycle.put("state", state);
    lifecycle.put("current-time", TIME.format(clock.instant()));
    lifecycle.put("start-time", TIME.format(glow.start()));
    Optional.ofNullable(end).ifPresent(at -> lifecycle.put("end-time", TIME.format(at)));
    InetSocketAddress source = resolved(glow.ends().source());
    InetSocketAddress destination = resolved(glow.ends().destination());
    Map<String, Object> id = new LinkedHashMap<>();
    id.put("afi", destination.getAddress() instanceof Inet6Address ? "ipv6" : "ipv4");
    id.put("src-ip", source.getAddress().getHostAddress());
    id.put("dst-ip", destination.getAddress().getHostAddress());
    id.put("protocol", "tcp");
    id.put("src-port", source.getPort());
    id.put("dst-port", destination.getPort());
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("version", 1);
    all.put("flow-lifecycle", lifecycle);
    all.put(
        "usage",
        Map.of(
            "received", glow.counts().received().getAsLong(),
            "sent", glow.counts().sent().getAsLong()));
    all.put(
        "context",
        Map.of(
            "experiment-id", glow.tag().experiment(),
            "activity-id", glow.tag().activity(),
            "application", glow.application()));
    all.put("flow-id", id);
    String head = "<134>1 " + TIME.format(clock.instant()) + " " + host + " firn - firefly-json - ";
    return (head + new String(Json.bytes(all), StandardCharsets.UTF_8))
        .getBytes(StandardCharsets.UTF_8);
  }

  /// Sends what is to be sent, and ends.
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(2, TimeUnit.SECONDS)) {
        LOG.debug("some fireflies were not sent");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    socket.close();
  }
}
