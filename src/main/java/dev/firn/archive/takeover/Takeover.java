package dev.firn.archive.takeover;

import dev.firn.archive.RemoteCopy;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/// Takes over the bundles below a folder of an archive site.
///
/// Bundles are recorded in the order of their names, so that of a file kept in several bundles the
/// copy in the first by name is the one that is used. May be stopped at any point and run again.
public final class Takeover {
  private static final int READERS = 4;
  private static final int AHEAD = 64;
  private static final int TOGETHER = 32;
  private static final int DEEPEST = 32;

  private final TakeoverStore store;
  private final Sites sites;
  private final RemoteCopy remote;
  private final Function<LogicalName, Optional<FileMetadata>> names;
  private final Clock clock;

  /// @param names what a file's name says of it; empty when it is of no known family
  public Takeover(
      Database database,
      Catalog catalog,
      Sites sites,
      RemoteCopy remote,
      Function<LogicalName, Optional<FileMetadata>> names,
      Clock clock) {
    this.store = new TakeoverStore(database, catalog);
    this.sites = sites;
    this.remote = remote;
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
  public record Progress(
      long bundles, long known, long recorded, long members, long created, long findings) {
    /// Whether every bundle that was found is in the record or a finding.
    public boolean whole() {
      return known + recorded == bundles;
    }

    Progress plus(List<FoundBundle> found, TakeoverStore.Written written) {
      return new Progress(
          bundles,
          known,
          recorded + found.size(),
          members + written.members(),
          created + written.created(),
          findings + found.stream().mapToLong(f -> f.findings().size()).sum());
    }
  }

  /// What to take over.
  ///
  /// @param checksums what is known of the bundles' own checksums, by file name; nothing is read
  public record Order(SiteName site, LogicalName folder, Map<String, Checksums> checksums) {}

  /// Takes over everything that is not known yet.
  ///
  /// @param tell told after every few bundles, once they are recorded
  /// @throws IOException when the site stops answering; what was recorded stays, run it again
  public Progress run(Order order, String who, Consumer<Progress> tell) throws IOException {
    Site site = sites.load(order.site());
    Map<LogicalName, Long> all = list(site, order.folder());
    Set<String> known = store.known(order.site());
    List<Map.Entry<LogicalName, Long>> left =
        all.entrySet().stream().filter(e -> !known.contains(e.getKey().toString())).toList();
    Progress progress = new Progress(all.size(), (long) all.size() - left.size(), 0, 0, 0, 0);
    tell.accept(progress);
    ExecutorService readers =
        Executors.newFixedThreadPool(
            READERS, Thread.ofPlatform().name("takeover-", 0).daemon().factory());
    try {
      Deque<Future<FoundBundle>> ahead = new ArrayDeque<>();
      int next = 0;
      while (next < left.size() || !ahead.isEmpty()) {
        while (next < left.size() && ahead.size() < AHEAD) {
          Map.Entry<LogicalName, Long> bundle = left.get(next++);
          ahead.add(readers.submit(() -> inspect(site, order, bundle.getKey(), bundle.getValue())));
        }
        List<FoundBundle> found = new ArrayList<>(List.of(await(ahead.remove())));
        while (found.size() < TOGETHER && !ahead.isEmpty() && ahead.element().isDone()) {
          found.add(await(ahead.remove()));
        }
        progress = progress.plus(found, store.write(order.site(), found, clock.instant(), who));
        tell.accept(progress);
      }
      return progress;
    } finally {
      readers.shutdownNow();
    }
  }

  private FoundBundle inspect(Site site, Order order, LogicalName name, long size)
      throws IOException {
    Checksums claimed = order.checksums().getOrDefault(name.lastSegment(), Checksums.NONE);
    if (claimed.values().isEmpty()) {
      claimed = remote.claimed(site, name);
    }
    return new BundleInspection(names, name).inspect(remote.bundle(site, name, size), claimed);
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
      throw new IllegalStateException(e.getCause());
    }
  }

  /// The `.zip` files below a folder with their sizes, by name.
  private Map<LogicalName, Long> list(Site site, LogicalName folder) throws IOException {
    Map<LogicalName, Long> found = new TreeMap<>();
    Deque<LogicalName> folders = new ArrayDeque<>(List.of(folder));
    while (!folders.isEmpty()) {
      LogicalName next = folders.remove();
      for (WebdavListing.Entry entry : entries(site, next)) {
        LogicalName name = next.child(entry.lastSegment());
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
    try (Response response = remote.list(site, folder)) {
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
