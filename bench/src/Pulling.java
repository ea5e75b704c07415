import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Third-party pull over TLS of one file from an XRootD: the CPU-seconds of the server that pulls,
/// Firn beside another XRootD. Firn computes adler32 and crc32c on the way and compares, and makes
/// the file durable; XRootD does neither.
final class Pulling {
  private static final String FILE = "/file";
  private final Bench.Options options;
  private final List<Integer> streams;

  Pulling(Bench.Options options) {
    this.options = options;
    this.streams = options.list("streams", "1,4").stream().map(Integer::parseInt).toList();
  }

  private record Case(Peer puller, int streams) {}

  void run() throws Exception {
    Path folder = options.workFolder();
    Peer.certificate(folder); // one for all, so that each trusts the other
    List<Peer> peers = new ArrayList<>();
    try {
      peers.addAll(Peer.start(List.of("xrootd"), Files.createDirectory(folder.resolve("from"))));
      if (peers.isEmpty()) {
        return;
      }
      Peer source = peers.getFirst();
      Path own = Files.createDirectory(folder.resolve("to"));
      List<Peer> pullers = Peer.start(options.list("servers", "firn,xrootd"), own);
      peers.addAll(pullers);
      Path file = Shell.randomFile(folder.resolve("source"), options.size());
      ask(source, "-T", file.toString(), source.plain() + FILE);
      Files.delete(file);
      measure(source, pullers);
    } finally {
      for (Peer peer : peers) {
        peer.stop();
      }
    }
  }

  private void measure(Peer source, List<Peer> pullers) throws Exception {
    Map<Case, List<Shell.Cost>> costs = new LinkedHashMap<>();
    for (int n : streams) {
      pullers.forEach(puller -> costs.put(new Case(puller, n), new ArrayList<>()));
    }
    Random random = new Random(options.number("seed", 1));
    for (int run = 1 - options.warmUps(); run <= options.runs(); run++) {
      List<Case> order = new ArrayList<>(costs.keySet());
      Collections.shuffle(order, random);
      for (Case c : order) {
        Shell.Cost cost = one(source, c);
        if (run > 0) { // those before warm up
          costs.get(c).add(cost);
        }
      }
      System.err.println("bench: round " + run + " of " + options.runs() + " done");
    }
    report(pullers, costs);
  }

  private static Shell.Cost one(Peer source, Case c) throws Exception {
    Peer puller = c.puller();
    double before = Shell.cpuSeconds(puller.pid());
    long start = System.nanoTime();
    String said =
        ask(
            puller, "-X", "COPY", "-H", "Source: " + source.tls() + FILE, "-H",
            "X-Number-Of-Streams: " + c.streams(), "-H", "Credential: none",
            puller.tls() + "/new");
    double wall = (System.nanoTime() - start) / 1e9;
    double cpu = Shell.cpuSeconds(puller.pid()) - before;
    if (!said.strip().endsWith("success: Created")) {
      throw new IllegalStateException(puller.name() + " said: " + said);
    }
    ask(puller, "-X", "DELETE", puller.tls() + "/new");
    return new Shell.Cost(cpu, wall);
  }

  private static String ask(Peer peer, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of("curl", "-sSf", "--http1.1", "--cacert", peer.ca().toString(), "-H", "Expect:"));
    command.addAll(List.of(arguments));
    return Shell.run(command.toArray(String[]::new));
  }

  private void report(List<Peer> pullers, Map<Case, List<Shell.Cost>> costs) throws Exception {
    double gib = options.size() / (double) (1L << 30);
    System.out.printf("CPU-seconds per GiB of the puller, medians of %d%n", options.runs());
    StringBuilder json = new StringBuilder();
    for (int n : streams) {
      System.out.printf("pull-tls %d streams", n);
      Map<String, Double> figures = new LinkedHashMap<>();
      for (Peer puller : pullers) {
        List<Shell.Cost> all = costs.get(new Case(puller, n));
        List<Double> cpus = all.stream().map(Shell.Cost::cpuSeconds).toList();
        double cpu = Shell.median(cpus) / gib;
        double rate =
            options.size() / Shell.median(all.stream().map(Shell.Cost::wallSeconds).toList()) / 1e9;
        figures.put(puller.name(), cpu);
        System.out.printf(
            "   %s %.3f (%.2f GB/s, %d%%)", puller.name(), cpu, rate, Shell.spread(cpus));
        json.append(json.isEmpty() ? "" : ",")
            .append(
                "{\"server\":\"%s\",\"streams\":%d,\"cpu_seconds_per_gib\":%.4f,\"gb_per_second\":%.3f,\"spread_percent\":%d}"
                    .formatted(puller.name(), n, cpu, rate, Shell.spread(cpus)));
      }
      if (figures.containsKey("firn") && figures.containsKey("xrootd")) {
        System.out.printf("   firn/xrootd %.2f", figures.get("firn") / figures.get("xrootd"));
      }
      System.out.println();
    }
    System.out.printf(
        "{\"benchmark\":\"pull\",%s,\"bytes\":%d,\"runs\":%d,\"results\":[%s]}%n",
        Shell.machine(), options.size(), options.runs(), json);
  }
}
