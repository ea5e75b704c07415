import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.data.Blobs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import tools.jackson.databind.JsonNode;

/// The lease service of a whole hub over HTTPS: units given out one by one and fifty at a time, and
/// whole rounds of lease, PUT of each result and commit. Clients and hub share the machine. The limit
/// beside it is the signature under a lease's token, one core.
final class Leasing {
  private static final String CAMPAIGNS = "/api/v1/campaigns";
  private static final int EVENTS = 1_000; // of a unit
  private static final int UNITS_A_FILE = 1_000;
  private static final int FILES = 400;

  private final Bench.Options options;
  private HttpFetcher client;
  private String url;
  private String site;
  private String token;
  private String operator;

  Leasing(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path home = Files.createDirectory(folder.resolve("site"));
    try (HereHub hub = HereHub.start(home)) {
      url = hub.url().toString();
      client = HttpClients.create(hub.trust());
      operator = hub.token();
      token = operator;
      long began = System.nanoTime();
      site = hub.site();
      prepare();
      long units = (long) FILES * UNITS_A_FILE;
      System.out.printf(
          "planned %,d units of %,d events in %.1f s%n",
          units, EVENTS, (System.nanoTime() - began) / 1e9);
      post("/bench/start", Map.of());
      token = post("/bench/token", Map.of()).path("token").asString();
      measure(hub.process().pid());
    }
  }

  /// Files of a million events that are in the catalog only, and their GCD: more units than are asked
  /// for.
  private void prepare() throws Exception {
    ByteArrayOutputStream gcd = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(gcd);
    for (char stop : "GCD".toCharArray()) {
      writer.write(Frame.of(stop, List.of(Blobs.number("Number", stop))));
    }
    String name = "Level2_IC86.2017_data_Run00129000";
    put(url + "/data/exp/gcd/v1/" + name + "_GCD.i3", gcd.toByteArray(), token);
    StringBuilder lines = new StringBuilder();
    for (int part = 0; part < FILES; part++) {
      lines.append(
          ("{\"name\": \"/data/exp/l2/%s_Subrun00000000_%08d.i3\", \"size\": 1, \"checksums\":"
                  + " {\"sha512\": \"%0128x\"}, \"metadata\": {\"run\": 129000, \"subrun\": 0,"
                  + " \"part\": %d, \"level\": \"L2\", \"event_count\": %d}, \"replicas\":"
                  + " [{\"site\": \"%s\"}]}\n")
              .formatted(name, part, part + 1, part, EVENTS * UNITS_A_FILE, site));
    }
    load(lines.toString());
    post(
        "",
        Map.of(
            "name", "bench",
            "query", "level = L2 and run = 129000",
            "gcd", "v1",
            "command", "true",
            "unit_events", EVENTS,
            "lease_seconds", 600,
            "pulses", "InIcePulses"));
  }

  private void load(String lines) throws IOException {
    Request load =
        Request.of("POST", URI.create(url + "/api/v1/load?outcomes=problems"))
            .withHeader("Content-Type", "application/x-ndjson")
            .withBody(BodySource.bytes(lines.getBytes()));
    String answer = send(load, operator);
    if (!answer.contains("\"conflicts\":0,\"invalid\":0")) {
      throw new IOException("not everything was registered: " + answer);
    }
  }

  private void measure(long pid) throws Exception {
    int seconds = (int) options.number("seconds", 5);
    int clients = (int) options.number("streams", 4);
    StringBuilder json = new StringBuilder();
    for (int each : new int[] {1, 50}) {
      for (int run = 0; run < 2; run++) { // the first round warms up
        AtomicLong leased = new AtomicLong();
        double cpu = Shell.cpuSeconds(pid);
        ThreadLocal<String> held = new ThreadLocal<>();
        double rate = rate(clients, seconds, () -> take(each, held), leased);
        if (run > 0) {
          double used = (Shell.cpuSeconds(pid) - cpu) / leased.get() * 1e6;
          System.out.printf(
              "%,10.0f leases/s, %d at a time, hub CPU %.0f us a lease%n", rate, each, used);
          json.append("\"leases_%d\":%.0f,".formatted(each, rate));
        }
      }
    }
    for (boolean store : new boolean[] {false, true}) {
      AtomicLong committed = new AtomicLong();
      rate(clients, seconds, () -> round(50, store), committed);
      double rate = rate(clients, seconds, () -> round(50, store), committed);
      System.out.printf(
          "%,10.0f units/s leased, %s and committed: %,.0f events/s coordinated%n",
          rate, store ? "stored by PUT" : "registered in bulk", rate * EVENTS);
      json.append("\"units_%s\":%.0f,".formatted(store ? "put" : "bulk", rate));
    }
    JsonNode now = Json.mapper().readTree(send(Request.of("GET", URI.create(url + CAMPAIGNS + "/bench")), operator));
    System.out.printf("the status adds up: %s%n", now.path("holds").asBoolean());
    double signed = signatures();
    System.out.printf("limit: %,.0f signatures/s, one core, one for each request for leases%n", signed);
    System.out.printf(
        "{\"benchmark\":\"leases\",%s\"signatures\":%.0f,%s}%n",
        json, signed, Shell.machine());
  }

  private double rate(int clients, int seconds, Callable<Integer> work, AtomicLong count)
      throws Exception {
    long before = count.get();
    long began = System.nanoTime();
    long end = began + seconds * 1_000_000_000L;
    try (ExecutorService executor = Executors.newFixedThreadPool(clients)) {
      List<Future<Void>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        all.add(
            executor.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    count.addAndGet(work.call());
                  }
                  return null;
                }));
      }
      for (Future<Void> each : all) {
        each.get();
      }
    }
    return (count.get() - before) / ((System.nanoTime() - began) / 1e9);
  }

  /// Goes on with the lease it has, as a worker does.
  private int take(int units, ThreadLocal<String> held) throws IOException {
    JsonNode lease = lease(units, held.get());
    held.set(lease.path("lease").asString());
    return lease.path("units").size();
  }

  private JsonNode lease(int units, String held) throws IOException {
    Map<String, Object> wish = new HashMap<>(Map.of("worker", "bench", "units", units));
    if (held != null) {
      wish.put("lease", held);
    }
    JsonNode lease = post("/bench/leases", wish);
    if (lease.path("units").isEmpty()) {
      throw new IOException("no unit is left: " + lease);
    }
    return lease;
  }

  /// @param store whether each result is PUT; else they are registered by one bulk load, as if a
  ///   worker's site had brought them
  private int round(int units, boolean store) throws Exception {
    JsonNode lease = lease(units, null);
    String own = lease.path("token").asString();
    StringBuilder lines = new StringBuilder();
    List<Map<String, Object>> results = new ArrayList<>();
    for (JsonNode unit : lease.path("units")) {
      byte[] result = unit.path("unit").asString().repeat(20).getBytes();
      String sha512 =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-512").digest(result));
      String where = lease.path("prefix").asString() + unit.path("output").asString();
      if (store) {
        put(where, result, own);
      } else {
        lines.append(
            ("{\"name\": \"%s\", \"size\": %d, \"checksums\": {\"sha512\": \"%s\"},"
                    + " \"replicas\": [{\"site\": \"%s\"}]}\n")
                .formatted(URI.create(where).getPath(), result.length, sha512, site));
      }
      results.add(
          Map.of(
              "unit", unit.path("unit").asString(),
              "attempt", unit.path("attempt").asInt(),
              "events", unit.path("events").asInt(),
              "names", "0".repeat(64),
              "sha512", sha512));
    }
    if (!store) {
      load(lines.toString());
    }
    String path = "/bench/leases/" + lease.path("lease").asString() + "/commit";
    int committed = 0;
    for (JsonNode outcome : post(path, Map.of("units", results)).path("outcomes")) {
      committed += outcome.path("outcome").asString().equals("committed") ? 1 : 0;
    }
    if (committed != results.size()) {
      throw new IOException("only " + committed + " of " + results.size() + " were committed");
    }
    return committed;
  }

  private JsonNode post(String path, Map<String, Object> body) throws IOException {
    Request request =
        Request.of("POST", URI.create(url + CAMPAIGNS + path))
            .withBody(BodySource.bytes(Json.bytes(body)));
    return Json.mapper().readTree(send(request, token));
  }

  private void put(String where, byte[] bytes, String bearer) throws IOException {
    send(Request.of("PUT", URI.create(where)).withBody(BodySource.bytes(bytes)), bearer);
  }

  private String send(Request request, String bearer) throws IOException {
    try (Response response = client.send(request.withBearer(bearer))) {
      String text = response.bodyText(Integer.MAX_VALUE - 8);
      if (response.status() / 100 != 2) {
        throw new IOException(request.label() + " " + response.status() + " " + text);
      }
      return text;
    }
  }

  private static double signatures() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(generator.generateKeyPair().getPrivate());
    byte[] text = new byte[800];
    long began = 0;
    int signed = 0;
    for (int i = 0; i < 3_000; i++) {
      if (i == 500) {
        began = System.nanoTime();
      }
      signature.update(text);
      signature.sign();
      signed += i >= 500 ? 1 : 0;
    }
    return signed / ((System.nanoTime() - began) / 1e9);
  }
}
