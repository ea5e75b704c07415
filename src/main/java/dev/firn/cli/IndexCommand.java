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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
      "  firn index /data/exp/IceCube/2017    # below /data: its own logical name",
      "  firn index /mnt/lfs7/exp --as /data/exp --site madison --bandwidth '200 MB'",
      "  firn index /data/sim --dry-run       # which families of names, which unknown",
      "",
      "Reads names by a pattern file, every file once for its checksums and frames,",
      "and the gaps, good-run lists and level2_meta.xml beside them. No name stops",
      "it: what no pattern knows is registered as 'unclassified'. What was stopped or",
      "killed goes on where it was when started again, and what has not changed since",
      "is not read again."
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
      description =
          "The site that has these files (default: the hub if its door shows them, else this"
              + " machine).")
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
  private final CountDownLatch ended = new CountDownLatch(1);

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path root = path.toRealPath();
    FileNames names = patterns == null ? FileNames.shipped() : FileNames.read(patterns);
    if (threads < 1 || threads > 256) {
      throw new IllegalArgumentException("--threads is 1 to 256");
    }
    HubRegistry hub = new HubRegistry(remote, "indexed " + root, this::note);
    if (dryRun) {
      IndexPlan plan = plan(root, names, new SiteName("nowhere"), at);
      Indexer.survey(plan, counts, this::trouble);
      new IndexSummary(plan, counts, spec.commandLine().getOut()).print(json, SHAPES);
      return ExitCode.DONE.status();
    }
    IndexPlan plan = placed(root, names, new SiteName(hub.site()));
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

  /// The site that has the files, so that the catalog points at no bytes that are not there: the
  /// hub when its door shows them, else this machine, where their paths are those of its disk.
  private IndexPlan placed(Path root, FileNames names, SiteName own) throws IOException {
    if (site != null && !site.equals(own.value())) {
      return plan(root, names, new SiteName(site), at);
    }
    IndexPlan plan = plan(root, names, own, at);
    Optional<Indexer.Place> first = Indexer.first(plan);
    if (first.isEmpty() || new SiteView(remote).shows(first.get().path(), first.get().size())) {
      return plan;
    }
    if (site != null || at != null) {
      throw new IllegalArgumentException(
          "%s does not show %s at %s: say where it is there by --as or --at, or which site has it"
              .formatted(remote.url(), first.get().file(), first.get().path()));
    }
    SiteName here = SiteView.thisMachine();
    note(
        "%s does not show these files: they are registered as copies at site '%s', this machine"
            .formatted(remote.url(), here));
    return plan(root, names, here, root.toString());
  }

  private IndexPlan plan(Path root, FileNames names, SiteName siteName, @Nullable String where) {
    return new IndexPlan(
        root,
        Optional.ofNullable(as).map(LogicalName::parse),
        Optional.ofNullable(where).map(LogicalName::parse),
        siteName,
        names,
        frames,
        threads,
        bandwidth == null ? 0 : ByteSize.parse(bandwidth.replace("/s", "")).bytes());
  }

  private int index(IndexPlan plan, Path folder, HubRegistry hub)
      throws IOException, InterruptedException {
    UUID pass = IndexState.pass(folder);
    IndexCounts total = new IndexCounts();
    AtomicBoolean counted = new AtomicBoolean();
    Thread.ofPlatform()
        .daemon()
        .name("index-count")
        .start(() -> {
          Indexer.survey(plan, total, (p, why) -> {});
          counted.set(true);
        });
    IndexProgress progress =
        new IndexProgress(
            counts, () -> counted.get() ? Optional.of(total) : Optional.empty(), this::line);
    Thread reporter =
        Thread.ofPlatform()
            .daemon()
            .name("index-report")
            .start(() -> report(plan, pass, hub, progress, total, counted));
    try {
      new Indexer(plan, folder, hub, counts, this::trouble).run();
    } finally {
      ended.countDown();
      reporter.join();
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
      AtomicBoolean counted) {
    while (true) {
      try {
        if (ended.await(REPORT_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
        progress.show();
        hub.report(pass, IndexReport.of(plan, "running", counts, counted.get() ? total : null));
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
