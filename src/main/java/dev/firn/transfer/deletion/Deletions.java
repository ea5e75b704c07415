package dev.firn.transfer.deletion;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.Checksums;
import dev.firn.model.SiteName;
import dev.firn.transfer.deletion.ReapStore.Due;
import dev.firn.transfer.deletion.Removals.Removal;
import dev.firn.transfer.execution.Destinations.Expected;
import dev.firn.transfer.execution.Destinations.Finding;
import dev.firn.transfer.queue.FailureClass;
import dev.firn.transfer.rule.Needs;
import dev.firn.transfer.rule.ReleasedCopies;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
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
      End end =
          silent.contains(one.place().site())
              ? new End.NotYet(one.place().site() + " did not answer a moment ago")
              : carryOut(one, silent);
      database.inTransaction(c -> {
        switch (end) {
          case End.Gone(String how) -> gone(c, one, how);
          case End.NotYet(String why) -> postpone(c, one, why);
          case End.Kept(Verification seen, String why) -> keep(c, one, seen, why);
        }
        return 0;
      });
    }
    return due.size();
  }

  /// How one turn of a deletion ends.
  private sealed interface End {
    record Gone(String how) implements End {}

    record NotYet(String why) implements End {}

    /// Its bytes were read and are the last good ones.
    record Kept(Verification seen, String why) implements End {}
  }

  /// @param silent takes the site when it does not answer: each of its other files would take as
  ///   long to find that out again
  private End carryOut(Due due, Set<SiteName> silent) {
    Optional<CatalogFile> file = database.read(c -> catalog.find(c, due.fileId()));
    Optional<Site> site = sites.find(due.place().site());
    if (site.isEmpty() || file.isEmpty()) {
      return new End.NotYet("this hub does not know " + due.place());
    }
    // The name may mean another file by now: that one is not ours to delete.
    Expected expected = new Expected(file.get().size(), file.get().checksums());
    return switch (database.read(c -> turn(c, due, file.get()))) {
      case Reaping.Turn.Waits(String why) -> new End.NotYet(why);
      case Reaping.Turn.Back(String why) -> read(site.get(), due, expected, why);
      case Reaping.Turn.Goes _ ->
          switch (means.destinations().glance(site.get(), due.place(), expected)) {
            case Finding.Absent _ -> new End.Gone("nothing was there");
            case Finding.Wrong(String what) ->
                new End.Gone("another file lies there and was left alone: " + what);
            case Finding.CannotTell(FailureClass failure, String reason) -> {
              if (failure == FailureClass.UNREACHABLE) {
                silent.add(due.place().site());
              }
              yield new End.NotYet(reason);
            }
            case Finding.Right _ -> remove(site.get(), due);
          };
    };
  }

  /// That it is asked is written down before: what came of it may never be heard.
  private End remove(Site site, Due due) {
    if (!database.inTransaction(c -> ReapStore.ask(c, due))) {
      return new End.NotYet("another hub has taken it up");
    }
    return switch (means.removals().remove(site, due.place())) {
      case Removal.Gone(String how) -> new End.Gone(how);
      case Removal.NotGone(String why) -> new End.NotYet(why);
    };
  }

  /// Looks at the last bytes there may be: all of them, but for what lies on tape.
  private End read(Site site, Due due, Expected expected, String why) {
    Finding found =
        site.nearline()
            ? means.destinations().look(site, due.place(), expected)
            : means.destinations().read(site, due.place(), expected);
    return switch (found) {
      case Finding.Right(String by, Checksums compared) when !compared.values().isEmpty() ->
          new End.Kept(
              new Verification(
                  due.fileId(), site.name(), expected.size(), compared, by, Instant.now()),
              why);
      case Finding.Absent _ -> new End.Gone("nothing was there");
      case Finding.Right _ ->
          new End.NotYet(why + ", and no checksum tells whether this one is right");
      case Finding.Wrong(String what) -> new End.NotYet(why + ", and neither is this one: " + what);
      case Finding.CannotTell(var _, String reason) -> new End.NotYet(why + ": " + reason);
    };
  }

  /// Looks again whether it may go: see [Reaping#again]. Rules ask for no older version; others may
  /// need one.
  private Reaping.Turn turn(Connection connection, Due due, CatalogFile file) throws SQLException {
    if (!file.live() && catalog.keeper(connection, file.id()).isEmpty()) {
      return new Reaping.Turn.Goes();
    }
    SiteName site = due.place().site();
    Needs needs = Needs.of(connection, catalog, sites, List.of(due.fileId()));
    return Reaping.again(
        Needs.verifiedElsewhere(file, site).size(),
        ReapStore.policy(connection, site).copies(),
        ReapStore.isAwaited(connection, due.fileId(), site),
        due.asked(),
        ReapStore.now(connection),
        () -> file.live() ? needs.by(file, site) : Optional.empty());
  }

  /// Takes the decision back: the copy is one like others that nobody asks for, with a new grace.
  private void keep(Connection connection, Due due, Verification seen, String why)
      throws SQLException {
    if (!ReapStore.keep(connection, due)) {
      return; // another hub has taken it up
    }
    String words = "its deletion is taken back: " + why;
    SiteName site = due.place().site();
    Cause cause = new Cause(Reaper.WHO, words);
    catalog.takeBack(connection, seen, cause);
    ReleasedCopies.release(connection, due.fileId(), site, cause);
    record(connection, due.fileId(), site, new Step(words, "deleting", "kept"));
    LOG.info("{} stays: {}", due.place(), words);
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
