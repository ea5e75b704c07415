import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Small files: GET of 16 and 64 KiB over 64 connections, plain and TLS, and PUT of 2 KiB, in
/// microseconds of the server's CPU time for each request.
///
/// wrk asks over connections that stay open. Firn's PUT is durable before it answers; the peers' is
/// not.
final class Small {
  private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
  private static final Pattern BAD = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");

  private final Bench.Options options;

  Small(Bench.Options options) {
    this.options = options;
  }

  void run() throws Exception {
    if (!Shell.has("wrk")) {
      System.err.println("bench: wrk is not installed; nothing is measured");
      return;
    }
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
    for (int size : List.of(16, 64)) {
      Path file = Shell.randomFile(folder.resolve("small" + size), size * 1024L);
      for (Peer peer : peers) {
        Shell.run("curl", "-sS", "-f", "-T", file.toString(), peer.plain() + "/small" + size);
      }
    }
    Path script =
        Files.writeString(
            folder.resolve("put.lua"),
            """
            local n = 0
            local thread = 0
            function setup(t) thread = thread + 1; t:set("id", thread) end
            request = function()
              n = n + 1
              return wrk.format("PUT", wrk.path .. id .. "-" .. n, nil, string.rep("x", 2048))
            end
            """);
    List<String> kinds =
        options.list("kinds", "get16-plain,get16-tls,get64-plain,get64-tls,put2-plain,put2-tls");
    Map<String, Map<String, List<Double>>> costs = new LinkedHashMap<>();
    for (int run = 1 - options.warmUps(); run <= options.runs(); run++) {
      for (String kind : kinds) {
        for (Peer peer : peers) {
          double cost = one(peer, kind, script, run);
          if (run > 0) { // those before warm up
            costs
                .computeIfAbsent(kind, k -> new LinkedHashMap<>())
                .computeIfAbsent(peer.name(), p -> new ArrayList<>())
                .add(cost);
          }
        }
      }
      System.err.println("bench: round " + run + " of " + options.runs() + " done");
    }
    report(costs);
  }

  private double one(Peer peer, String kind, Path script, int run) throws Exception {
    String base = kind.endsWith("tls") ? peer.tls() : peer.plain();
    List<String> command =
        new ArrayList<>(
            List.of("wrk", "-t1", "-c64", "-d" + options.number("seconds", 3) + "s"));
    if (kind.startsWith("put")) {
      command.addAll(List.of("-s", script.toString(), base + "/put-" + kind + run + "-"));
    } else {
      command.add(base + "/small" + kind.substring(3, 5));
    }
    double before = Shell.cpuSeconds(peer.pid());
    String output = Shell.run(command.toArray(String[]::new));
    double cpu = Shell.cpuSeconds(peer.pid()) - before;
    Matcher requests = REQUESTS.matcher(output);
    if (!requests.find() || BAD.matcher(output).find()) {
      throw new IllegalStateException(peer.name() + " " + kind + ": " + output);
    }
    return cpu / Long.parseLong(requests.group(1)) * 1e6;
  }

  private void report(Map<String, Map<String, List<Double>>> costs) throws Exception {
    System.out.printf(
        "server CPU microseconds a request (spread), 64 connections, medians of %d%n",
        options.runs());
    StringBuilder json = new StringBuilder();
    costs.forEach(
        (kind, servers) -> {
          System.out.printf("%-12s", kind);
          double firn = servers.containsKey("firn") ? Shell.median(servers.get("firn")) : 0;
          servers.forEach(
              (name, all) -> {
                double cost = Shell.median(all);
                System.out.printf(
                    " %22s", "%s %.1f (%d%%)".formatted(name, cost, Shell.spread(all)));
                json.append(json.isEmpty() ? "" : ",")
                    .append(
                        "{\"server\":\"%s\",\"kind\":\"%s\",\"cpu_us\":%.2f,\"spread_percent\":%d}"
                            .formatted(name, kind, cost, Shell.spread(all)));
              });
          servers.forEach(
              (name, all) -> {
                if (!name.equals("firn") && firn > 0) {
                  System.out.printf("   %.2f %s", firn / Shell.median(all), name);
                }
              });
          System.out.println();
        });
    System.out.printf(
        "{\"benchmark\":\"small\",%s,\"runs\":%d,\"results\":[%s]}%n",
        Shell.machine(), options.runs(), json);
  }
}
