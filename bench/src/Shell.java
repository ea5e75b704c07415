import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/// Commands, files and figures.
final class Shell {
  private static final double TICKS_PER_SECOND = 100; // USER_HZ, fixed in Linux's interface

  private Shell() {}

  record Cost(double cpuSeconds, double wallSeconds) {}

  static boolean has(String command) {
    return Stream.of("/usr/bin", "/usr/sbin", "/bin", "/usr/local/bin")
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }

  /// Runs a command to its end; fails when it fails.
  static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }

  /// Runs a command and says what it cost, its children included.
  static Cost time(String... command) throws Exception {
    String script = "TIMEFORMAT='%R %U %S'; time \"$@\" >/dev/null";
    String[] all = new String[command.length + 4];
    all[0] = "bash";
    all[1] = "-c";
    all[2] = script;
    all[3] = "bench";
    System.arraycopy(command, 0, all, 4, command.length);
    // What the command itself says on its standard error comes before.
    String[] figures = run(all).lines().toList().getLast().split("\\s+");
    return new Cost(
        Double.parseDouble(figures[1]) + Double.parseDouble(figures[2]),
        Double.parseDouble(figures[0]));
  }

  /// CPU seconds of this process.
  static double cpuSecondsHere() {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  /// CPU seconds of a process and all its descendants, the ended ones it waited for included.
  static double cpuSeconds(long pid) {
    ProcessHandle root = ProcessHandle.of(pid).orElseThrow();
    return Stream.concat(Stream.of(root), root.descendants())
        .mapToDouble(p -> ownCpuSeconds(p.pid()))
        .sum();
  }

  /// CPU seconds of a process and of what it started and has ended.
  static double ownCpuSeconds(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = 0;
      for (int i = 11; i <= 14; i++) { // utime, stime, cutime, cstime
        ticks += Long.parseLong(fields[i]);
      }
      return ticks / TICKS_PER_SECOND;
    } catch (IOException e) {
      return 0; // ended meanwhile: its parent has its figures
    }
  }

  /// A file of bytes that do not compress.
  static Path randomFile(Path file, long size) throws IOException {
    byte[] block = new byte[1 << 20];
    Random random = new Random(size);
    try (FileChannel out =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; at += block.length) {
        random.nextBytes(block);
        out.write(ByteBuffer.wrap(block, 0, (int) Math.min(block.length, size - at)));
      }
    }
    return file;
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(d -> d).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// (largest - smallest) / median, in percent.
  static long spread(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(d -> d).sorted().toArray();
    return Math.round(100 * (sorted[sorted.length - 1] - sorted[0]) / median(values));
  }

  static String machine() throws IOException {
    String cpu =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse(System.getProperty("os.arch"));
    String load = Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    return "\"cpu\":\"%s\",\"cores\":%d,\"kernel\":\"%s\",\"java\":\"%s\",\"load\":%s"
        .formatted(
            cpu,
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.version"),
            Runtime.version(),
            load);
  }

  static void removeTree(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      System.err.println("bench: left behind: " + folder + " (" + e.getMessage() + ")");
    }
  }

  static String[] words(Object... parts) {
    return Arrays.stream(parts).map(Object::toString).toArray(String[]::new);
  }

  /// The most memory that a process has had at once, in bytes.
  static long highestMemory(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .findFirst()
        .orElse(0);
  }
}
