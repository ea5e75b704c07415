package dev.firn.transfer.deletion;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.ReplicaChange;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.ReapStore.Due;
import dev.firn.transfer.deletion.Removals.Removal;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.rule.Needs;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what was decided to be deleted. What is not known to be gone is tried again.
final class Deletions {
  /// The history's kind of deletions; the subject is `file at site`.
  private static final String KIND = "deletion";

  private static final Logger LOG = LoggerFactory.getLogger(Deletions.class);
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Database database;
  private final Catalog catalog;
  private final Sites sites;
  private final Reaper.Means means;

  Deletions(Database database, Catalog catalog, Sites sites, Reaper.Means means) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.means = means;
  }

  /// @return how many were tried
  int carryOut(int limit) {
    List<Due> due = database.inTransaction(c -> ReapStore.claim(c, limit, PATIENCE));
    Set<SiteName> silent = new HashSet<>();
    for (Due one : due) {
      Removal removal =
          silent.contains(one.place().site())
              ? new Removal.NotGone(one.place().site() + " did not answer a moment ago")
              : remove(one, silent);
      database.inTransaction(c -> {
        switch (removal) {
          case Removal.Gone(String how) -> gone(c, one, how);
          case Removal.NotGone(String why) -> postpone(c, one, why);
        }
        return 0;
      });
    }
    return due.size();
  }

  /// @param silent takes the site when it does not answer: each of its other files would take as
  ///   long to find that out again
  private Removal remove(Due due, Set<SiteName> silent) {
    Optional<CatalogFile> file = database.read(c -> catalog.find(c, due.fileId()));
    Optional<Site> site = sites.find(due.place().site());
    if (site.isEmpty() || file.isEmpty()) {
      return new Removal.NotGone("this hub does not know " + due.place());
    }
    Optional<String> unsafe = database.read(c -> unsafe(c, due, file.get()));
    if (unsafe.isPresent()) {
      return new Removal.NotGone(unsafe.get());
    }
    // The name may mean another file by now: that one is not ours to delete.
    Expected expected = new Expected(file.get().size(), file.get().checksums());
    return switch (means.destinations().glance(site.get(), due.place(), expected)) {
      case Finding.Absent _ -> new Removal.Gone("nothing was there");
      case Finding.Wrong(String what) ->
          new Removal.Gone("another file lies there and was left alone: " + what);
      case Finding.CannotTell(FailureClass failure, String reason) -> {
        if (failure == FailureClass.UNREACHABLE) {
          silent.add(due.place().site());
        }
        yield new Removal.NotGone(reason);
      }
      case Finding.Right _ -> means.removals().remove(site.get(), due.place());
    };
  }

  /// Looks again whether it may go: see [Reaping#unsafe].
  private Optional<String> unsafe(Connection connection, Due due, CatalogFile file)
      throws SQLException {
    if (!file.live()) {
      return Optional.empty();
    }
    SiteName site = due.place().site();
    Needs needs = Needs.of(connection, catalog, sites, List.of(due.fileId()));
    return Reaping.unsafe(
        Needs.verifiedElsewhere(file, site).size(),
        ReapStore.policy(connection, site).copies(),
        ReapStore.isAwaited(connection, due.fileId(), site),
        () -> needs.by(file, site));
  }

  private void postpone(Connection connection, Due due, String why) throws SQLException {
    double jitter = ThreadLocalRandom.current().nextDouble();
    Duration delay = means.retries().delay(due.attempts(), jitter);
    ReapStore.postpone(connection, due.id(), delay, why);
    LOG.info("the deletion of {} is tried again in {}: {}", due.place(), delay, why);
  }

  private void gone(Connection connection, Due due, String how) throws SQLException {
    if (!ReapStore.gone(connection, due.id())) {
      return; // another hub was as quick
    }
    try {
      ReplicaChange change = ReplicaChange.gone(due.fileId(), due.place().site());
      catalog.setReplica(connection, change, Reaper.WHO, how);
    } catch (CatalogException e) {
      LOG.warn("{}: the catalog keeps its record: {}", due.place(), e.getMessage());
    }
    record(connection, due.fileId(), due.place().site(), new Step(how, "deleting", "gone"));
  }

  /// A step of a deletion: why, from and to which state.
  record Step(String why, @Nullable String from, String to) {}

  static void record(Connection connection, long file, SiteName site, Step step)
      throws SQLException {
    String subject = file + " at " + site;
    History.record(
        connection,
        new HistoryEntry(KIND, subject, Reaper.WHO, step.why(), step.from(), step.to()));
  }
}
