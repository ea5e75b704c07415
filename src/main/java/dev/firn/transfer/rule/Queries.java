package dev.firn.transfer.rule;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogQueries;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.QueryException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Which of some files the queries of rules find.
final class Queries {
  private static final Logger LOG = LoggerFactory.getLogger(Queries.class);

  private final Map<Long, Set<Long>> rulesOfFile = new HashMap<>();

  private Queries() {}

  /// The numbers of the rules whose queries find this file.
  Set<Long> of(long fileId) {
    return rulesOfFile.getOrDefault(fileId, Set.of());
  }

  static Queries of(
      Connection connection,
      Catalog catalog,
      Collection<ReplicationRule> rules,
      Collection<Long> files)
      throws SQLException {
    Queries found = new Queries();
    if (files.isEmpty()) {
      return found;
    }
    for (ReplicationRule rule : rules) {
      if (!rule.wanted().what().query().isEmpty()) {
        found.ask(connection, catalog, rule, files);
      }
    }
    return found;
  }

  /// A rule whose query has become impossible (its dataset is gone) finds nothing; the other rules
  /// do not suffer for it.
  private void ask(
      Connection connection, Catalog catalog, ReplicationRule rule, Collection<Long> files)
      throws SQLException {
    CatalogQueries.Ids ids;
    try {
      ids = catalog.queries().ids(connection, FileQuery.parse(rule.wanted().what().query()));
    } catch (CatalogException | QueryException e) {
      LOG.warn("rule {} finds nothing: {}", rule.id(), e.getMessage());
      return;
    }
    String numbers = files.stream().map(String::valueOf).collect(Collectors.joining(","));
    try (PreparedStatement select =
            ids.prepare(
                connection,
                "SELECT id FROM (",
                ") found WHERE id = ANY ('{" + numbers + "}'::bigint[])");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        rulesOfFile.computeIfAbsent(row.getLong(1), f -> new HashSet<>()).add(rule.id());
      }
    }
  }
}
