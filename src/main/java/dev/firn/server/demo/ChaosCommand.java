package dev.firn.server.demo;

import dev.firn.cli.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `firn chaos`: runs the demo again and again and ends processes of it with SIGKILL at random
/// moments: a site, the hub, its PostgreSQL, or the demo itself, which is then started again.
@Command(
    name = "chaos",
    description =
        "Kill -9 any process of the demo at random moments; every promise must hold after.")
public final class ChaosCommand implements Callable<Integer> {
  private static final Duration RUN_LIMIT = Duration.ofMinutes(10);

  @Option(names = "--kills", defaultValue = "20", description = "How many kills (default: 20).")
  int kills;

  @Option(names = "--seed", description = "Repeats the choices of an earlier run.")
  @Nullable Long seed;

  @Option(
      names = "--longest-wait",
      defaultValue = "9000",
      description = "Milliseconds between kills at most.")
  int longestWait;

  @Spec CommandSpec spec;

  private int done;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Long given = seed;
    long chosen = given == null ? new Random().nextLong(1_000_000_000L) : given;
    Random random = new Random(chosen);
    PrintWriter out = spec.commandLine().getOut();
    out.println("seed " + chosen + ", " + kills + " kills");
    Map<String, Integer> victims = new TreeMap<>();
    int runs = 0;
    while (done < kills) {
      Path directory = Files.createTempDirectory("firn-chaos-");
      runs++;
      int status = run(directory, random, victims, out);
      if (status != 0) {
        out.println("run " + runs + " ended with " + status + "; its files are in " + directory);
        out.println("repeat with --seed " + chosen + " --kills " + kills);
        return ExitCode.NEGATIVE.status();
      }
      DemoCommand.deleteTree(directory);
    }
    out.println(done + " kills in " + runs + " runs " + victims + ": every promise held");
    return ExitCode.DONE.status();
  }

  private int run(Path directory, Random random, Map<String, Integer> victims, PrintWriter out)
      throws IOException, InterruptedException {
    Process demo = spawn(directory);
    long deadline = System.nanoTime() + RUN_LIMIT.toNanos();
    while (demo.isAlive()) {
      if (System.nanoTime() > deadline) {
        out.println("the demo is stuck; see " + directory);
        demo.destroyForcibly();
        return ExitCode.UNKNOWN.status();
      }
      if (done >= kills) {
        demo.waitFor(1, TimeUnit.SECONDS);
      } else if (!demo.waitFor(200 + random.nextInt(longestWait), TimeUnit.MILLISECONDS)) {
        kill(demo, directory, random, victims, out);
        if (!demo.isAlive() || !demo.toHandle().isAlive()) {
          demo.waitFor();
          demo = spawn(directory);
        }
      }
    }
    return demo.exitValue();
  }

  private Process spawn(Path directory) throws IOException {
    List<String> command =
        List.of(
            ProcessHandle.current().info().command().orElse("java"),
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.firn.server.Main",
            "demo",
            "--dir",
            directory.toString(),
            "--exit",
            "--json");
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("demo.out").toFile()))
        .redirectError(ProcessBuilder.Redirect.appendTo(directory.resolve("demo.log").toFile()))
        .start();
  }

  private void kill(
      Process demo, Path directory, Random random, Map<String, Integer> victims, PrintWriter out)
      throws IOException, InterruptedException {
    Map<String, ProcessHandle> all = processes(demo, directory);
    if (all.size() == 1) {
      // Nothing runs yet but the writing of the input; a kill there would prove little.
      return;
    }
    List<String> names = new ArrayList<>(all.keySet());
    String victim = names.get(random.nextInt(names.size()));
    ProcessHandle handle = all.get(victim);
    if (handle != null && handle.destroyForcibly()) {
      done++;
      victims.merge(victim, 1, Integer::sum);
      out.println("kill " + done + ": " + victim);
      out.flush();
      if (victim.equals("demo")) {
        demo.waitFor();
      }
    }
  }

  /// The demo, its sites by name, and the hub's PostgreSQL.
  private static Map<String, ProcessHandle> processes(Process demo, Path directory)
      throws IOException {
    Map<String, ProcessHandle> all = new TreeMap<>();
    all.put("demo", demo.toHandle());
    demo.descendants()
        .forEach(p -> {
          String arguments = String.join(" ", p.info().arguments().orElse(new String[0]));
          for (String site : DemoSites.names()) {
            if (arguments.contains(directory.resolve(site).resolve("firn.toml").toString())) {
              all.put(site, p);
            }
          }
        });
    postgres(directory.resolve(DemoSites.HUB)).ifPresent(p -> all.put("postgres", p));
    return all;
  }

  private static Optional<ProcessHandle> postgres(Path hub) throws IOException {
    Path pid = hub.resolve("database").resolve("data").resolve("postmaster.pid");
    if (!Files.exists(pid)) {
      return Optional.empty();
    }
    try {
      List<String> lines = Files.readAllLines(pid);
      return lines.isEmpty()
          ? Optional.empty()
          : ProcessHandle.of(Long.parseLong(lines.getFirst().strip()));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }
}
