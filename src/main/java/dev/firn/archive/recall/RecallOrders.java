package dev.firn.archive.recall;

import dev.firn.archive.Bundle;
import dev.firn.archive.Recall;
import dev.firn.archive.recall.RecallFile.State;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileQuery;
import dev.firn.database.Database;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Orders to bring archived files back to the hub.
public final class RecallOrders {
  /// Between 1 (last) and 5 (first).
  public static final int NORMAL = 3;

  /// The most files of one order; more are several orders.
  public static final int MOST_FILES = 1_000_000;

  private static final int PAGE = 1000;

  private final RecallStore store;
  private final Catalog catalog;
  private final Recall recall;
  private final SiteName hub;
  private final Supplier<UUID> ids;

  /// @param hub where files are brought to
  public RecallOrders(
      Database database, Catalog catalog, Recall recall, SiteName hub, Supplier<UUID> ids) {
    this.store = new RecallStore(database, "");
    this.catalog = catalog;
    this.recall = recall;
    this.hub = hub;
    this.ids = ids;
  }

  /// What is wanted.
  ///
  /// @param names single files
  /// @param query further files; null for none
  /// @param mapping where they go: from which folder to which; null for their own names
  public record Wanted(
      List<LogicalName> names,
      @Nullable FileQuery query,
      @Nullable Mapping mapping,
      int priority,
      boolean replace) {
    public Wanted {
      names = List.copyOf(names);
      if (priority < 1 || priority > 5) {
        throw new IllegalArgumentException("a priority is 1 (last) to 5 (first)");
      }
    }

    /// In words.
    String sentence() {
      String what = names.size() == 1 ? names.getFirst().toString() : names.size() + " files";
      String found = query == null ? "" : "files with " + query;
      String where = mapping == null ? "" : ", from " + mapping.from + " to " + mapping.to;
      return (names.isEmpty() ? found : query == null ? what : what + " and " + found) + where;
    }
  }

  /// What lies below `from` goes to the same place below `to`.
  public record Mapping(LogicalName from, LogicalName to) {
    LogicalName apply(LogicalName name) {
      if (!name.startsWith(from)) {
        throw new IllegalArgumentException(name + " does not lie below " + from);
      }
      return to.resolve(name.below(from));
    }
  }

  /// What an order would do.
  ///
  /// @param present files that are at the hub already
  /// @param unarchived files of which no archive has a sound copy
  public record Estimate(
      long files, long bytes, long bundles, Set<SiteName> sites, long present, long unarchived) {}

  /// Says what an order would do; changes nothing.
  ///
  /// @param allowed told each file and its target; throws when the caller may not
  public Estimate estimate(Wanted wanted, Allowed allowed) {
    List<RecallFile> files = plan(new UUID(0, 0), wanted, allowed);
    Set<UUID> bundles = new HashSet<>();
    Set<SiteName> sites = new HashSet<>();
    long bytes = 0;
    long waiting = 0;
    long present = 0;
    for (RecallFile file : files) {
      if (file.state() == State.WAITING && file.bundle() != null && file.site() != null) {
        bundles.add(file.bundle());
        sites.add(file.site());
        bytes += file.size();
        waiting++;
      } else if (file.state() == State.DONE) {
        present++;
      }
    }
    return new Estimate(
        waiting, bytes, bundles.size(), sites, present, files.size() - waiting - present);
  }

  /// Asks whether somebody may read `name` and write `target`; throws when not.
  @FunctionalInterface
  public interface Allowed {
    void check(LogicalName name, LogicalName target);
  }

  /// Takes an order; empty when it would name no file.
  public Optional<RecallOrder> add(Wanted wanted, String who, Allowed allowed) {
    UUID id = ids.get();
    List<RecallFile> files = plan(id, wanted, allowed);
    if (files.isEmpty()) {
      return Optional.empty();
    }
    RecallOrder order =
        new RecallOrder(
            id,
            who,
            Instant.EPOCH,
            wanted.sentence(),
            wanted.priority,
            wanted.replace,
            new RecallOrder.Counts(0, 0, 0, 0),
            0,
            0);
    store
        .database()
        .inTransaction(c -> {
          store.insert(c, order);
          for (int i = 0; i < files.size(); i += PAGE) {
            store.insert(c, files.subList(i, Math.min(files.size(), i + PAGE)), wanted.priority);
          }
          return true;
        });
    return store.find(id);
  }

  private List<RecallFile> plan(UUID id, Wanted wanted, Allowed allowed) {
    List<RecallFile> files = new ArrayList<>();
    Set<LogicalName> seen = new HashSet<>();
    Consumer<CatalogFile> take =
        file -> {
          if (seen.add(file.name())) {
            if (files.size() == MOST_FILES) {
              throw new IllegalArgumentException(
                  "more than " + MOST_FILES + " files: order in parts");
            }
            LogicalName target =
                wanted.mapping == null ? file.name() : wanted.mapping.apply(file.name());
            allowed.check(file.name(), target);
            files.add(plan(id, files.size(), file, target));
          }
        };
    for (LogicalName name : wanted.names) {
      LogicalName target = wanted.mapping == null ? name : wanted.mapping.apply(name);
      allowed.check(name, target);
      Optional<CatalogFile> file = catalog.find(name);
      if (file.isPresent()) {
        take.accept(file.get());
      } else if (seen.add(name)) {
        files.add(failed(id, files.size(), name, target));
      }
    }
    if (wanted.query != null) {
      catalog.queries().stream(wanted.query, take::accept);
    }
    return files;
  }

  private static RecallFile failed(UUID id, int ordinal, LogicalName name, LogicalName target) {
    return new RecallFile(
        id,
        ordinal,
        0,
        name,
        target,
        0,
        null,
        null,
        null,
        State.FAILED,
        "there is no such file",
        0,
        null,
        null);
  }

  private RecallFile plan(UUID id, int ordinal, CatalogFile file, LogicalName target) {
    boolean here =
        target.equals(file.name())
            && file.replicaAt(hub)
                .filter(r -> r.state() == ReplicaState.AVAILABLE && r.bundle() == null)
                .isPresent();
    Optional<Bundle> from = here ? Optional.empty() : recall.holders(file).stream().findFirst();
    State state = here ? State.DONE : from.isPresent() ? State.WAITING : State.FAILED;
    String reason =
        here ? "is at " + hub : from.isPresent() ? null : "no archive has a sound copy of it";
    return new RecallFile(
        id,
        ordinal,
        file.id(),
        file.name(),
        target,
        file.size(),
        from.map(Bundle::site).orElse(null),
        from.map(Bundle::uuid).orElse(null),
        from.map(Bundle::name).orElse(null),
        state,
        reason,
        0,
        null,
        null);
  }

  public Optional<RecallOrder> find(UUID id) {
    return store.find(id);
  }

  /// The newest orders, at most `limit`.
  public List<RecallOrder> list(int limit) {
    return store.list(limit);
  }

  /// The files of an order in its order, at most `limit` from `from` on.
  List<RecallFile> files(UUID id, int from, int limit) {
    return store.files(id, from, limit);
  }

  /// Gives up what waits of an order. What is being read at this moment may still come.
  ///
  /// @param names only these; null for all
  /// @return how many files
  public int cancel(UUID id, @Nullable Set<LogicalName> names, String who) {
    List<LogicalName> some =
        names == null ? null : names.stream().sorted(Comparator.naturalOrder()).toList();
    return store.cancel(id, some, who);
  }
}
