package dev.firn.catalog;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// What a query finds, added up in several ways at once.
///
/// @param groups by season, level, type, owner and group, each on its own, the largest first; with
///   one value in each, null for what is not known
public record Facets(FileTotal total, Map<Grouping.Key, List<Grouping.Group>> groups) {
  public Facets {
    groups = new EnumMap<>(groups);
  }
}
