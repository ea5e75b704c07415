import dev.firn.http.Json;
import dev.firn.server.demo.NamesGenerator;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
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
    List<NamesGenerator.Sample> samples =
        NamesGenerator.write(
            tree, options.number("seed", 1), (int) options.number("files", 20_000));
    Hub hub = new Hub(folder.resolve("site"));
    try {
      Map<String, Object> figures = killAndFinish(hub, tree, folder.resolve("state"), samples);
      compare(hub, tree, samples);
      hash(hub, folder, figures);
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
      JsonNode ready = Json.mapper().readTree(process.inputReader().readLine());
      environment.put("FIRN_URL", ready.path("url").asString());
      environment.put("FIRN_CA", ready.path("ca").asString());
      environment.put("BEARER_TOKEN_FILE", ready.path("token_file").asString());
    }

    Process firn(String... words) throws IOException {
      List<String> command = new ArrayList<>(List.of(firn.toString()));
      command.addAll(List.of(words));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().putAll(environment);
      builder.redirectError(
          ProcessBuilder.Redirect.appendTo(here.resolveSibling("firn.log").toFile()));
      return builder.start();
    }

    Process index(Path tree, Path state) throws IOException {
      return firn("index", tree.toString(), "--state", state.toString(), "--json");
    }

    /// A pass to its end, and what it says.
    JsonNode finish(Path tree, Path state) throws Exception {
      Process index = index(tree, state);
      JsonNode said = Json.mapper().readTree(index.getInputStream().readAllBytes());
      if (index.waitFor() != 0) {
        throw new IllegalStateException("firn index ended with " + index.exitValue() + ": " + said);
      }
      return said;
    }

    /// The same as a command with its environment.
    String[] words(Path tree, Path state) {
      List<String> words = new ArrayList<>(List.of("env"));
      environment.forEach((key, value) -> words.add(key + "=" + value));
      words.addAll(
          List.of(
              firn.toString(), "index", tree.toString(), "--state", state.toString(), "--json"));
      return words.toArray(String[]::new);
    }
  }

  /// Each kill comes when a start has registered some more files, how many is random: so none is
  /// wasted on a program that is still starting.
  private Map<String, Object> killAndFinish(
      Hub hub, Path tree, Path state, List<NamesGenerator.Sample> samples) throws Exception {
    long kills = options.number("kills", 10);
    List<Long> known = new ArrayList<>();
    for (int kill = 0; kill < kills; kill++) {
      long enough =
          registered(state) + 1 + random.nextInt((int) (samples.size() / (kills + 2)));
      Process index = hub.index(tree, state);
      while (index.isAlive() && registered(state) < enough) {
        Thread.sleep(50);
      }
      if (kill % 4 == 3) {
        hub.process.destroyForcibly().waitFor();
        hub.start();
        Thread.sleep(500);
      }
      index.destroyForcibly().waitFor();
      known.add(registered(state));
    }
    JsonNode last = hub.finish(tree, state);
    JsonNode again = hub.finish(tree, state);
    System.out.printf(
        "index: %d files, %d kills, every fourth of the hub too%n"
            + "acknowledged after each kill: %s%n"
            + "the last start knew %d and read %d; another pass knew %d and read %d%n",
        samples.size(),
        kills,
        known,
        last.path("known").asLong(),
        last.path("read").asLong(),
        again.path("known").asLong(),
        again.path("read").asLong());
    if (again.path("known").asLong() != samples.size() || again.path("conflict").asLong() != 0) {
      throw new IllegalStateException("not every file was registered once: " + again);
    }
    for (int i = 1; i < known.size(); i++) {
      if (known.get(i) < known.get(i - 1)) {
        throw new IllegalStateException("a start forgot what the one before knew: " + known);
      }
    }
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("files", samples.size());
    figures.put("kills", kills);
    figures.put("acknowledged", known);
    return figures;
  }

  /// How many files the journals of all starts know together.
  private static long registered(Path state) throws IOException {
    Set<String> names = new HashSet<>();
    if (!Files.exists(state)) {
      return 0;
    }
    List<Path> journals;
    try (Stream<Path> files = Files.list(state)) {
      journals = files.filter(p -> p.toString().endsWith(".journal")).toList();
    }
    for (Path journal : journals) {
      for (String line : Files.readAllLines(journal)) {
        String[] fields = line.split("\t", 5);
        if (fields.length == 5) {
          names.add(fields[4]);
        }
      }
    }
    return names.size();
  }

  /// Every file once in the catalog, with its content and what its name and frames say.
  private void compare(Hub hub, Path tree, List<NamesGenerator.Sample> samples) throws Exception {
    Map<String, NamesGenerator.Sample> wanted = new HashMap<>();
    samples.forEach(s -> wanted.put("/" + tree.relativize(s.path()), s));
    Process export = hub.firn("catalog", "export");
    try (BufferedReader lines = export.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode file = Json.mapper().readTree(line);
        NamesGenerator.Sample sample = wanted.remove(file.path("name").asString());
        if (sample == null) {
          throw new IllegalStateException("twice, or never written: " + line);
        }
        compare(file, sample);
      }
    }
    if (export.waitFor() != 0 || !wanted.isEmpty()) {
      throw new IllegalStateException("not in the catalog: " + wanted.keySet());
    }
    System.out.printf(
        "the catalog has each of %d files once, with its sha512 and the family, level, run, part and"
            + " events of its name and frames%n",
        samples.size());
  }

  private static void compare(JsonNode file, NamesGenerator.Sample sample) throws Exception {
    JsonNode metadata = file.path("metadata");
    Map<String, Object> wanted = new LinkedHashMap<>();
    wanted.put(
        "sha512",
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-512").digest(Files.readAllBytes(sample.path()))));
    wanted.put("family", sample.family());
    wanted.put("level", sample.level() == null ? "unclassified" : sample.level());
    wanted.put("run", sample.run());
    wanted.put("part", sample.part());
    wanted.put("events", sample.events());
    Map<String, Object> found = new LinkedHashMap<>();
    found.put("sha512", file.at("/checksums/sha512").asString());
    found.put("family", metadata.at("/extra/family").asString());
    found.put("level", metadata.path("level").asString());
    found.put("run", metadata.has("run") ? metadata.path("run").asInt() : null);
    found.put("part", metadata.has("part") ? metadata.path("part").asInt() : null);
    found.put("events", metadata.has("event_count") ? metadata.path("event_count").asLong() : null);
    if (!wanted.equals(found)) {
      throw new IllegalStateException(file.path("name") + ": " + found + ", not " + wanted);
    }
  }

  /// Large files, each beginning anew: what is compared is the rate at which bytes are read and
  /// digested. The start of a Java program and of a pass is measured by a pass over one empty file.
  private void hash(Hub hub, Path folder, Map<String, Object> figures) throws Exception {
    int threads = Runtime.getRuntime().availableProcessors();
    List<Double> sums = new ArrayList<>();
    List<Double> indexed = new ArrayList<>();
    List<Double> starts = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int run = 0; run < options.runs(); run++) {
      Path large = Files.createDirectory(folder.resolve("large" + run));
      Path empty = Files.createDirectory(folder.resolve("empty" + run));
      Files.createFile(empty.resolve("empty"));
      for (int i = 0; i < LARGE; i++) {
        Shell.randomFile(large.resolve("file" + run + "-" + i), options.size() / LARGE + run);
      }
      String sum = "ls '%s'/* | xargs -P %d -n 1 sha512sum".formatted(large, threads);
      Shell.Cost peer = Shell.time(Shell.words("sh", "-c", sum));
      Shell.Cost own = Shell.time(hub.words(large, folder.resolve("state" + run)));
      sums.add(peer.wallSeconds());
      indexed.add(own.wallSeconds());
      cpu.add(own.cpuSeconds() / peer.cpuSeconds());
      starts.add(
          Shell.time(hub.words(empty, folder.resolve("state-empty" + run))).wallSeconds());
      Shell.removeTree(large);
    }
    double peer = Shell.median(sums);
    double own = Shell.median(indexed);
    double start = Shell.median(starts);
    figures.put("bytes", options.size());
    figures.put("sha512sum_seconds", peer);
    figures.put("index_seconds", own);
    figures.put("index_of_nothing_seconds", start);
    figures.put("rate_to_sha512sum", peer / own);
    figures.put("rate_without_start_to_sha512sum", peer / (own - start));
    figures.put("cpu_to_sha512sum", Shell.median(cpu));
    System.out.printf(
        "%d files of %d MiB, %d at a time: sha512sum %.2f s (spread %d %%), firn index %.2f s (spread"
            + " %d %%), of which a pass over nothing takes %.2f s%n"
            + "rate of firn / sha512sum: %.2f, without the start %.2f; CPU %.2f%n",
        LARGE,
        options.size() / LARGE >> 20,
        threads,
        peer,
        Shell.spread(sums),
        own,
        Shell.spread(indexed),
        start,
        peer / own,
        peer / (own - start),
        Shell.median(cpu));
    System.out.printf(
        "{\"benchmark\":\"index\",%s,\"results\":%s}%n",
        Shell.machine(), Json.mapper().writeValueAsString(figures));
  }
}
