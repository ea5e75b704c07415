package dev.firn.archive.takeover;

import dev.firn.archive.takeover.FoundBundle.FoundMember;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Where a member belongs whose bundle does not say it: where the catalog has the same content
/// under the same last name, else where the bundle's folder makes it belong.
record MemberPlace(Catalog catalog) {
  private static final int MOST = 100;

  /// Empty when nothing says it.
  Optional<LogicalName> of(Connection connection, FoundMember member) throws SQLException {
    if (member.name() != null) {
      return Optional.of(member.name());
    }
    String inside = "/" + member.path();
    String last = inside.substring(inside.lastIndexOf('/'));
    List<LogicalName> known =
        catalog.withContent(connection, member.sha512(), MOST).stream()
            .filter(f -> f.live() && f.size() == member.size())
            .map(CatalogFile::name)
            .filter(n -> n.toString().endsWith(last))
            .toList();
    List<LogicalName> whole = known.stream().filter(n -> n.toString().endsWith(inside)).toList();
    if (whole.size() == 1) {
      return Optional.of(whole.getFirst());
    }
    return known.size() == 1 ? Optional.of(known.getFirst()) : Optional.ofNullable(member.guess());
  }
}
