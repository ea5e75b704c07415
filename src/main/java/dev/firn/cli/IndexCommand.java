package dev.firn.cli;

import dev.firn.ingest.index.Frames;
import dev.firn.ingest.index.IndexCounts;
import dev.firn.ingest.index.IndexCounts.Kind;
import dev.firn.ingest.index.IndexPlan;
import dev.firn.ingest.index.IndexReport;
import dev.firn.ingest.index.Indexer;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ByteSize;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `firn index`: registers what lies on a disk of this machine already.
@Command(
    name = "index",
    description = "Register the files that lie below PATH, a directory of this machine.",
    footer = {
      "",
      "  firn index /data/exp/IceCube/2017            # a path below /data is its own logical name",
      "  firn index /mnt/lfs7/exp --as /data/exp --site madison --bandwidth '200 MB'",
      "  firn index /data/sim --dry-run               # which families of names there are, which unknown",
      "",
      "Reads names by a pattern file, every file once for its checksums and frames, and the gaps,",
      "good-run lists and level2_meta.xml beside them. No name stops it: what no pattern knows is",
      "registered as 'unclassified'. What was stopped or killed goes on where it was when started",
      "again, and what has not changed since is not read again."
    })
public final class IndexCommand implements Callable<Integer> {
  private static final long REPORT_MILLIS = 2_000;
  private static final int SHAPES = 20;

  @Mixin Remote remote = new Remote();

  @Parameters(paramLabel = "PATH")
  Path path = Path.of("");

  @Option(names = "--as", paramLabel = "NAME", description = "The logical name of PATH.")
  @Nullable String as;

  @Option(
      names = "--at",
      paramLabel = "NAME",
      description = "Where PATH is found at the site (default: under its logical name).")
  @Nullable String at;

  @Option(
      names = "--site",
      paramLabel = "SITE",
      description = "The site that has these files (default: the hub).")
  @Nullable String site;

  @Option(names = "--patterns", paramLabel = "FILE", description = "Read names by this file.")
  @Nullable Path patterns;

  @Option(
      names = "--frames",
      paramLabel = "WHERE",
      description = "Look for frames in .i3 files (i3), in tar files too (all), nowhere (none).")
  Frames frames = Frames.I3;

  @Option(names = "--threads", paramLabel = "N", description = "Files read at a time.")
  int threads = Math.max(2, Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--bandwidth",
      paramLabel = "SIZE",
      description = "Bytes a second to read at most, as in '200 MB'.")
  @Nullable String bandwidth;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where to keep what is done (default: below XDG_STATE_HOME).")
  @Nullable Path state;

  @Option(names = "--dry-run", description = "Look at names only; register nothing.")
  boolean dryRun;

  @Option(names = "--json", description = "Print one JSON document at the end.")
  boolean json;

  @Spec CommandSpec spec;

  private final IndexCounts counts = new IndexCounts();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path root = path.toRealPath();
    FileNames names = patterns == null ? FileNames.shipped() : FileNames.read(patterns);
    if (threads < 1 || threads > 256) {
      throw new IllegalArgumentException("--threads is 1 to 256");
    }
    HubRegistry hub = new HubRegistry(remote, "indexed " + root, this::note);
    IndexPlan plan =
        plan(root, names, dryRun ? "nowhere" : Optional.ofNullable(site).orElse("hub"));
    if (dryRun) {
      Indexer.survey(plan, counts, this::trouble);
      new IndexSummary(plan, counts, spec.commandLine().getOut()).print(json, SHAPES);
      return ExitCode.DONE.status();
    }
    if (site == null) {
      plan = plan(root, names, hub.site());
    }
    Path folder = state == null ? IndexState.standard(plan, remote.url()) : state;
    Files.createDirectories(folder);
    try (FileChannel lock =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      @Nullable FileLock held = lock.tryLock();
      if (held == null) {
        throw new IllegalArgumentException("another indexer is at work with " + folder);
      }
      return index(plan, folder, hub);
    }
  }

  private IndexPlan plan(Path root, FileNames names, String siteName) {
    return new IndexPlan(
        root,
        Optional.ofNullable(as).map(LogicalName::parse),
        Optional.ofNullable(at).map(LogicalName::parse),
        new SiteName(siteName),
        names,
        frames,
        threads,
        bandwidth == null ? 0 : ByteSize.parse(bandwidth.replace("/s", "")).bytes());
  }

  private int index(IndexPlan plan, Path folder, HubRegistry hub)
      throws IOException, InterruptedException {
    UUID pass = IndexState.pass(folder);
    IndexCounts total = new IndexCounts();
    boolean[] counted = {false};
    Thread census =
        Thread.ofPlatform()
            .daemon()
            .name("index-count")
            .start(() -> {
              Indexer.survey(plan, total, (p, why) -> {});
              counted[0] = true;
            });
    IndexProgress progress =
        new IndexProgress(
            counts, () -> counted[0] ? Optional.of(total) : Optional.empty(), this::line);
    Thread reporter =
        Thread.ofPlatform()
            .daemon()
            .name("index-report")
            .start(() -> report(plan, pass, hub, progress, total, counted));
    try {
      new Indexer(plan, folder, hub, counts, this::trouble).run();
    } finally {
      reporter.interrupt();
      reporter.join();
      census.interrupt();
    }
    hub.report(pass, IndexReport.of(plan, "done", counts, counts));
    IndexState.finished(folder);
    new IndexSummary(plan, counts, spec.commandLine().getOut()).print(json, SHAPES);
    return (counts.files(Kind.CONFLICT) == 0 ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }

  private void report(
      IndexPlan plan,
      UUID pass,
      HubRegistry hub,
      IndexProgress progress,
      IndexCounts total,
      boolean[] counted) {
    while (true) {
      try {
        Thread.sleep(REPORT_MILLIS);
        progress.show();
        hub.report(pass, IndexReport.of(plan, "running", counts, counted[0] ? total : null));
      } catch (InterruptedException | InterruptedIOException e) {
        return;
      } catch (IOException e) {
        note(Failures.oneLine(e)); // the indexer itself will find out
      }
    }
  }

  private void trouble(String what, String why) {
    if (!why.equals("a symbolic link")) {
      note(what + ": " + why);
    }
  }

  private synchronized void note(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(Text.printable(text));
    err.flush();
  }

  private synchronized void line(String text) {
    PrintWriter err = spec.commandLine().getErr();
    err.print(System.console() == null ? text + "\n" : "\r\u001b[K" + text);
    err.flush();
  }
}
