package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.database.DatabaseException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the catalog answers to queries: pages, streams and totals of files.
///
/// Methods that take a `Connection` belong to the transaction of the caller, the others are one of
/// their own. A query that takes longer than a minute is ended by the database.
public final class CatalogQueries {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int STREAM_PAGE = 1_000;
  private static final int LARGEST_PAGE = 10_000;

  private final Database database;
  private final QueryStore store;

  CatalogQueries(Database database, FileRows rows) {
    this.database = database;
    this.store = new QueryStore(rows, LIMIT);
  }

  /// A page of the files a query finds. Files registered meanwhile may or may not show up; none is
  /// shown twice or passed over.
  ///
  /// @param after the `next` of the page before; null for the first
  /// @throws CatalogException `bad-page` when `after` is not one of ours
  public FilePage page(FileQuery query, @Nullable String after, int size) {
    PageToken token = after == null ? PageToken.START : PageToken.decode(after);
    return database.read(c -> store.page(c, query, token, bounded(size)));
  }

  /// All files a query finds, page by page, with bounded memory and no long transaction. Stops when
  /// `each` throws.
  public <X extends Exception> void stream(FileQuery query, Sink<X> each) throws X {
    @Nullable String after = null;
    do {
      FilePage page = page(query, after, STREAM_PAGE);
      for (CatalogFile file : page.files()) {
        each.accept(file);
      }
      after = page.next();
    } while (after != null);
  }

  /// Takes files one by one.
  @FunctionalInterface
  public interface Sink<X extends Exception> {
    void accept(CatalogFile file) throws X;
  }

  /// How many files a query finds, and their bytes.
  public FileTotal total(FileQuery query) {
    return database.read(c -> store.total(c, query));
  }

  /// The ids of all files a query finds, as a part of another statement.
  ///
  /// @throws CatalogException `not-found`, `bad-dataset` for a dataset the query names
  public Ids ids(Connection connection, FileQuery query) throws SQLException {
    Condition condition = DatasetNames.resolved(connection, query.condition());
    return (to, before, after) ->
        new Sql()
            .add(before + "SELECT f.id")
            .add(QueryStore.among(condition))
            .add(after)
            .prepare(to);
  }

  /// A query's files for a statement that holds it between two pieces of SQL.
  @FunctionalInterface
  public interface Ids {
    PreparedStatement prepare(Connection connection, String before, String after)
        throws SQLException;
  }

  /// @throws CatalogException `not-found`, `bad-dataset` for a dataset the query names
  public void requireResolvable(Connection connection, FileQuery query) throws SQLException {
    DatasetNames.resolved(connection, query.condition());
  }

  /// Totals of the files a query finds, group by group; with `site` among the keys, of their
  /// copies.
  public List<Grouping.Group> groups(FileQuery query, Grouping grouping) {
    return database.read(c -> {
      store.limitTime(c);
      Condition condition = DatasetNames.resolved(c, query.condition());
      return GroupStore.groups(c, condition, grouping);
    });
  }

  /// What a query finds, added up by each of several keys. Empty when that takes longer than
  /// `patience`.
  public Optional<Facets> facets(FileQuery query, Duration patience) {
    try {
      return Optional.of(
          database.read(c -> {
            Condition condition = DatasetNames.resolved(c, query.condition());
            QueryStore.limitTime(c, patience);
            return FacetStore.of(c, condition);
          }));
    } catch (DatabaseException e) {
      if (e.isOutOfTime()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// What the database does for a query, and by which index.
  public QueryExplanation explain(FileQuery query) {
    return database.read(c -> store.explain(c, query));
  }

  static int bounded(int size) {
    return Math.max(1, Math.min(size, LARGEST_PAGE));
  }
}
