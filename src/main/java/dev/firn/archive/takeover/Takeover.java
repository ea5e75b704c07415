package dev.firn.archive.takeover;

import dev.firn.archive.BundleReader;
import dev.firn.archive.RemoteCopy;
import dev.firn.archive.tape.Staging;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.database.Database;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes over the bundles below a folder of an archive site.
///
/// Bundles are recorded in the order of their names, so that of a file kept in several bundles the
/// copy in the first by name is the one that is used. May be stopped at any point and run again. At
/// a site on tape what is read comes first from there ([TapeRound]).
public final class Takeover {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);
  private static final int READERS = 4;
  private static final int AHEAD = 64;
  private static final int TOGETHER = 32;

  /// Bundles at a site on tape that are ordered at once, which the site reads tape by tape.
  private static final int ORDERED = 200;

  private static final Duration EVERY = Duration.ofSeconds(5);

  /// Bundles that a site fails to give one after the other, until it is taken to be silent.
  private static final int SILENT = 20;

  private final TakeoverStore store;
  private final Archives archives;
  private final Function<LogicalName, Optional<FileMetadata>> names;
  private final Clock clock;
  private final Duration every;

  /// How archives are read.
  ///
  /// @param staging orders from tape what lies there
  public record Archives(Sites sites, RemoteCopy remote, Staging staging) {}

  /// @param names what a file's name says of it; empty when it is of no known family
  public Takeover(
      Database database,
      Catalog catalog,
      Archives archives,
      Function<LogicalName, Optional<FileMetadata>> names,
      Clock clock) {
    this(database, catalog, archives, names, clock, EVERY);
  }

  /// @param every how often it is told how far a long bundle is
  Takeover(
      Database database,
      Catalog catalog,
      Archives archives,
      Function<LogicalName, Optional<FileMetadata>> names,
      Clock clock,
      Duration every) {
    this.every = every;
    this.store = new TakeoverStore(database, catalog);
    this.archives = archives;
    this.names = names;
    this.clock = clock;
  }

  /// How far a takeover is.
  ///
  /// @param bundles found at the site
  /// @param known of these, passed over because the record has them
  /// @param recorded in this run
  /// @param members recorded in this run
  /// @param created files that the catalog did not know
  /// @param findings made in this run
  /// @param failed that could not be taken over now, and of which nothing is known
  /// @param waiting that were ordered from tape and have not come yet
  public record Progress(
      long bundles,
      long known,
      long recorded,
      long members,
      long created,
      long findings,
      long failed,
      long waiting) {
    /// Whether every bundle that was found is in the record or a finding.
    public boolean whole() {
      return known + recorded == bundles;
    }

    /// @param again unreadable ones that were known as that before
    Progress plus(List<FoundBundle> found, List<FoundBundle> again, TakeoverStore.Written written) {
      return new Progress(
          bundles,
          known + again.size(),
          recorded + found.size() - again.size(),
          members + written.members(),
          created + written.created(),
          findings
              + found.stream()
                  .filter(f -> !again.contains(f))
                  .mapToLong(f -> f.findings().size())
                  .sum(),
          failed,
          waiting);
    }

    Progress plusFailed() {
      return new Progress(
          bundles, known, recorded, members, created, findings, failed + 1, waiting);
    }

    Progress withWaiting(long number) {
      return new Progress(bundles, known, recorded, members, created, findings, failed, number);
    }
  }

  /// How far a bundle is that takes long, because its members are read.
  ///
  /// @param read bytes of it
  /// @param size of it
  /// @param all bytes that were read in this run
  /// @param done bytes of the bundles that this run has looked into
  /// @param left bytes of those that it has still to look into
  public record Reading(LogicalName bundle, long read, long size, long all, long done, long left) {}

  /// Is told how a takeover goes on, by the thread that runs it.
  @FunctionalInterface
  public interface Watch {
    /// After every few bundles, once they are recorded.
    void recorded(Progress progress);

    /// Every few seconds while a bundle is waited for.
    default void reading(Reading reading) {}
  }

  /// What to take over.
  ///
  /// @param checksums what is known of the bundles' own checksums, by file name; nothing is read
  public record Order(SiteName site, LogicalName folder, Map<String, Checksums> checksums) {}

  /// Whether there is a site of that name.
  public boolean knows(SiteName site) {
    return archives.sites.find(site).isPresent();
  }

  /// Takes over everything that is not known yet. A bundle that the site does not give is passed
  /// over, to be asked for when this is run again.
  ///
  /// @throws IOException when the site stops answering; what was recorded stays, run it again
  public Progress run(Order order, String who, Watch watch) throws IOException {
    Site site = archives.sites.load(order.site());
    return new Run(order, who, watch)
        .over(site, new BundleList(archives.remote, store).below(site, order.folder()));
  }

  /// A bundle that is being looked into.
  record Ahead(LogicalName bundle, Future<FoundBundle> reading) {}

  /// One takeover under way.
  private final class Run {
    private final Order order;
    private final String who;
    private final Watch watch;
    private final TakeoverStore.Known known;
    private Progress progress = new Progress(0, 0, 0, 0, 0, 0, 0, 0);
    private int failedInARow;

    Run(Order order, String who, Watch watch) {
      this.order = order;
      this.who = who;
      this.watch = watch;
      this.known = store.known(order.site());
    }

    Progress over(Site site, Map<LogicalName, Long> all) throws IOException {
      List<Map.Entry<LogicalName, Long>> left =
          all.entrySet().stream()
              .filter(e -> !known.bundles().contains(e.getKey().toString()))
              .toList();
      progress = new Progress(all.size(), (long) all.size() - left.size(), 0, 0, 0, 0, 0, 0);
      watch.recorded(progress);
      Map<LogicalName, Long> sizes = new HashMap<>();
      left.forEach(b -> sizes.put(b.getKey(), b.getValue()));
      Readings readings = new Readings(sizes, watch, every);
      ExecutorService readers =
          Executors.newFixedThreadPool(
              READERS, Thread.ofPlatform().name("takeover-", 0).daemon().factory());
      try {
        if (site.nearline()) {
          fromTape(site, left, readers, readings);
        } else {
          fromDisk(site, left, readers, readings);
        }
        return progress;
      } finally {
        readers.shutdownNow();
      }
    }

    private void fromDisk(
        Site site,
        List<Map.Entry<LogicalName, Long>> left,
        ExecutorService readers,
        Readings readings)
        throws IOException {
      Deque<Ahead> ahead = new ArrayDeque<>();
      int next = 0;
      while (next < left.size() || !ahead.isEmpty()) {
        while (next < left.size() && ahead.size() < AHEAD) {
          Map.Entry<LogicalName, Long> one = left.get(next++);
          ahead.add(
              new Ahead(one.getKey(), readers.submit(() -> inspect(site, order, one, readings))));
        }
        List<FoundBundle> found = new ArrayList<>();
        while (found.size() < TOGETHER
            && !ahead.isEmpty()
            && (found.isEmpty() || ahead.element().reading().isDone())) {
          Ahead first = ahead.remove();
          take(found, readings, first.bundle(), first.reading());
        }
        write(found);
        watch.recorded(progress);
      }
    }

    private void fromTape(
        Site site,
        List<Map.Entry<LogicalName, Long>> left,
        ExecutorService readers,
        Readings readings)
        throws IOException {
      Map<LogicalName, Map.Entry<LogicalName, Long>> byName = new LinkedHashMap<>();
      left.forEach(b -> byName.put(b.getKey(), b));
      TapeRound round = new TapeRound(archives.staging, site, readings, this::waitFor);
      List<LogicalName> names = List.copyOf(byName.keySet());
      for (int i = 0; i < names.size(); i += ORDERED) {
        List<FoundBundle> all = new ArrayList<>();
        for (Ahead read :
            round.read(
                names.subList(i, Math.min(names.size(), i + ORDERED)),
                (name, fate) ->
                    readers.submit(() ->
                        look(site, Objects.requireNonNull(byName.get(name)), fate, readings)))) {
          take(all, readings, read.bundle(), read.reading());
        }
        for (int j = 0; j < all.size(); j += TOGETHER) {
          write(all.subList(j, Math.min(all.size(), j + TOGETHER)));
        }
        watch.recorded(progress);
      }
    }

    private void waitFor(long number) {
      progress = progress.withWaiting(number);
      watch.recorded(progress);
    }

    private FoundBundle look(
        Site site, Map.Entry<LogicalName, Long> bundle, Staging.Fate fate, Readings readings)
        throws IOException {
      return fate.trouble() == null
          ? inspect(site, order, bundle, readings)
          : FoundBundle.unreadable(
              bundle.getKey(), bundle.getValue(), "cannot be brought from tape: " + fate.trouble());
    }

    private void take(
        List<FoundBundle> found, Readings readings, LogicalName name, Future<FoundBundle> reading)
        throws IOException {
      try {
        found.add(readings.await(name, reading));
        failedInARow = 0;
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        failed(e);
      }
    }

    /// All together, or where that fails each by itself.
    private void write(List<FoundBundle> found) throws IOException {
      if (found.isEmpty()) {
        return;
      }
      List<FoundBundle> again =
          found.stream()
              .filter(f -> !f.readable() && known.unreadable().contains(f.name().toString()))
              .toList();
      try {
        TakeoverStore.Written written = store.write(order.site(), found, clock.instant(), who);
        progress = progress.plus(found, again, written);
      } catch (RuntimeException e) {
        if (found.size() == 1) {
          failed(new IOException(found.getFirst().name() + " could not be recorded", e));
          return;
        }
        for (FoundBundle one : found) {
          write(List.of(one));
        }
      }
    }

    private void failed(IOException e) throws IOException {
      LOG.warn("taking over from {}: {}", order.site(), e.getMessage(), e.getCause());
      progress = progress.plusFailed();
      if (++failedInARow == SILENT) {
        throw e;
      }
    }
  }

  private FoundBundle inspect(
      Site site, Order order, Map.Entry<LogicalName, Long> bundle, Readings readings)
      throws IOException {
    LogicalName name = bundle.getKey();
    BundleReader.Source source =
        readings.begin(name, archives.remote.bundle(site, name, bundle.getValue()));
    try {
      Checksums claimed = order.checksums().getOrDefault(name.lastSegment(), Checksums.NONE);
      if (claimed.values().isEmpty()) {
        claimed = archives.remote.claimed(site, name);
      }
      return new BundleInspection(names, name).inspect(source, claimed);
    } finally {
      readings.end(name);
    }
  }
}
