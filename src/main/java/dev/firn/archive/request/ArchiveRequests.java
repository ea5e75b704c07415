package dev.firn.archive.request;

import dev.firn.archive.request.RequestOutcome.Estimate;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Takes requests to archive what there is now.
public final class ArchiveRequests {
  private static final int PAGE = 1000;

  private final Database database;
  private final Catalog catalog;
  private final SiteName hub;
  private final LogicalName bundles;
  private final RequestConfig config;

  /// @param hub whose copies are packed
  /// @param bundles the folder of the bundles, which are not packed into bundles
  public ArchiveRequests(
      Database database, Catalog catalog, SiteName hub, LogicalName bundles, RequestConfig config) {
    this.database = database;
    this.catalog = catalog;
    this.hub = hub;
    this.bundles = bundles;
    this.config = config;
  }

  /// What is wanted.
  ///
  /// @param force also when it is smaller than requests should be
  public record Wanted(FileQuery query, SiteName site, boolean force) {}

  private record Plan(List<CatalogFile> files, Estimate estimate, @Nullable LogicalName outside) {}

  /// Says what a request would do; changes nothing.
  public RequestOutcome estimate(Wanted wanted) {
    Plan plan = plan(wanted);
    return refused(plan, wanted)
        .orElseGet(() -> new RequestOutcome.Accepted(unmade(wanted, plan), plan.estimate));
  }

  private static ArchiveRequest unmade(Wanted wanted, Plan plan) {
    Estimate estimate = plan.estimate;
    return new ArchiveRequest(
        0,
        wanted.site,
        wanted.query.toString(),
        "",
        Instant.EPOCH,
        null,
        estimate.files(),
        estimate.bytes(),
        estimate.files(),
        0,
        0,
        0);
  }

  /// Takes a request, or says why not.
  public RequestOutcome add(Wanted wanted, String who) {
    Plan plan = plan(wanted);
    Optional<RequestOutcome> refused = refused(plan, wanted);
    if (refused.isPresent()) {
      return refused.get();
    }
    return database.inTransaction(c -> {
      long id = RequestStore.insert(c, wanted, who);
      int taken = 0;
      for (int i = 0; i < plan.files.size(); i += PAGE) {
        taken +=
            RequestStore.insert(
                c, id, wanted.site, plan.files.subList(i, Math.min(plan.files.size(), i + PAGE)));
      }
      if (taken == 0) {
        // Somebody asked for all of it at the same moment.
        RequestStore.cancel(c, id, who);
        return new RequestOutcome.Duplicate(plan.estimate);
      }
      ArchiveRequest made =
          RequestStore.find(c, id)
              .orElseThrow(() -> new IllegalStateException("request " + id + " is gone"));
      return new RequestOutcome.Accepted(made, plan.estimate);
    });
  }

  /// Whether requests may archive what lies below a name.
  public boolean allows(LogicalName directory) {
    return config.allows(directory.child("any")) && !directory.startsWith(bundles);
  }

  /// Asks, in the caller's transaction, for all that lies below a directory and is neither at the
  /// site nor under way there, however little that is; nothing to ask for is no request.
  public void add(Connection connection, LogicalName directory, SiteName site, String who)
      throws SQLException {
    String below = "name ~ '" + directory.toString().replace("'", "''") + "/**'";
    Wanted wanted = new Wanted(FileQuery.parse(below), site, true);
    List<Long> ids = ids(connection, wanted.query);
    long request = 0;
    for (int i = 0; i < ids.size(); i += PAGE) {
      List<Long> some = ids.subList(i, Math.min(ids.size(), i + PAGE));
      Set<Long> under = RequestStore.underWay(connection, site, some);
      List<CatalogFile> files =
          catalog.find(connection, some).stream()
              .filter(f -> f.name().startsWith(directory)) // which may hold a pattern's signs
              .filter(f -> !under.contains(f.id()) && atHub(f))
              .filter(f -> f.replicaAt(site).filter(r -> counts(r.state())).isEmpty())
              .toList();
      if (!files.isEmpty()) {
        request = request == 0 ? RequestStore.insert(connection, wanted, who) : request;
        RequestStore.insert(connection, request, site, files);
      }
    }
  }

  private List<Long> ids(Connection connection, FileQuery query) throws SQLException {
    try (PreparedStatement select =
            catalog.queries().ids(connection, query).prepare(connection, "", "");
        ResultSet row = select.executeQuery()) {
      List<Long> ids = new ArrayList<>();
      while (row.next()) {
        ids.add(row.getLong(1));
      }
      return ids;
    }
  }

  private Optional<RequestOutcome> refused(Plan plan, Wanted wanted) {
    Estimate estimate = plan.estimate;
    if (plan.outside != null) {
      return Optional.of(new RequestOutcome.NotAllowed(plan.outside));
    }
    if (estimate.files() == 0) {
      return Optional.of(
          estimate.already() > 0
              ? new RequestOutcome.Duplicate(estimate)
              : new RequestOutcome.Empty(estimate));
    }
    if (!wanted.force && estimate.bytes() < config.least().bytes()) {
      return Optional.of(new RequestOutcome.TooSmall(estimate, config.least().bytes()));
    }
    return Optional.empty();
  }

  private Plan plan(Wanted wanted) {
    List<CatalogFile> found = new ArrayList<>();
    List<LogicalName> outside = new ArrayList<>();
    long[] offline = new long[1];
    long[] already = new long[1];
    catalog.queries().stream(
        wanted.query,
        file -> {
          if (file.name().startsWith(bundles)) {
            return;
          }
          if (!config.allows(file.name())) {
            outside.add(file.name());
          } else if (file.replicaAt(wanted.site).filter(r -> counts(r.state())).isPresent()) {
            already[0]++;
          } else if (!atHub(file)) {
            offline[0]++;
          } else {
            found.add(file);
          }
        });
    Set<Long> under = new HashSet<>();
    for (int i = 0; i < found.size(); i += PAGE) {
      List<CatalogFile> some = found.subList(i, Math.min(found.size(), i + PAGE));
      under.addAll(
          database.read(c ->
              RequestStore.underWay(c, wanted.site, some.stream().map(CatalogFile::id).toList())));
    }
    already[0] += under.size();
    List<CatalogFile> files = found.stream().filter(f -> !under.contains(f.id())).toList();
    long bytes = files.stream().mapToLong(CatalogFile::size).sum();
    long count = Math.max(1, Math.round((double) bytes / config.target().bytes()));
    return new Plan(
        files,
        new Estimate(files.size(), bytes, already[0], offline[0], files.isEmpty() ? 0 : count),
        outside.isEmpty() ? null : outside.getFirst());
  }

  private boolean atHub(CatalogFile file) {
    return file.replicaAt(hub)
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() == null)
        .isPresent();
  }

  private static boolean counts(ReplicaState state) {
    return state == ReplicaState.AVAILABLE || state == ReplicaState.COPYING;
  }

  public Optional<ArchiveRequest> find(long id) {
    return database.read(c -> RequestStore.find(c, id));
  }

  /// The newest requests, at most `limit`.
  public List<ArchiveRequest> list(int limit) {
    return database.read(c -> RequestStore.list(c, limit));
  }

  /// Gives up what no bundle was closed for yet; what is in bundles goes on.
  ///
  /// @return whether there was such a request
  public boolean cancel(long id, String who) {
    return database.inTransaction(c -> RequestStore.cancel(c, id, who));
  }

  /// Lets no new bundles be closed for a site, or lets them again. What is under way goes on.
  public void drain(SiteName site, boolean drained, String why, String who) {
    database.inTransaction(c -> {
      RequestStore.drain(c, site, drained, why, who);
      return true;
    });
  }
}
