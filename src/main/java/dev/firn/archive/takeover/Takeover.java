package dev.firn.archive.takeover;

import dev.firn.archive.RemoteCopy;
import dev.firn.archive.tape.Staging;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.database.Database;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.RemoteException;
import dev.firn.http.WebdavListing;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
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
  private static final int DEEPEST = 32;

  /// Bundles at a site on tape that are ordered at once, which the site reads tape by tape.
  private static final int ORDERED = 200;

  /// Bundles that a site fails to give one after the other, until it is taken to be silent.
  private static final int SILENT = 20;

  private final TakeoverStore store;
  private final Archives archives;
  private final Function<LogicalName, Optional<FileMetadata>> names;
  private final Clock clock;

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
  /// @param tell told after every few bundles, once they are recorded
  /// @throws IOException when the site stops answering; what was recorded stays, run it again
  public Progress run(Order order, String who, Consumer<Progress> tell) throws IOException {
    Site site = archives.sites.load(order.site());
    return new Run(order, who, tell).over(site, list(site, order.folder()));
  }

  /// One takeover under way.
  private final class Run {
    private final Order order;
    private final String who;
    private final Consumer<Progress> tell;
    private final TakeoverStore.Known known;
    private Progress progress = new Progress(0, 0, 0, 0, 0, 0, 0, 0);
    private int failedInARow;

    Run(Order order, String who, Consumer<Progress> tell) {
      this.order = order;
      this.who = who;
      this.tell = tell;
      this.known = store.known(order.site());
    }

    Progress over(Site site, Map<LogicalName, Long> all) throws IOException {
      List<Map.Entry<LogicalName, Long>> left =
          all.entrySet().stream()
              .filter(e -> !known.bundles().contains(e.getKey().toString()))
              .toList();
      progress = new Progress(all.size(), (long) all.size() - left.size(), 0, 0, 0, 0, 0, 0);
      tell.accept(progress);
      ExecutorService readers =
          Executors.newFixedThreadPool(
              READERS, Thread.ofPlatform().name("takeover-", 0).daemon().factory());
      try {
        if (site.nearline()) {
          fromTape(site, left, readers);
        } else {
          fromDisk(site, left, readers);
        }
        return progress;
      } finally {
        readers.shutdownNow();
      }
    }

    private void fromDisk(
        Site site, List<Map.Entry<LogicalName, Long>> left, ExecutorService readers)
        throws IOException {
      Deque<Future<FoundBundle>> ahead = new ArrayDeque<>();
      int next = 0;
      while (next < left.size() || !ahead.isEmpty()) {
        while (next < left.size() && ahead.size() < AHEAD) {
          Map.Entry<LogicalName, Long> one = left.get(next++);
          ahead.add(readers.submit(() -> inspect(site, order, one)));
        }
        List<FoundBundle> found = new ArrayList<>();
        while (found.size() < TOGETHER
            && !ahead.isEmpty()
            && (found.isEmpty() || ahead.element().isDone())) {
          take(ahead.remove(), found);
        }
        write(found);
        tell.accept(progress);
      }
    }

    private void fromTape(
        Site site, List<Map.Entry<LogicalName, Long>> left, ExecutorService readers)
        throws IOException {
      Map<LogicalName, Map.Entry<LogicalName, Long>> byName = new LinkedHashMap<>();
      left.forEach(b -> byName.put(b.getKey(), b));
      TapeRound round = new TapeRound(archives.staging, site, this::waitFor);
      List<LogicalName> names = List.copyOf(byName.keySet());
      for (int i = 0; i < names.size(); i += ORDERED) {
        List<FoundBundle> all = new ArrayList<>();
        for (Future<FoundBundle> reading :
            round.read(
                names.subList(i, Math.min(names.size(), i + ORDERED)),
                (name, fate) ->
                    readers.submit(
                        () -> look(site, Objects.requireNonNull(byName.get(name)), fate)))) {
          take(reading, all);
        }
        for (int j = 0; j < all.size(); j += TOGETHER) {
          write(all.subList(j, Math.min(all.size(), j + TOGETHER)));
        }
        tell.accept(progress);
      }
    }

    private void waitFor(long number) {
      progress = progress.withWaiting(number);
      tell.accept(progress);
    }

    private FoundBundle look(Site site, Map.Entry<LogicalName, Long> bundle, Staging.Fate fate)
        throws IOException {
      return fate.trouble() == null
          ? inspect(site, order, bundle)
          : FoundBundle.unreadable(
              bundle.getKey(), bundle.getValue(), "cannot be brought from tape: " + fate.trouble());
    }

    private void take(Future<FoundBundle> reading, List<FoundBundle> found) throws IOException {
      try {
        found.add(await(reading));
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

  private FoundBundle inspect(Site site, Order order, Map.Entry<LogicalName, Long> bundle)
      throws IOException {
    LogicalName name = bundle.getKey();
    Checksums claimed = order.checksums().getOrDefault(name.lastSegment(), Checksums.NONE);
    if (claimed.values().isEmpty()) {
      claimed = archives.remote.claimed(site, name);
    }
    return new BundleInspection(names, name)
        .inspect(archives.remote.bundle(site, name, bundle.getValue()), claimed);
  }

  private static FoundBundle await(Future<FoundBundle> reading) throws IOException {
    try {
      return reading.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped; run it again to go on");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException("a bundle could not be looked into", e.getCause());
    }
  }

  /// The `.zip` files below a folder with their sizes, by name.
  private Map<LogicalName, Long> list(Site site, LogicalName folder) throws IOException {
    Map<LogicalName, Long> found = new TreeMap<>();
    Deque<LogicalName> folders = new ArrayDeque<>(List.of(folder));
    while (!folders.isEmpty()) {
      LogicalName next = folders.remove();
      for (WebdavListing.Entry entry : entries(site, next)) {
        LogicalName name;
        try {
          name = next.child(entry.lastSegment());
        } catch (IllegalArgumentException e) { // no name the catalog could have
          String odd = BundleInspection.shown(next + "/" + entry.lastSegment());
          String why = String.valueOf(e.getMessage()) + "; it was passed over";
          store.note(
              site.name(), List.of(new Finding(Finding.Kind.ODD_NAME, next.toString(), odd, why)));
          continue;
        }
        if (entry.directory()) {
          if (name.segments().size() < DEEPEST) {
            folders.add(name);
          }
        } else if (entry.lastSegment().endsWith(".zip")) {
          found.put(name, entry.size());
        }
      }
    }
    return found;
  }

  private List<WebdavListing.Entry> entries(Site site, LogicalName folder) throws IOException {
    List<WebdavListing.Entry> entries = new ArrayList<>();
    try (Response response = archives.remote.list(site, folder)) {
      if (response.status() != 207) {
        throw RemoteException.ofStatus(
            response.status(), "PROPFIND " + site.at(folder), response.bodyText(1000));
      }
      WebdavListing.read(response.body(), entries::add);
    }
    // The first is the folder itself.
    return entries.isEmpty() ? entries : entries.subList(1, entries.size());
  }
}
