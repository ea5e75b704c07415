package dev.firn.door;

import dev.firn.door.admission.Ask;
import dev.firn.door.admission.Direction;
import dev.firn.door.admission.Passage;
import dev.firn.door.admission.Shares;
import dev.firn.http.Exchange;
import dev.firn.http.HttpFetcher;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// COPY between this server and another (HTTP-TPC, draft-http-tpc-01).
///
/// What can be known before the first byte is answered with its own status. While a second thread
/// moves the bytes, the request's thread writes performance markers, from the first moments on and
/// every five seconds; the last line says how it ended. When the client goes away the copy is given
/// up and nothing of it is visible.
final class ThirdPartyCopy implements AutoCloseable {
  private final ThirdPartyPull pull;
  private final ThirdPartyPush push;
  private final DoorConfig config;
  private final Shares places;
  private final Set<CopyInProgress> running = ConcurrentHashMap.newKeySet();

  /// As many as there are places at the most.
  private final ExecutorService threads =
      Executors.newCachedThreadPool(Thread.ofPlatform().name("copy-", 0).factory());

  ThirdPartyCopy(Room room, Uploads uploads, HttpFetcher client, DoorConfig config) {
    this.pull = new ThirdPartyPull(room, uploads, client, config);
    this.push = new ThirdPartyPush(room, client, config);
    this.config = config;
    this.places = new Shares(config.copies().atOnce());
  }

  /// Moves the bytes of one copy.
  @FunctionalInterface
  interface Mover {
    /// Returns when all is done and durable.
    ///
    /// @return the checksums of what is now at a name of this server; none when it sent a file
    Checksums move(CopyInProgress progress) throws IOException;
  }

  void handle(DoorRequest request) throws IOException {
    Exchange exchange = request.exchange();
    boolean source = !exchange.headers("Source").isEmpty();
    if (source) {
      pull.authorize(request);
    } else {
      push.authorize(request);
    }
    // Before anything is asked of names or peers, which may take their time.
    String who = request.caller().who();
    try (Shares.Place place = config.admission().place(places, who, "third-party copies")) {
      CopyOrder order = CopyOrder.read(exchange, config.peers());
      Mover mover = order.pull() ? pull.prepare(request, order) : push.prepare(request, order);
      run(request, order, mover);
    }
  }

  private void run(DoorRequest request, CopyOrder order, Mover mover) throws IOException {
    try (Passage passage = config.admission().admit(ask(request, order))) {
      CopyInProgress copy = new CopyInProgress(order, passage, InstantSource.system());
      running.add(copy);
      request.running().whenRevoked(() -> copy.cancel("the token was revoked"));
      try {
        copy.run(request.exchange(), observed(mover, order, request.name()), threads);
      } finally {
        running.remove(copy);
      }
    }
  }

  /// A copy stands in line with what clients move, for whoever ordered it.
  private static Ask ask(DoorRequest request, CopyOrder order) {
    return new Ask(
        request.caller().who(),
        otherEnd(request, order),
        request.name(),
        order.pull() ? Direction.IN : Direction.OUT,
        -1);
  }

  /// Where the bytes come from or go to. Of a name that cannot be resolved the copy will say so
  /// itself; until then it is accounted for at its client.
  private static InetAddress otherEnd(DoorRequest request, CopyOrder order) {
    try {
      return InetAddress.getByName(URI.create(order.where()).getHost());
    } catch (UnknownHostException e) {
      return request.exchange().remote().getAddress();
    }
  }

  /// Tells whoever listens when bytes begin and end to move.
  private Mover observed(Mover mover, CopyOrder order, LogicalName name) {
    return progress -> {
      FlowListener.Ended flow =
          config
              .flows()
              .started(
                  new FlowListener.Flow(
                      order.pull(), URI.create(order.where()), name, order.manner().tag()));
      try {
        return mover.move(progress);
      } finally {
        flow.ended(progress.moved());
      }
    };
  }

  @Override
  public void close() {
    running.forEach(copy -> copy.cancel(CopyInProgress.CANCELLED));
    threads.shutdown();
  }
}
