import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// GET and PUT of whole files by curl, Firn beside other servers, in CPU-seconds of the server.
///
/// Client and server share the machine, so the rate is a floor; the CPU time of the server is the
/// figure to compare. The order within a round is shuffled.
///
/// A kind that ends in `-sha512` sends the file's sha512 along, which the server computes while the
/// bytes come and compares. Of the peers none does. `sha512sum` over the same files, as many at once
/// as there are streams, stands beside it.
final class Doors {
  private static final String DIGESTED = "-sha512";

  private final Bench.Options options;
  private final List<String> kinds;
  private final List<Integer> streams;
  private final Map<Integer, String> reprDigests = new HashMap<>();
  private final Map<Integer, List<Shell.Cost>> digests = new HashMap<>();

  Doors(Bench.Options options) {
    this.options = options;
    this.kinds = options.list("kinds", "get-tls,put-tls,get-plain,put-plain");
    this.streams = options.list("streams", "1,8").stream().map(Integer::parseInt).toList();
  }

  private record Case(Peer peer, String kind, int streams) {
    boolean digested() {
      return kind.endsWith(DIGESTED);
    }

    String label() {
      return kind + " " + streams;
    }
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    List<Peer> peers = Peer.start(options.list("servers", "firn,nginx,xrootd"), folder);
    try {
      measure(folder, peers);
    } finally {
      for (Peer peer : peers) {
        peer.stop();
      }
    }
  }

  private void measure(Path folder, List<Peer> peers) throws Exception {
    Map<Integer, Path> sources = new LinkedHashMap<>();
    List<Case> cases = new ArrayList<>();
    for (int n : streams) {
      sources.put(n, Shell.randomFile(folder.resolve("source" + n), options.size() / n));
      reprDigests.put(n, reprDigest(sources.get(n)));
      for (Peer peer : peers) {
        for (int i = 0; i < n; i++) {
          curl(peer, "-T", sources.get(n).toString(), peer.plain() + name(n, i)).waitFor();
        }
        for (String kind : kinds) {
          if (!kind.endsWith(DIGESTED) || Set.of("firn", "hub").contains(peer.name())) {
            cases.add(new Case(peer, kind, n));
          }
        }
      }
      digests.put(n, new ArrayList<>());
    }
    boolean digested = kinds.stream().anyMatch(kind -> kind.endsWith(DIGESTED));
    Map<Case, List<Shell.Cost>> costs = new LinkedHashMap<>();
    cases.forEach(c -> costs.put(c, new ArrayList<>()));
    Random random = new Random(options.number("seed", 1));
    for (int run = 1 - options.warmUps(); run <= options.runs(); run++) {
      List<Case> order = new ArrayList<>(cases);
      Collections.shuffle(order, random);
      for (Case c : order) {
        Shell.Cost cost = one(c, sources.get(c.streams()));
        if (run > 0) { // those before warm up
          costs.get(c).add(cost);
        }
      }
      for (int n : digested ? streams : List.<Integer>of()) {
        Shell.Cost cost = sha512sum(sources.get(n), n);
        if (run > 0) {
          digests.get(n).add(cost);
        }
      }
      System.err.println("bench: round " + run + " of " + options.runs() + " done");
    }
    report(peers, costs);
  }

  /// What the digests of as many files at once cost alone.
  private static Shell.Cost sha512sum(Path file, int times) throws Exception {
    String all = "for i in $(seq %d); do sha512sum '%s' & done; wait".formatted(times, file);
    return Shell.time("bash", "-c", all);
  }

  /// As in RFC 9530.
  private static String reprDigest(Path file) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-512");
    try (InputStream in = Files.newInputStream(file)) {
      byte[] block = new byte[1 << 20];
      for (int n = in.read(block); n > 0; n = in.read(block)) {
        digest.update(block, 0, n);
      }
    }
    return "Repr-Digest: sha-512=:" + Base64.getEncoder().encodeToString(digest.digest()) + ":";
  }

  private static String name(int streams, int i) {
    return "/file-" + streams + "-" + i;
  }

  private Shell.Cost one(Case c, Path source) throws Exception {
    Peer peer = c.peer();
    String base = c.kind().contains("tls") ? peer.tls() : peer.plain();
    boolean put = c.kind().startsWith("put");
    double before = Shell.cpuSeconds(peer.pid());
    long start = System.nanoTime();
    List<Process> clients = new ArrayList<>();
    for (int i = 0; i < c.streams(); i++) {
      List<String> arguments = new ArrayList<>();
      if (c.digested()) {
        arguments.addAll(List.of("-H", reprDigests.get(c.streams())));
      }
      if (put) {
        arguments.addAll(List.of("-T", source.toString()));
      }
      arguments.add(base + (put ? "/new-" + i : name(c.streams(), i)));
      clients.add(curl(peer, arguments.toArray(String[]::new)));
    }
    for (Process client : clients) {
      String status = new String(client.getInputStream().readAllBytes());
      if (client.waitFor() != 0 || !status.startsWith("2")) {
        throw new IllegalStateException(peer.name() + " " + c.label() + " answered " + status);
      }
    }
    double wall = (System.nanoTime() - start) / 1e9;
    double cpu = Shell.cpuSeconds(peer.pid()) - before;
    if (put) {
      for (int i = 0; i < c.streams(); i++) {
        curl(peer, "-X", "DELETE", base + "/new-" + i).waitFor();
      }
    }
    return new Shell.Cost(cpu, wall);
  }

  private static Process curl(Peer peer, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl", "-sS", "--http1.1", "--tlsv1.3", "--cacert", peer.ca().toString(), "-H",
                "Expect:", "-w", "%{http_code}", "-o", "/dev/null"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private void report(List<Peer> peers, Map<Case, List<Shell.Cost>> costs) throws Exception {
    double gib = options.size() / (double) (1L << 30);
    System.out.printf("server CPU-seconds per GiB (GB/s, spread), medians of %d%n", options.runs());
    System.out.printf("%-18s", "");
    peers.forEach(peer -> System.out.printf(" %24s", peer.name()));
    System.out.println("   firn / others");
    StringBuilder json = new StringBuilder();
    for (int n : streams) {
      for (String kind : kinds) {
        System.out.printf("%-18s", kind + " " + n);
        Map<String, Double> figures = new LinkedHashMap<>();
        for (Peer peer : peers) {
          List<Shell.Cost> all = costs.get(new Case(peer, kind, n));
          if (all == null) {
            System.out.printf(" %24s", "-");
            continue;
          }
          List<Double> cpus = all.stream().map(Shell.Cost::cpuSeconds).toList();
          double cpu = Shell.median(cpus) / gib;
          double rate =
              options.size()
                  / Shell.median(all.stream().map(Shell.Cost::wallSeconds).toList())
                  / 1e9;
          figures.put(peer.name(), cpu);
          System.out.printf(
              " %24s", "%.3f (%.2f, %d%%)".formatted(cpu, rate, Shell.spread(cpus)));
          json.append(json.isEmpty() ? "" : ",")
              .append(
                  "{\"server\":\"%s\",\"kind\":\"%s\",\"streams\":%d,\"cpu_seconds_per_gib\":%.4f,\"gb_per_second\":%.3f,\"spread_percent\":%d}"
                      .formatted(peer.name(), kind, n, cpu, rate, Shell.spread(cpus)));
        }
        figures.forEach(
            (name, cpu) -> {
              if (!name.equals("firn") && figures.containsKey("firn")) {
                System.out.printf("   %.2f %s", figures.get("firn") / cpu, name);
              }
            });
        System.out.println();
        if (kind.endsWith(DIGESTED)) {
          compareDigests(costs, kind, n);
        }
      }
    }
    StringBuilder versions = new StringBuilder();
    for (Peer peer : peers) {
      versions
          .append(versions.isEmpty() ? "" : ",")
          .append("\"%s\":\"%s\"".formatted(peer.name(), peer.version()));
    }
    System.out.printf(
        "{\"benchmark\":\"doors\",%s,\"versions\":{%s},\"bytes\":%d,\"runs\":%d,\"results\":[%s]}%n",
        Shell.machine(), versions, options.size(), options.runs(), json);
  }

  /// The digest's own price and time beside those of the PUT that computes it and of the same PUT
  /// without.
  private void compareDigests(Map<Case, List<Shell.Cost>> costs, String kind, int n) {
    double gib = options.size() / (double) (1L << 30);
    List<Shell.Cost> alone = digests.get(n);
    double digest = cpu(alone) / gib;
    System.out.printf("%-18s %.3f, %.2f s%n", "  sha512sum", digest, wall(alone));
    String bare = kind.substring(0, kind.length() - DIGESTED.length());
    costs.forEach(
        (c, all) -> {
          List<Shell.Cost> without = costs.get(new Case(c.peer(), bare, n));
          if (c.kind().equals(kind) && c.streams() == n && without != null) {
            double most = cpu(without) / gib + 1.1 * digest;
            System.out.printf(
                "  %s: %.3f of the PUT without and 1.1 of sha512sum, %.2f s, %.2f of sha512sum's time%n",
                c.peer().name(), cpu(all) / gib / most, wall(all), wall(all) / wall(alone));
          }
        });
  }

  private static double cpu(List<Shell.Cost> costs) {
    return Shell.median(costs.stream().map(Shell.Cost::cpuSeconds).toList());
  }

  private static double wall(List<Shell.Cost> costs) {
    return Shell.median(costs.stream().map(Shell.Cost::wallSeconds).toList());
  }
}
