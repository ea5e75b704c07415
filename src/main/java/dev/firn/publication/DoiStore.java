package dev.firn.publication;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/// Rows of `publication_doi`.
final class DoiStore {
  private DoiStore() {}

  /// @param told sha256 of what the registry took last
  /// @param tries in a row that came to nothing
  record Row(
      String slug,
      String state,
      String told,
      String outcome,
      String why,
      int tries,
      Instant notBefore) {
    static Row none(String slug, Instant now) {
      return new Row(slug, "none", "", "unknown", "", 0, now);
    }
  }

  static Optional<Row> find(Connection connection, String slug) throws SQLException {
    String sql =
        "SELECT state, told, outcome, why, tries, not_before FROM publication_doi WHERE slug = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, slug);
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Row(
                    slug,
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getInt(5),
                    row.getObject(6, OffsetDateTime.class).toInstant()))
            : Optional.empty();
      }
    }
  }

  static void put(Connection connection, Row row, Instant now) throws SQLException {
    String sql =
        """
        INSERT INTO publication_doi(slug, state, told, outcome, why, tries, not_before, changed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (slug) DO UPDATE SET state = excluded.state, told = excluded.told,
          outcome = excluded.outcome, why = excluded.why, tries = excluded.tries,
          not_before = excluded.not_before, changed = excluded.changed
        """;
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, row.slug());
      insert.setString(2, row.state());
      insert.setString(3, row.told());
      insert.setString(4, row.outcome());
      insert.setString(5, row.why());
      insert.setInt(6, row.tries());
      insert.setObject(7, row.notBefore().atOffset(ZoneOffset.UTC));
      insert.setObject(8, now.atOffset(ZoneOffset.UTC));
      insert.executeUpdate();
    }
  }
}
