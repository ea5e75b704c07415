package dev.firn.server.demo;

import dev.firn.cli.ExitCode;
import dev.firn.http.Json;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `firn demo`: the main job on this machine, on real parts, with things broken on the way.
@Command(
    name = "demo",
    subcommands = RecalibrateCommand.class,
    description = {
      "Run three sites on this machine and take data all the way: in, known, copied with a token,"
          + " archived, verified by reading back, found again, processed event by event in two"
          + " campaigns, staged for training, scored as a stream, told of in notices, published.",
      "One archive is killed in the middle of a transfer, one bit of a bundle is flipped, a worker is"
          + " killed, one event breaks the processing, the hub and a scorer are killed while events"
          + " are scored; every promise is checked."
    })
public final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--input",
      paramLabel = "DIR",
      description = "Take the files in DIR; without it Firn writes a small season itself.")
  @Nullable Path input;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "Keep everything in DIR; a demo that was ended there goes on.")
  @Nullable Path directory;

  @Option(names = "--seed", defaultValue = "1", description = "Seed of the season (default: 1).")
  long seed;

  @Option(
      names = "--tape",
      description = "Let the archive nersc be a simulated tape library, two hundred times as fast.")
  boolean tape;

  @Option(
      names = "--xrootd",
      description = "Let the archive desy be an XRootD, which must be installed.")
  boolean xrootd;

  @Option(names = "--exit", description = "End when done; exit 0 only if every promise held.")
  boolean exit;

  @Option(names = "--json", description = "Print the summary as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path given = directory;
    Path home = given == null ? Files.createTempDirectory("firn-demo-") : given.toAbsolutePath();
    Files.createDirectories(home);
    Progress progress = new Progress(System.err, isTerminal() && !json);
    CountDownLatch stop = new CountDownLatch(1);
    Thread hook = new Thread(() -> finish(stop), "demo-stop");
    Runtime.getRuntime().addShutdownHook(hook);
    Demo.Archives archives = new Demo.Archives(tape ? "nersc" : "", xrootd ? "desy" : "");
    int status;
    try (Demo demo = Demo.start(home, input, seed, archives, progress)) {
      DemoSummary summary = demo.run();
      progress.clear();
      print(demo, summary);
      status = (summary.good() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
      if (!exit) {
        stop.await();
      }
    } finally {
      stop.countDown();
    }
    if (given == null && status == 0) {
      deleteTree(home);
    } else if (status != 0) {
      progress.say("its files are kept in " + home);
    }
    return status;
  }

  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  private static void finish(CountDownLatch stop) {
    stop.countDown();
  }

  private void print(Demo demo, DemoSummary summary) throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.mapper().writeValueAsString(summary));
    } else {
      out.println(summary.table(demo.fileLines()));
      out.println(summary.promiseTable());
      summary.counts().forEach((k, v) -> out.printf("%-18s %s%n", k, v));
      out.println();
      if (!exit) {
        out.println("The console: " + summary.console());
        out.println("Try, in another terminal (Ctrl-C here ends the sites):");
        demo.commandsToTry().forEach(c -> out.println("  " + c));
      }
    }
    out.flush();
  }

  /// Removes a directory of our own making with all that is in it.
  static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
