import com.sun.net.httpserver.HttpServer;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/// From an event to its notice at a receiver: `firn infer stream` scores a stream of 2.7 kHz by a
/// hub, a few events a second become notices, and a receiver of an `http` channel notes when each
/// came. Both ends of the time are read here, by one clock. Beside it, the same body posted to the
/// same receiver without anything in between.
///
/// `--kill scorer --every 20` has the events scored by a second hub, which is killed and started
/// again every so many seconds; `--kill both` kills in turn that one and the hub that sends. A
/// receiver that has a notice says so (409) when it is sent again.
final class Noticing {
  private static final int EVENTS_A_SECOND = 2_700;
  private static final int EVERY = 540; // five notices a second
  private static final int WARM_SECONDS = 10;
  private static final int WIDTH = 16;
  private static final String MODEL = "tracks";

  private final Bench.Options options;
  private final Map<Long, Long> came = new ConcurrentHashMap<>();
  private final AtomicInteger repeated = new AtomicInteger();
  private final AtomicInteger askedAgain = new AtomicInteger();
  private final Set<String> keys = ConcurrentHashMap.newKeySet();
  private final List<Killed> kills = Collections.synchronizedList(new ArrayList<>());
  private volatile byte[] body = {};

  /// When one of the two was away, in nanoseconds.
  private record Killed(String what, long from, long to) {}

  Noticing(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path home = Files.createDirectory(folder.resolve("site"));
    HttpServer receiver = receive();
    try {
      String channel =
          "%n[alerts]%nbronze = \"0\"%n%n[[alert-channels]]%nname = \"receiver\"%nkind = \"http\"%nurl = \"%s\"%n"
              .formatted(address(receiver));
      HereHub hub = HereHub.start(home).with(home, channel);
      Hubs hubs = new Hubs(home, hub, Files.createDirectories(folder.resolve("second/site")));
      try (hubs) {
        measure(folder, hubs, address(receiver));
      }
    } finally {
      receiver.stop(0);
    }
  }

  private HttpServer receive() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          byte[] notice = exchange.getRequestBody().readAllBytes();
          long now = System.nanoTime();
          String key = exchange.getRequestHeaders().getFirst("Idempotency-Key");
          if (key != null && !keys.add(key)) {
            askedAgain.incrementAndGet();
            exchange.sendResponseHeaders(409, -1);
            exchange.close();
            return;
          }
          if (exchange.getRequestURI().getPath().equals("/notices")) {
            body = notice;
            String id = Json.mapper().readTree(notice).path("id").path(0).asString();
            Long before = came.putIfAbsent(Long.parseLong(id.substring(id.indexOf('_') + 1)), now);
            repeated.addAndGet(before == null ? 0 : 1);
          }
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    return server;
  }

  private static URI address(HttpServer receiver) {
    return URI.create("http://127.0.0.1:" + receiver.getAddress().getPort() + "/notices");
  }

  /// The hub that sends notices, and the one that scores, when it is another; killed by a thread of
  /// its own.
  private final class Hubs implements AutoCloseable {
    private final Path home;
    private final Path second;
    private volatile HereHub hub;
    private volatile HereHub scorer;
    private Thread killer;

    Hubs(Path home, HereHub hub, Path second) throws Exception {
      this.home = home;
      this.second = second;
      this.hub = hub;
      this.scorer = options.values().getOrDefault("kill", "").isEmpty() ? hub : HereHub.start(second);
    }

    boolean two() {
      return scorer != hub;
    }

    void kill(int every) {
      boolean both = options.values().getOrDefault("kill", "").equals("both");
      killer =
          Thread.ofPlatform().daemon().start(() -> {
            try {
              for (int i = 0; true; i++) {
                Thread.sleep(every * 1_000L);
                long from = System.nanoTime();
                boolean sender = both && i % 2 == 1;
                if (sender) {
                  hub = hub.killed(home);
                } else {
                  scorer = scorer.killed(second);
                }
                kills.add(new Killed(sender ? "hub" : "scorer", from, System.nanoTime()));
              }
            } catch (InterruptedException e) {
              // the run is over
            } catch (Exception e) {
              throw new IllegalStateException("a killed hub did not start again", e);
            }
          });
    }

    void spare() throws InterruptedException {
      if (killer != null) {
        killer.interrupt();
        killer.join();
      }
    }

    @Override
    public void close() throws InterruptedException {
      spare();
      if (two()) {
        scorer.close();
      }
      hub.close();
    }
  }

  private void measure(Path folder, Hubs hubs, URI receiver) throws Exception {
    HereHub hub = hubs.hub;
    byte[] model = Inferring.perceptron(1, WIDTH, 64, 32, 1);
    byte[] config =
        "parameters { key: \"firn.outputs\" value { string_value: \"track\" } }"
            .getBytes(StandardCharsets.UTF_8);
    Path models = Files.createDirectories(folder.resolve("models"));
    Files.createDirectories(models.resolve(MODEL + "/1"));
    Files.write(models.resolve(MODEL + "/1/model.onnx"), model);
    Files.write(models.resolve(MODEL + "/config.pbtxt"), config);
    Path authorities = folder.resolve("authorities.pem");
    Files.writeString(
        authorities, Files.readString(hub.ca()) + Files.readString(hubs.scorer.ca()));
    try (HttpFetcher http = HttpClients.create(HttpClients.Config.trusting(authorities))) {
      put(http, hubs.scorer, "/data/models/" + MODEL + "/config.pbtxt", config);
      put(http, hubs.scorer, "/data/models/" + MODEL + "/1/model.onnx", model);
      Process scorer = scorer(folder, hubs, models, authorities);
      if (hubs.two()) {
        hubs.kill((int) options.number("every", 20));
      }
      int seconds = WARM_SECONDS + (int) options.number("seconds", 60);
      long[] began = feed(scorer.getOutputStream(), seconds * EVENTS_A_SECOND);
      boolean ended = scorer.waitFor(5, TimeUnit.MINUTES);
      hubs.spare();
      if (!ended || scorer.exitValue() != 0) {
        scorer.destroyForcibly();
        throw new IOException("the scorer failed: " + Files.readString(folder.resolve("said")));
      }
      // A notice in the very act of being sent waits until the lease of the killed sender ends.
      for (int i = 0; i < 1_200 && came.size() < began.length; i++) {
        Thread.sleep(100);
      }
      report(Json.mapper().readTree(Files.readAllBytes(folder.resolve("said"))), began, direct(http, receiver));
    }
  }

  private static void put(HttpFetcher http, HereHub hub, String name, byte[] bytes)
      throws IOException {
    Request request =
        Request.of("PUT", URI.create(hub.url() + name))
            .withBearer(hub.token())
            .withBody(BodySource.bytes(bytes));
    try (Response response = http.send(request)) {
      if (response.status() / 100 != 2) {
        throw new IOException(name + " " + response.status() + " " + response.bodyText(10_000));
      }
    }
  }

  private static Process scorer(Path folder, Hubs hubs, Path models, Path authorities)
      throws IOException {
    HereHub hub = hubs.hub;
    Path token = Files.writeString(folder.resolve("scorer.token"), hubs.scorer.token());
    List<String> command = new ArrayList<>();
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.firn.server.Main"));
    command.addAll(List.of("infer", "stream", "--models", models.toString(), "--model", MODEL));
    command.addAll(List.of("--url", hub.url().toString(), "--server", hubs.scorer.url().toString()));
    command.addAll(List.of("--token-file", token.toString()));
    command.addAll(List.of("--ca", authorities.toString(), "--notify", "track", "--least", "-1e9"));
    command.addAll(List.of("--out", folder.resolve("scores").toString(), "--json"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(folder.resolve("said").toFile())
            .redirectError(folder.resolve("scorer.log").toFile());
    builder.environment().put("BEARER_TOKEN", hub.token());
    return builder.start();
  }

  /// @return when each event that becomes a notice was due, in nanoseconds, in order
  private static long[] feed(OutputStream to, int count) throws Exception {
    Random random = new Random(5);
    long[] began = new long[count / EVERY];
    try (to) {
      long start = System.nanoTime();
      for (int i = 0; i < count; i++) {
        long due = start + i * 1_000_000_000L / EVENTS_A_SECOND;
        while (System.nanoTime() < due) {
          Thread.sleep(1);
        }
        if (i % EVERY == EVERY - 1) {
          began[i / EVERY] = due;
        }
        to.write(line(i, random).getBytes(StandardCharsets.UTF_8));
      }
    }
    return began;
  }

  private static String line(int event, Random random) {
    StringBuilder line = new StringBuilder("{\"run\":1,\"event\":" + event + ",\"features\":[");
    for (int i = 0; i < WIDTH; i++) {
      line.append(i == 0 ? "" : ",").append((float) random.nextGaussian());
    }
    line.append("]");
    if (event % EVERY == EVERY - 1) {
      line.append(",\"candidate\":{\"topology\":\"track\",\"ra\":10,\"dec\":5,\"error\":1,")
          .append("\"triggered\":\"" + Instant.now() + "\"}");
    }
    return line.append("}\n").toString();
  }

  /// The same body to the same receiver, in milliseconds.
  private double[] direct(HttpFetcher http, URI receiver) throws IOException {
    double[] took = new double[500];
    for (int i = -200; i < took.length; i++) {
      long began = System.nanoTime();
      try (Response response =
          http.send(Request.of("POST", receiver.resolve("/direct")).withBody(BodySource.bytes(body)))) {
        if (response.status() != 204) {
          throw new IOException("the receiver answered " + response.status());
        }
      }
      if (i >= 0) {
        took[i] = (System.nanoTime() - began) / 1e6;
      }
    }
    Arrays.sort(took);
    return took;
  }

  private void report(JsonNode said, long[] began, double[] direct) throws Exception {
    int warm = WARM_SECONDS * EVENTS_A_SECOND / EVERY;
    List<Double> found = new ArrayList<>();
    List<Double> hubThere = new ArrayList<>();
    double slowestWarm = 0;
    int lost = 0;
    for (int i = 0; i < began.length; i++) {
      Long at = came.get((long) i * EVERY + EVERY - 1);
      if (at == null) {
        lost++;
      } else if (i < warm) {
        slowestWarm = Math.max(slowestWarm, (at - began[i]) / 1e6);
      } else {
        found.add((at - began[i]) / 1e6);
        long due = began[i];
        if (kills.stream()
            .noneMatch(k -> k.what().equals("hub") && due > k.from() - 1e9 && due < k.to() + 1e9)) {
          hubThere.add((at - due) / 1e6);
        }
      }
    }
    double[] took = found.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    double[] there = hubThere.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    System.out.printf(
        "%,d events at %,d a second, %d notices of %d, %d sent again; fallen back to the own engine: %s requests%n",
        said.path("events").asLong(), EVENTS_A_SECOND, came.size(), began.length, repeated.get(), said.path("fallen"));
    System.out.printf(
        "event to notice at the receiver: p50 %.1f ms, p99 %.1f ms, slowest of %d %.1f ms; in the first %d s %.0f ms%n",
        at(took, 0.5), at(took, 0.99), took.length, at(took, 1), WARM_SECONDS, slowestWarm);
    if (!kills.isEmpty()) {
      long hubs = kills.stream().filter(k -> k.what().equals("hub")).count();
      System.out.printf(
          "killed: the scoring service %d times, the hub that sends %d; the longest was away %.1f s; %d notices sent again were told that they had come%n",
          kills.size() - hubs, hubs, kills.stream().mapToLong(k -> k.to() - k.from()).max().orElse(0) / 1e9, askedAgain.get());
      System.out.printf(
          "of events a second and more from a time without that hub: %d, p99 %.1f ms, slowest %.1f ms%n",
          there.length, at(there, 0.99), at(there, 1));
    }
    System.out.printf("event to durable score: %s%n", said.path("whole"));
    System.out.printf(
        "limit: the same body posted at once, p50 %.2f ms, p99 %.2f ms%n", at(direct, 0.5), at(direct, 0.99));
    System.out.printf(
        "{\"benchmark\":\"notices\",\"events\":%d,\"lost\":%d,\"again\":%d,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f,\"kills\":%d,\"direct_p99_ms\":%.2f,%s}%n",
        said.path("events").asLong(), lost, repeated.get(), at(took, 0.5), at(took, 0.99), at(took, 1), kills.size(), at(direct, 0.99), Shell.machine());
    if (lost > 0 || repeated.get() > 0) {
      throw new IOException(lost + " notices did not come, " + repeated + " came again: " + said);
    }
  }

  private static double at(double[] sorted, double quantile) {
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.max(0, (int) Math.ceil(sorted.length * quantile) - 1)];
  }
}
