package dev.firn.inference.scoring;

import dev.firn.inference.InferRequest;
import dev.firn.inference.InferResponse;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.ModelInfo;
import dev.firn.inference.TensorSpec;
import dev.firn.inference.protocol.RemoteInference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Servers in order of preference, and behind them the engine in this process, which is always
/// there.
///
/// A request that a server does not answer, for whatever reason, goes to the next; computing it
/// twice changes nothing. The server is left alone for a while; then it is asked, aside, whether it
/// takes work again, and left alone longer when it does not. An answer by another file of the model
/// than ours is none, nor is one that lacks an output or an event.
public final class Failover implements Inference {
  private static final Logger LOG = LoggerFactory.getLogger(Failover.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final List<Server> servers;
  private final Inference embedded;
  private final String digest;
  private final LongSupplier nanos;
  private final LongAdder fallen = new LongAdder();
  private final ExecutorService probes =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("inference-probe").factory());

  /// A server, and how it stands.
  private static final class Server {
    private final RemoteInference remote;
    private final AtomicBoolean asking = new AtomicBoolean();
    private final AtomicLong pause = new AtomicLong();
    private volatile long since;

    Server(RemoteInference remote) {
      this.remote = remote;
    }

    /// Whether a request may go there now. One that was left alone is asked by somebody else
    /// whether it takes work again: no request waits for that.
    boolean open(String model, long now, Executor probes) {
      if (pause.get() == 0) {
        return true;
      }
      if (now - since >= pause.get() && asking.compareAndSet(false, true)) {
        since = now;
        probes.execute(() -> {
          try {
            if (remote.admits(model)) {
              pause.set(0);
            } else {
              longer();
            }
          } finally {
            asking.set(false);
          }
        });
      }
      return false;
    }

    void failed(long now) {
      since = now;
      pause.compareAndSet(0, FIRST_PAUSE.toNanos());
    }

    private void longer() {
      pause.updateAndGet(p -> Math.min(LONGEST_PAUSE.toNanos(), p * 2));
    }
  }

  /// @param digest of the model's file, that others must have too; empty when any will do
  /// @param nanos as [System#nanoTime]
  public Failover(
      List<RemoteInference> servers, Inference embedded, String digest, LongSupplier nanos) {
    this.servers = servers.stream().map(Server::new).toList();
    this.embedded = embedded;
    this.digest = digest;
    this.nanos = nanos;
  }

  @Override
  public ModelInfo model(String name, String version) {
    return embedded.model(name, version);
  }

  @Override
  public InferResponse infer(InferRequest request) {
    for (Server server : servers) {
      if (!server.open(request.model(), nanos.getAsLong(), probes)) {
        continue;
      }
      try {
        InferResponse answer = server.remote.infer(request);
        if (!isOurs(answer.origin().digest())) {
          LOG.warn("{} has another file of model {}", answer.origin().server(), request.model());
        } else if (!isWhole(request, answer)) {
          LOG.warn("{} left out a part of its answer", answer.origin().server());
        } else {
          return answer;
        }
      } catch (InferenceException e) {
        LOG.debug("going on without a server: {}", e.detail());
      }
      server.failed(nanos.getAsLong());
    }
    if (!servers.isEmpty()) {
      fallen.increment();
    }
    return embedded.infer(request);
  }

  /// Servers of other makes do not tell.
  private boolean isOurs(String other) {
    return digest.isEmpty() || other.isEmpty() || other.equals(digest);
  }

  /// Whether there is all that was asked for, about every event.
  private boolean isWhole(InferRequest request, InferResponse answer) {
    List<String> wanted =
        request.outputs().isEmpty()
            ? model(request.model(), request.version()).outputs().stream()
                .map(TensorSpec::name)
                .toList()
            : request.outputs();
    long events = request.inputs().getFirst().rows();
    return wanted.stream()
        .allMatch(name ->
            answer.outputs().stream().anyMatch(o -> o.name().equals(name) && o.rows() == events));
  }

  /// How many requests no server answered.
  public long fallen() {
    return fallen.sum();
  }

  @Override
  public void close() {
    probes.shutdownNow();
  }
}
