import dev.firn.http.Json;
import dev.firn.server.demo.NamesGenerator;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/// `firn index` of a tree with every family of names: killed with `kill -9` as often as asked, and the
/// hub it registers with too, then run to its end, and the catalog compared with the tree. Then the
/// indexing of some large files beside `sha512sum` of the same, as many at a time.
final class Indexing {
  private static final int LARGE = 8;

  private final Bench.Options options;
  private final Path firn = Path.of(System.getProperty("firn.home"), "firn");
  private final Random random;

  Indexing(Bench.Options options) {
    this.options = options;
    this.random = new Random(options.number("seed", 1));
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path tree = Files.createDirectory(folder.resolve("tree"));
    int files =
        NamesGenerator.write(tree, options.number("seed", 1), (int) options.number("files", 20_000))
            .size();
    Hub hub = new Hub(folder.resolve("site"));
    try {
      killAndFinish(hub, tree, folder.resolve("state"), files);
      hash(hub, folder);
    } finally {
      hub.process.destroy();
      hub.process.waitFor();
    }
  }

  /// A hub in a process of its own; started again it is at the same place.
  private final class Hub {
    private final Path here;
    private Process process;
    private final Map<String, String> environment = new LinkedHashMap<>();

    Hub(Path here) throws IOException {
      this.here = Files.createDirectories(here);
      start();
    }

    void start() throws IOException {
      process =
          new ProcessBuilder(firn.toString(), "serve", "--here", here.toString())
              .redirectError(here.resolveSibling("site.log").toFile())
              .start();
      BufferedReader lines =
          new BufferedReader(new InputStreamReader(process.getInputStream()));
      JsonNode ready = Json.mapper().readTree(lines.readLine());
      environment.put("FIRN_URL", ready.path("url").asString());
      environment.put("FIRN_CA", ready.path("ca").asString());
      environment.put("BEARER_TOKEN_FILE", ready.path("token_file").asString());
    }

    Process index(Path tree, Path state) throws IOException {
      ProcessBuilder builder =
          new ProcessBuilder(
              firn.toString(), "index", tree.toString(), "--state", state.toString(), "--json");
      builder.environment().putAll(environment);
      builder.redirectError(here.resolveSibling("index.log").toFile());
      return builder.start();
    }
  }

  private void killAndFinish(Hub hub, Path tree, Path state, int files) throws Exception {
    long kills = options.number("kills", 10);
    for (int kill = 0; kill < kills; kill++) {
      Process index = hub.index(tree, state);
      Thread.sleep(1_500 + random.nextInt(3_000));
      if (kill % 4 == 3) {
        hub.process.destroyForcibly().waitFor();
        hub.start();
        Thread.sleep(500);
      }
      index.destroyForcibly().waitFor();
    }
    Process last = hub.index(tree, state);
    JsonNode counts =
        Json.mapper().readTree(new String(last.getInputStream().readAllBytes()));
    last.waitFor();
    Process again = hub.index(tree, state);
    JsonNode second = Json.mapper().readTree(new String(again.getInputStream().readAllBytes()));
    again.waitFor();
    System.out.printf(
        "index: %d files, %d kills, every fourth of the hub too; the last start knew %d and read %d;"
            + " conflicts %d; another pass knew %d and read %d%n",
        files,
        kills,
        counts.path("known").asLong(),
        counts.path("read").asLong(),
        counts.path("conflict").asLong(),
        second.path("known").asLong(),
        second.path("read").asLong());
    if (second.path("known").asLong() != files || second.path("conflict").asLong() != 0) {
      throw new IllegalStateException("not every file was registered once: " + second);
    }
  }

  private void hash(Hub hub, Path folder) throws Exception {
    Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
    int threads = Runtime.getRuntime().availableProcessors();
    for (int run = 0; run < options.runs(); run++) {
      Path large = Files.createDirectory(folder.resolve("large" + run));
      for (int i = 0; i < LARGE; i++) {
        Shell.randomFile(large.resolve("file" + run + "-" + i), options.size() / LARGE);
      }
      String sums = "ls '%s'/* | xargs -P %d -n 1 sha512sum".formatted(large, threads);
      Storing.add(costs, "sha512sum, parallel", Shell.time(Shell.words("sh", "-c", sums)));
      List<String> words = new ArrayList<>(List.of("env"));
      hub.environment.forEach((key, value) -> words.add(key + "=" + value));
      words.addAll(
          List.of(
              firn.toString(), "index", large.toString(), "--state", folder + "/state" + run, "--json"));
      Storing.add(costs, "firn: index", Shell.time(words.toArray(String[]::new)));
      Shell.removeTree(large);
    }
    Storing.report("index", options, costs);
  }
}
