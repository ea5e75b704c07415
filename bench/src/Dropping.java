import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.server.local.HereSite;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Files moved into a drop box until all are taken: read, digested, written to the area, made durable
/// and registered. Beside it what the machine needs at least for the same files: `sha512sum`, as many
/// at a time, and a copy of each that is made durable.
final class Dropping {
  private static final int AT_A_TIME = 4;

  private final Bench.Options options;
  private final long files;
  private final int size;

  Dropping(Bench.Options options) {
    this.options = options;
    this.files = options.number("files", 5_000);
    this.size = (int) Math.min(options.number("size", 100_000), 1 << 28);
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path made = Files.createDirectory(folder.resolve("made"));
    write(made);
    List<Double> limit = new ArrayList<>();
    List<Double> digests = new ArrayList<>();
    List<Double> taken = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int run = 0; run < options.number("runs", 3); run++) {
      limit.add(copied(made, folder.resolve("copy" + run)));
      digests.add(digested(made));
      drop(made, folder.resolve("site" + run), taken, cpu);
    }
    double perMinute = 60 * files / Shell.median(taken);
    System.out.printf(
        "dropbox: %d files of %d bytes taken in %.1f s (+-%d %%), %.0f a minute, %.2f CPU-ms each%n"
            + "sha512sum of the same, %d at a time: %.1f s; copied and each made durable: %.1f s%n"
            + "wall time beside both limits together: %.2f%n",
        files,
        size,
        Shell.median(taken),
        Shell.spread(taken),
        perMinute,
        1e3 * Shell.median(cpu) / files,
        AT_A_TIME,
        Shell.median(digests),
        Shell.median(limit),
        Shell.median(taken) / (Shell.median(limit) + Shell.median(digests)));
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("files", files);
    figures.put("bytes", size);
    figures.put("taken_seconds", taken);
    figures.put("files_a_minute", Math.round(perMinute));
    figures.put("sha512sum_seconds", digests);
    figures.put("durable_copy_seconds", limit);
    System.out.println(Json.mapper().writeValueAsString(figures));
    System.out.println("{" + Shell.machine() + "}");
  }

  private void write(Path folder) throws IOException {
    Random random = new Random(options.number("seed", 1));
    byte[] bytes = new byte[size];
    for (int i = 0; i < files; i++) {
      random.nextBytes(bytes);
      Files.write(folder.resolve("file%06d.dat".formatted(i)), bytes);
    }
  }

  private double digested(Path folder) throws Exception {
    String command =
        "find %s -type f -print0 | xargs -0 -n 64 -P %d sha512sum".formatted(folder, AT_A_TIME);
    return Shell.time("bash", "-c", command).wallSeconds();
  }

  private static double copied(Path from, Path to) throws Exception {
    Files.createDirectory(to);
    String command =
        ("find %s -type f -print0 | xargs -0 -n 64 -P %d sh -c 'for f; do"
                + " dd if=\"$f\" of=%s/\"${f##*/}\" bs=1M conv=fsync status=none; done' x")
            .formatted(from, AT_A_TIME, to);
    return Shell.time("bash", "-c", command).wallSeconds();
  }

  private void drop(Path made, Path site, List<Double> seconds, List<Double> cpu)
      throws Exception {
    Path box = Files.createDirectories(site.resolveSibling(site.getFileName() + "-box"));
    Path filling = Files.createDirectory(site.resolveSibling(site.getFileName() + "-filling"));
    try (Stream<Path> all = Files.list(made)) {
      for (Path file : all.toList()) {
        Files.copy(file, filling.resolve(file.getFileName()));
      }
    }
    HereSite.Wish wish = new HereSite.Wish(0, 0, false, List.of());
    Path here = HereSite.prepare(site, wish, Instant.now());
    String more =
        """

        [[dropbox]]
        name = "bench"
        directory = "%s"
        settle = "0 s"
        copies = 0
        into = "/data/box"
        poll = "1 s"
        """
            .formatted(box);
    Path config = Files.writeString(site.resolve("site.toml"), Files.readString(here) + more);
    Process hub =
        new ProcessBuilder(
                Path.of(System.getProperty("firn.home"), "firn").toString(),
                "serve",
                "--config",
                config.toString())
            .redirectError(site.resolveSibling(site.getFileName() + ".log").toFile())
            .start();
    try {
      JsonNode ready =
          Json.mapper()
              .readTree(new BufferedReader(new InputStreamReader(hub.getInputStream())).readLine());
      String token = Files.readString(Path.of(ready.path("token_file").asString())).strip();
      URI status = URI.create(ready.path("url").asString() + "/api/v1/dropboxes/bench");
      HttpClients.Config trust =
          HttpClients.Config.trusting(Path.of(ready.path("ca").asString()));
      try (HttpFetcher client = HttpClients.create(trust)) {
        double before = Shell.cpuSeconds(hub.pid());
        long begin = System.nanoTime();
        try (Stream<Path> all = Files.list(filling)) {
          for (Path file : all.toList()) {
            Files.move(file, box.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
          }
        }
        Request ask = Request.of("GET", status).withBearer(token);
        while (taken(client, ask) < files) {
          Thread.sleep(100);
        }
        seconds.add((System.nanoTime() - begin) / 1e9);
        cpu.add(Shell.cpuSeconds(hub.pid()) - before);
      }
    } finally {
      hub.destroy();
      hub.waitFor();
    }
  }

  private static long taken(HttpFetcher client, Request ask) throws IOException {
    try (Response response = client.send(ask)) {
      JsonNode box = Json.mapper().readTree(response.bodyText(1 << 20));
      if (box.path("refused").asLong() > 0) {
        throw new IllegalStateException("files were refused: " + box);
      }
      return box.path("taken").asLong() + box.path("kept").asLong();
    }
  }
}
