package dev.firn.catalog.dataset;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileQuery;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes, changes and freezes datasets.
public final class Datasets {
  /// History's kind of subject for what happens to a dataset; its id is the dataset's name.
  public static final String KIND = "dataset";

  private final Database database;
  private final Catalog catalog;

  public Datasets(Database database, Catalog catalog) {
    this.database = database;
    this.catalog = catalog;
  }

  /// Makes an empty set or container, or a saved query. The same again is the one that is there.
  ///
  /// @param query of a saved query; null for the other kinds
  /// @throws CatalogException `conflict` when the name is taken by something else
  public Dataset create(
      String name, Dataset.Kind kind, @Nullable String query, String description, Cause cause) {
    FileQuery.requireDatasetName(name);
    if ((kind == Dataset.Kind.QUERY) != (query != null) || kind == Dataset.Kind.SNAPSHOT) {
      throw CatalogException.of("bad-dataset", "a saved query has a query, and only that has one");
    }
    if (query != null) {
      FileQuery.parse(query);
    }
    return database.inTransaction(c -> {
      boolean created = DatasetStore.insert(c, name, kind, query, description, cause.who());
      Dataset dataset = load(c, name);
      boolean same = dataset.kind() == kind && Objects.equals(dataset.query(), query);
      if (!created && !same) {
        throw CatalogException.of("conflict", "there is another dataset called " + name);
      }
      if (created) {
        if (query != null) { // what it stands for must exist, and not be itself
          catalog.queries().requireResolvable(c, FileQuery.parse("in dataset " + name));
        }
        record(c, name, cause, null, kind.label(), null);
      }
      return dataset;
    });
  }

  public Optional<Dataset> find(String name) {
    return database.read(c -> DatasetStore.find(c, name));
  }

  /// In the order of their names, after `after`.
  public List<Dataset> list(String after, int limit) {
    return database.read(c -> DatasetStore.list(c, after, limit));
  }

  /// Adds the live versions of names to a set. Returns how many were not there yet.
  ///
  /// @throws CatalogException `not-found` for a name the catalog does not know, `frozen`
  public int add(String name, Collection<LogicalName> files, Cause cause) {
    return database.inTransaction(c -> {
      Dataset set = requireSet(c, name);
      List<Long> ids = new ArrayList<>();
      for (LogicalName file : files) {
        ids.add(
            catalog
                .find(c, file)
                .orElseThrow(
                    () -> CatalogException.of("not-found", "the catalog knows no file " + file))
                .id());
      }
      int added = DatasetStore.add(c, set.id(), ids);
      if (added > 0) {
        record(c, name, cause, "set", "set", counted("added", added));
      }
      return added;
    });
  }

  /// Adds all files of a query, as they are now. Returns how many were not there yet.
  public long add(String name, FileQuery query, Cause cause) {
    return database.inTransaction(c -> {
      Dataset set = requireSet(c, name);
      long added = DatasetStore.addAll(c, set.id(), catalog.queries().ids(c, query));
      if (added > 0) {
        record(c, name, cause, "set", "set", counted("added", added));
      }
      return added;
    });
  }

  /// Takes names out of a set, of replaced files too. Returns how many members that were.
  public int remove(String name, Collection<LogicalName> files, Cause cause) {
    return database.inTransaction(c -> {
      Dataset set = requireSet(c, name);
      int removed = DatasetStore.remove(c, set.id(), files);
      if (removed > 0) {
        record(c, name, cause, "set", "set", counted("removed", removed));
      }
      return removed;
    });
  }

  /// Puts a dataset into a container; again changes nothing.
  ///
  /// @throws CatalogException `bad-dataset` when it would hold itself
  public Dataset put(String container, String part, Cause cause) {
    return database.inTransaction(c -> {
      DatasetStore.lock(c);
      Dataset into = load(c, container);
      if (into.kind() != Dataset.Kind.CONTAINER) {
        throw CatalogException.of("bad-dataset", container + " is no container");
      }
      Dataset what = load(c, part);
      if (what.id() == into.id() || DatasetStore.holds(c, what.id(), into.id())) {
        throw CatalogException.of("bad-dataset", part + " holds " + container);
      }
      if (DatasetStore.put(c, into.id(), what.id())) {
        catalog.queries().requireResolvable(c, FileQuery.parse("in dataset " + container));
        ObjectNode detail = JsonNodeFactory.instance.objectNode().put("part", part);
        record(c, container, cause, "container", "container", detail);
      }
      return load(c, container);
    });
  }

  /// Freezes what a dataset or query stands for at this moment. Taking the same again is the same
  /// snapshot.
  ///
  /// @throws CatalogException `conflict` when the name is taken by other members
  public Dataset snapshot(String name, FileQuery query, String description, Cause cause) {
    FileQuery.requireDatasetName(name);
    return database.inTransaction(c -> {
      String text = query.toString();
      OptionalInt first = DatasetStore.begin(c, name, text, description, cause.who());
      Optional<Dataset> known = first.isPresent() ? Optional.empty() : Optional.of(load(c, name));
      if (known.isPresent() && known.get().kind() != Dataset.Kind.SNAPSHOT) {
        throw CatalogException.of("conflict", "there is another dataset called " + name);
      }
      String unique = known.isPresent() ? name + " (again)" : name;
      int id =
          first.isPresent()
              ? first.getAsInt()
              : DatasetStore.begin(c, unique, text, description, cause.who()).orElseThrow();
      DatasetStore.addAll(c, id, catalog.queries().ids(c, query));
      DatasetStore.freeze(c, id, SnapshotDigest.of(c, id));
      if (known.isPresent()) {
        Dataset again = load(c, unique);
        if (!Objects.equals(again.digest(), known.get().digest())) {
          throw CatalogException.of(
              "conflict", "the snapshot " + name + " has other members: " + known.get().digest());
        }
        DatasetStore.discard(c, id);
        return known.get();
      }
      Dataset made = load(c, name);
      ObjectNode detail = counted("files", made.files() == null ? 0 : made.files());
      record(c, name, cause, null, "snapshot", detail.put("digest", made.digest()));
      return made;
    });
  }

  /// Whether a snapshot's members still have the digest it was given.
  public boolean verify(String name) {
    return database.read(c -> {
      Dataset snapshot = load(c, name);
      if (snapshot.digest() == null) {
        throw CatalogException.of("bad-dataset", name + " is no snapshot and has no digest");
      }
      return SnapshotDigest.of(c, snapshot.id()).equals(snapshot.digest());
    });
  }

  private static Dataset requireSet(Connection connection, String name) throws SQLException {
    Dataset set = load(connection, name);
    if (set.kind() == Dataset.Kind.SNAPSHOT) {
      throw CatalogException.of("frozen", "the snapshot " + name + " does not change");
    }
    if (set.kind() != Dataset.Kind.SET) {
      throw CatalogException.of("bad-dataset", name + " has no members of its own");
    }
    return set;
  }

  private static Dataset load(Connection connection, String name) throws SQLException {
    return DatasetStore.find(connection, name)
        .orElseThrow(() -> CatalogException.of("not-found", "there is no dataset " + name));
  }

  private static ObjectNode counted(String what, long n) {
    return JsonNodeFactory.instance.objectNode().put(what, n);
  }

  private static void record(
      Connection connection,
      String name,
      Cause cause,
      @Nullable String from,
      String to,
      @Nullable ObjectNode detail)
      throws SQLException {
    History.record(
        connection, new HistoryEntry(KIND, name, cause.who(), cause.why(), from, to, detail));
  }
}
