import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.storage.PosixArea;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// One file from a disk into a storage area and onto the disk, beside `cp` and `sha512sum`.
final class Storing {
  private static final LogicalName PREFIX = LogicalName.parse("/bench");
  private final Bench.Options options;

  Storing(Bench.Options options) {
    this.options = options;
  }

  static PosixArea area(Path folder, Set<ChecksumAlgorithm> algorithms) throws Exception {
    Files.createDirectories(folder);
    return PosixArea.open(
        PREFIX,
        folder,
        new PosixArea.Settings(
            algorithms, Duration.ofDays(1), Clock.systemUTC(), new Random()));
  }

  /// What this process's own work costs.
  static Shell.Cost cost(Step step) throws Exception {
    com.sun.management.OperatingSystemMXBean system =
        (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long wall = System.nanoTime();
    step.run();
    return new Shell.Cost(
        (system.getProcessCpuTime() - cpu) / 1e9, (System.nanoTime() - wall) / 1e9);
  }

  interface Step {
    void run() throws Exception;
  }

  void run() throws Exception {
    Path folder = options.workFolder();
    Path source = Shell.randomFile(folder.resolve("source"), options.size());
    Map<String, List<Shell.Cost>> costs = new LinkedHashMap<>();
    try (PosixArea quick = area(folder.resolve("quick"), Set.of());
        PosixArea full = area(folder.resolve("full"), Set.of(ChecksumAlgorithm.SHA512))) {
      for (int warm = 0; warm < 3; warm++) {
        store(quick, source);
        store(full, source);
      }
      for (int run = 0; run < options.runs(); run++) {
        add(costs, "cp", Shell.time(Shell.words("cp", source, folder.resolve("copy"))));
        add(
            costs,
            "cp, sync",
            Shell.time(
                Shell.words(
                    "sh", "-c", "cp '%s' '%s' && sync '%2$s'".formatted(source, folder + "/copy"))));
        add(costs, "sha512sum", Shell.time(Shell.words("sha512sum", source)));
        add(costs, "firn: adler32, crc32c", cost(() -> store(quick, source)));
        add(costs, "firn: and sha512", cost(() -> store(full, source)));
      }
    }
    report("storage", options, costs);
  }

  private static void store(PosixArea area, Path source) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);
    try (FileChannel in = FileChannel.open(source);
        StagedWrite staged = area.stage(PREFIX.child("file"), StageOptions.DEFAULT)) {
      while (in.read(buffer.clear()) >= 0) {
        staged.write(buffer.flip());
      }
      staged.publish(PublishMode.REPLACE, Checksums.NONE);
    }
  }

  static void add(Map<String, List<Shell.Cost>> costs, String what, Shell.Cost cost) {
    costs.computeIfAbsent(what, w -> new ArrayList<>()).add(cost);
  }

  /// Medians, each beside `cp` and `sha512sum`, as a table and as one line of JSON.
  static void report(
      String benchmark, Bench.Options options, Map<String, List<Shell.Cost>> costs)
      throws Exception {
    double gib = options.size() / (double) (1L << 30);
    double cp = cpu(costs.get("cp"));
    double sum = cpu(costs.get("sha512sum"));
    System.out.printf(
        "%-24s %10s %7s %8s %8s %20s%n",
        "", "CPU-s/GiB", "GB/s", "spread", "/ cp", "/ (cp + sha512sum)");
    StringBuilder json = new StringBuilder();
    for (Map.Entry<String, List<Shell.Cost>> entry : costs.entrySet()) {
      double cpu = cpu(entry.getValue());
      double wall = Shell.median(entry.getValue().stream().map(Shell.Cost::wallSeconds).toList());
      long spread = Shell.spread(entry.getValue().stream().map(Shell.Cost::cpuSeconds).toList());
      double rate = options.size() / wall / 1e9;
      System.out.printf(
          "%-24s %10.3f %7.2f %7d%% %8.2f %20.2f%n",
          entry.getKey(), cpu / gib, rate, spread, cpu / cp, cpu / (cp + sum));
      json.append(json.isEmpty() ? "" : ",")
          .append(
              "{\"what\":\"%s\",\"cpu_seconds_per_gib\":%.4f,\"gb_per_second\":%.3f,\"spread_percent\":%d,\"to_cp\":%.3f,\"to_cp_and_sha512sum\":%.3f}"
                  .formatted(
                      entry.getKey(), cpu / gib, rate, spread, cpu / cp, cpu / (cp + sum)));
    }
    System.out.printf(
        "{\"benchmark\":\"%s\",%s,\"bytes\":%d,\"runs\":%d,\"results\":[%s]}%n",
        benchmark, Shell.machine(), options.size(), options.runs(), json);
  }

  private static double cpu(List<Shell.Cost> costs) {
    return Shell.median(costs.stream().map(Shell.Cost::cpuSeconds).toList());
  }
}
