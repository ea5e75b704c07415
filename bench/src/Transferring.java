import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;
import tools.jackson.databind.JsonNode;

/// Small files from one Firn site to another through everything a hub does for a transfer: a rule
/// that asks, the scheduler, a claim, tokens for one path, a third-party copy over TLS, the look at
/// the destination, the catalog and the history. Beside it `curl` copying as many such files with one
/// token, one after the other over one connection, and nothing written down.
final class Transferring {
  private static final Path HOME = Path.of(System.getProperty("firn.home"));
  private static final int PUTTERS = 16;

  private final Bench.Options options;
  private final int files;
  private final int bytes;
  private Path folder;
  private HttpFetcher client;
  private String hub;

  Transferring(Bench.Options options) {
    this.options = options;
    this.files = (int) options.number("files", 20_000);
    this.bytes = (int) options.number("size", 4_096);
  }

  void run() throws Exception {
    // On disk: durability is part of what is measured.
    folder = Files.createTempDirectory("firn-bench-transferring");
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
    Peer.certificate(Files.createDirectories(folder.resolve("tls/own")));
    Files.move(folder.resolve("tls/own/host.pem"), folder.resolve("host.pem"));
    Files.move(folder.resolve("tls/own/host.key"), folder.resolve("host.key"));
    int madison = freePort();
    int nersc = freePort();
    hub = "https://localhost:" + madison;
    String door = "https://localhost:" + nersc;
    Process destination = start("nersc", site("nersc", nersc) + issuer());
    Process source =
        start(
            "madison",
            site("madison", madison)
                + """
                [transfer]
                per-link = %d
                [[remotes]]
                name = "nersc"
                url = "%s"
                """
                    .formatted(options.number("streams", 48), door));
    client = HttpClients.create(HttpClients.Config.trusting(folder.resolve("host.pem")));
    try {
      List<String> names = put();
      measure(source, destination);
      if (Shell.has("curl")) {
        curl(names, door);
      }
    } finally {
      client.close();
      source.destroy();
      destination.destroy();
      source.waitFor();
      destination.waitFor();
    }
  }

  private String site(String name, int port) {
    return """
    [site]
    name = "%s"
    url = "https://localhost:%d"
    hub = %s
    [door]
    listen = "127.0.0.1:%d"
    allow-peers = ["localhost"]
    [tls]
    certificate = "../host.pem"
    key = "../host.key"
    trust = ["../host.pem"]
    """
        .formatted(name, port, name.equals("madison"), port);
  }

  private String issuer() {
    return "[[issuers]]\nurl = \"%s\"\n".formatted(hub);
  }

  private Process start(String name, String toml) throws Exception {
    Path own = Files.createDirectories(folder.resolve(name));
    own.toFile().setExecutable(true, false);
    Path config = Files.writeString(own.resolve("firn.toml"), toml);
    ProcessBuilder builder =
        new ProcessBuilder(
                HOME.resolve("firn").toString(),
                "serve",
                "--config",
                config.toString(),
                "--until-stdin-ends")
            .redirectError(own.resolve("log").toFile());
    Process process = builder.start();
    String ready = process.inputReader().readLine();
    if (ready == null) {
      throw new IOException(name + " did not start: " + Files.readString(own.resolve("log")));
    }
    return process;
  }

  private String token() throws IOException {
    return Files.readString(folder.resolve("madison/operator.token")).strip();
  }

  /// Takes the files in at the hub, many at a time.
  private List<String> put() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < files; i++) {
      names.add("/data/exp/%03d/file-%06d".formatted(i / 1_000, i));
    }
    long begin = System.nanoTime();
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService pool = Executors.newFixedThreadPool(PUTTERS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int t = 0; t < PUTTERS; t++) {
        all.add(
            pool.submit(
                () -> {
                  byte[] content = new byte[bytes];
                  for (int i; (i = next.getAndIncrement()) < files; ) {
                    new Random(i).nextBytes(content);
                    ask("PUT", names.get(i), BodySource.bytes(content.clone()));
                  }
                  return null;
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    System.out.printf(
        "%,d files of %,d bytes put at the hub: %.0f a second%n",
        files, bytes, files * 1e9 / (System.nanoTime() - begin));
    return names;
  }

  private JsonNode ask(String method, String path, BodySource body) throws IOException {
    Request request = Request.of(method, URI.create(hub + path)).withBearer(token());
    if (body != null) {
      request = request.withBody(body);
      if (!method.equals("PUT")) {
        request = request.withHeader("Content-Type", "application/json");
      }
    }
    try (Response response = client.send(request)) {
      String text = response.bodyText(1_000_000);
      if (response.status() / 100 != 2) {
        throw new IOException(method + " " + path + " answered " + response.status() + " " + text);
      }
      return text.startsWith("{") ? Json.mapper().readTree(text) : Json.mapper().nullNode();
    }
  }

  private void measure(Process source, Process destination) throws Exception {
    String rule = "{\"pattern\": \"/data/exp/**\", \"site\": \"nersc\"}";
    long begin = System.nanoTime();
    long id =
        ask("POST", "/api/v1/rules", BodySource.bytes(rule.getBytes(StandardCharsets.UTF_8)))
            .path("id")
            .asLong();
    Seen first = seen(begin, 0, source, destination);
    List<Seen> seen = new ArrayList<>(List.of(first));
    while (seen.getLast().done() < files) {
      Thread.sleep(2_000);
      seen.add(seen(System.nanoTime(), done(id), source, destination));
      Seen before = seen.get(Math.max(0, seen.size() - 6));
      Seen now = seen.getLast();
      System.out.printf(
          "%5.0f s: %,d done, %.0f a second lately%n",
          (now.nanos() - begin) / 1e9, now.done(), now.rateSince(before));
    }
    // Sustained: without the first fifth, in which programs are compiled.
    Seen from = seen.stream().filter(s -> s.done() >= files / 5).findFirst().orElseThrow();
    Seen to = seen.getLast();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("files", files);
    figures.put("bytes", bytes);
    figures.put("files_per_s", Math.round(to.rateSince(first)));
    figures.put("files_per_s_sustained", Math.round(to.rateSince(from)));
    figures.put("hub_and_database_cpu_ms_a_file", to.since(first, s -> s.hub() + s.database()));
    figures.put("door_cpu_ms_a_file", to.since(first, Seen::door));
    figures.put("hub_cpu_ms_a_file_sustained", to.since(from, Seen::hub));
    figures.put("database_cpu_ms_a_file_sustained", to.since(from, Seen::database));
    figures.put("door_cpu_ms_a_file_sustained", to.since(from, Seen::door));
    StringBuilder line = new StringBuilder("{" + Shell.machine());
    figures.forEach((k, v) -> line.append(",\"").append(k).append("\":").append(v));
    System.out.println(line.append("}"));
  }

  /// What there was at a time.
  ///
  /// @param hub CPU seconds of the hub's process alone, those of its database being `database`
  private record Seen(long nanos, long done, double hub, double database, double door) {
    double rateSince(Seen earlier) {
      return (done - earlier.done) * 1e9 / Math.max(1, nanos - earlier.nanos);
    }

    /// CPU milliseconds a file, of one or several.
    double since(Seen earlier, ToDoubleFunction<Seen> seconds) {
      double spent = seconds.applyAsDouble(this) - seconds.applyAsDouble(earlier);
      return Math.round(spent / Math.max(1, done - earlier.done) * 1e5) / 100.0;
    }
  }

  private static Seen seen(long nanos, long done, Process source, Process destination) {
    double hub = Shell.ownCpuSeconds(source.pid());
    double all = Shell.cpuSeconds(source.pid());
    return new Seen(nanos, done, hub, all - hub, Shell.cpuSeconds(destination.pid()));
  }

  private long done(long rule) throws IOException {
    for (JsonNode one : ask("GET", "/api/v1/rules", null).path("rules")) {
      if (one.path("id").asLong() == rule) {
        return one.path("copies").path("done").asLong();
      }
    }
    return 0;
  }

  /// A thousand copies by curl, with a token of the operator's for both ends.
  private void curl(List<String> names, String door) throws Exception {
    int count = Math.min(1_000, names.size());
    StringBuilder config = new StringBuilder();
    for (String name : names.subList(0, count)) {
      config
          .append(config.isEmpty() ? "" : "next\n")
          .append("url = \"" + door + name + "-curl\"\nrequest = COPY\noutput = /dev/null\n")
          .append("cacert = \"" + folder.resolve("host.pem") + "\"\nfail\n")
          .append("header = \"Authorization: Bearer " + token() + "\"\n")
          .append("header = \"TransferHeaderAuthorization: Bearer " + token() + "\"\n")
          .append("header = \"Credential: none\"\n")
          .append("header = \"Source: " + hub + name + "\"\n");
    }
    Path file = Files.writeString(folder.resolve("curl.config"), config.toString());
    Shell.Cost cost = Shell.time("curl", "-sS", "--fail-early", "-K", file.toString());
    System.out.printf(
        "curl, one after the other, nothing written down: %.0f a second%n",
        count / cost.wallSeconds());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
