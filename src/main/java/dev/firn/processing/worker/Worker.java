package dev.firn.processing.worker;

import dev.firn.http.HttpFetcher;
import dev.firn.http.RemoteException;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// Takes units and works at them until there are none, or until it is told to stop.
public final class Worker {
  private static final Logger LOG = LoggerFactory.getLogger(Worker.class);
  private static final Duration IDLE = Duration.ofSeconds(1);

  private final HubApi hub;
  private final Config config;
  private final InputCache inputs;
  private final Listener listener;
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean draining;
  private volatile @Nullable Command command;
  private @Nullable Heartbeat heart; // of the lease that is held; the working thread's

  /// How to work.
  ///
  /// @param name what the worker is called in the ledger
  /// @param directory for inputs and results; what is made there is removed
  /// @param units how many to take at a time
  /// @param idle how long to wait for work before ending; zero ends at once
  /// @param patience how long the hub may be away
  public record Config(String name, Path directory, int units, Duration idle, Duration patience) {}

  /// Sees what becomes of units.
  @FunctionalInterface
  public interface Listener {
    /// @param outcome `committed`, `discarded`, `refused`, `again`, `split`, `quarantined`, or
    ///   `returned`
    void unit(String unit, String outcome, String why);
  }

  /// @param url of the hub, without a trailing slash
  /// @param token of a worker of `campaign`, or an administrator's
  public Worker(
      HttpFetcher client,
      URI url,
      String campaign,
      String token,
      Config config,
      Listener listener) {
    this.hub = new HubApi(client, url, campaign, token, config.patience());
    this.config = config;
    this.inputs = new InputCache(hub, config.directory());
    this.listener = listener;
  }

  /// Works until nothing is left for `idle`, or until [#drain].
  ///
  /// @return why it ended: empty when there was no more work
  public String run() throws IOException, InterruptedException {
    try {
      Files.createDirectories(config.directory());
      long until = System.nanoTime() + config.idle().toNanos();
      while (!draining) {
        JsonNode lease = hub.post("/leases", wish());
        String stop = lease.path("stop").asString();
        if (!stop.isEmpty()) {
          return stop;
        }
        if (!lease.path("units").isEmpty()) {
          work(lease, heart(lease));
          until = System.nanoTime() + config.idle().toNanos();
        } else if (System.nanoTime() >= until) {
          return "";
        } else {
          letGo();
          Thread.sleep(IDLE);
        }
      }
      return "told to stop";
    } finally {
      letGo();
      inputs.close();
      ended.countDown();
    }
  }

  /// Asks for no more work; the unit at work is finished if that takes less than `patience`, and is
  /// given back otherwise. Returns when the worker has ended.
  public void drain(Duration patience) throws InterruptedException {
    draining = true;
    if (!ended.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      Command running = command;
      if (running != null) {
        running.stop();
      }
      ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /// What to ask for: more of the lease that is held, which spares the hub a signature.
  private Map<String, Object> wish() {
    Map<String, Object> wish = new LinkedHashMap<>();
    wish.put("worker", config.name());
    wish.put("units", config.units());
    Heartbeat going = heart;
    if (going != null && going.isAlive()) {
      wish.put("lease", going.lease());
    }
    return wish;
  }

  /// Of the lease that was granted: the one that is held, or a new one.
  private Heartbeat heart(JsonNode granted) throws InterruptedException {
    Heartbeat going = heart;
    if (going != null && going.lease().equals(granted.path("lease").asString())) {
      going.tookMore();
      return going;
    }
    letGo();
    Heartbeat fresh = Heartbeat.start(hub, granted);
    heart = fresh;
    return fresh;
  }

  /// Lets go of the lease that is held.
  private void letGo() throws InterruptedException {
    Heartbeat going = heart;
    heart = null;
    if (going != null) {
      going.close();
    }
  }

  private void work(JsonNode granted, Heartbeat heart) throws IOException, InterruptedException {
    List<JsonNode> waiting = new ArrayList<>();
    granted.path("units").forEach(waiting::add);
    while (!waiting.isEmpty() && !draining && heart.isAlive()) {
      work(granted, waiting.removeFirst(), heart);
    }
    if (!waiting.isEmpty() && heart.isAlive()) {
      giveBack(granted, waiting);
    }
  }

  private void work(JsonNode granted, JsonNode unit, Heartbeat heart)
      throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory(config.directory(), "unit-");
    Command own =
        new Command(
            granted.path("command").asString(),
            Duration.ofSeconds(granted.path("limit_seconds").asLong()));
    command = own;
    try {
      Attempt attempt = new Attempt(hub, inputs, own, directory);
      Attempt.Result result = made(attempt, granted, unit, heart);
      if (result.fault().isEmpty()) {
        report(granted, "/commit", result.body());
      } else if (own.isStopped()) {
        giveBack(granted, List.of(unit));
      } else {
        report(granted, "/fail", result.body());
      }
    } catch (RemoteException e) {
      if (e.status() == 404) { // the lease or the campaign is gone
        LOG.info("what was leased is not there any more: {}", e.detail());
        return;
      }
      report(granted, "/fail", Attempt.failure(unit, "around", e.detail()));
    } finally {
      command = null;
      InputCache.clear(directory);
    }
  }

  /// What an attempt comes to. A server that does not answer as it should, even by a 404, is
  /// trouble around the unit: only what is asked of the lease itself tells that it is gone.
  private static Attempt.Result made(
      Attempt attempt, JsonNode granted, JsonNode unit, Heartbeat heart)
      throws IOException, InterruptedException {
    try {
      return attempt.make(granted, unit, heart.token());
    } catch (RemoteException e) {
      return Attempt.failed(unit, "around", e.detail());
    }
  }

  private void report(JsonNode granted, String what, Map<String, Object> unit) throws IOException {
    String lease = granted.path("lease").asString();
    JsonNode answer = hub.post("/leases/" + lease + what, Map.of("units", List.of(unit)));
    for (JsonNode outcome : answer.path("outcomes")) {
      listener.unit(
          outcome.path("unit").asString(),
          outcome.path("outcome").asString(),
          outcome.path("why").asString());
    }
  }

  private void giveBack(JsonNode granted, List<JsonNode> units) throws IOException {
    List<Map<String, Object>> all = new ArrayList<>();
    for (JsonNode unit : units) {
      all.add(new LinkedHashMap<>(Map.of("unit", unit.path("unit").asString())));
      listener.unit(unit.path("unit").asString(), "returned", "");
    }
    String lease = granted.path("lease").asString();
    hub.post("/leases/" + lease + "/return", Map.of("units", all));
  }

  /// Whether what was wrong lies in a file and not around it.
  static boolean isInput(IOException e) {
    return e instanceof I3Exception || e instanceof HubApi.WrongInput;
  }
}
