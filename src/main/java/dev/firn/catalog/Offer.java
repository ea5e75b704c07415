package dev.firn.catalog;

import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A file with its copies and what it was made from, as a registration brings it.
///
/// @param uuid its identity in another catalog, kept; null to be given one
/// @param copies at least one, at most one a site
/// @param parents names of the files it was made from; they may be registered later
public record Offer(
    NewFile file, @Nullable UUID uuid, List<Copy> copies, List<LogicalName> parents) {
  private static final int MOST_PARENTS = 10_000;

  public Offer {
    copies = List.copyOf(copies);
    parents = List.copyOf(parents);
    if (copies.isEmpty()) {
      throw invalid("a file without a copy is not registered");
    }
    Set<SiteName> sites = new HashSet<>();
    for (Copy copy : copies) {
      if (!sites.add(copy.site())) {
        throw invalid("two copies at " + copy.site());
      }
    }
    if (parents.size() > MOST_PARENTS) {
      throw invalid("more than " + MOST_PARENTS + " parents");
    }
    if (parents.contains(file.name())) {
      throw invalid("a file is not made from itself");
    }
  }

  static Offer of(NewFile file, SiteName site, LogicalName path) {
    Copy copy = new Copy(site, ReplicaState.AVAILABLE, path, null);
    return new Offer(file, null, List.of(copy), List.of());
  }

  /// This as a line of a bulk registration.
  public ObjectNode toLine() {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("name", file.name().toString());
    line.put("size", file.size());
    if (uuid != null) {
      line.put("uuid", uuid.toString());
    }
    ObjectNode sums = line.putObject("checksums");
    file.checksums()
        .values()
        .forEach((algorithm, checksum) -> sums.put(algorithm.label(), checksum.hex()));
    line.set("metadata", CatalogViews.metadata(file.metadata()));
    ArrayNode array = line.putArray("replicas");
    for (Copy copy : copies) {
      ObjectNode one = array.addObject();
      one.put("site", copy.site().value()).put("state", copy.state().label());
      one.put("path", copy.path().toString());
      if (copy.bundle() != null) {
        one.put("bundle", copy.bundle().toString());
      }
    }
    if (!parents.isEmpty()) {
      ArrayNode names = line.putArray("parents");
      parents.forEach(parent -> names.add(parent.toString()));
    }
    return line;
  }

  /// A copy of a file.
  ///
  /// @param path where it lies at the site, or inside the bundle
  /// @param bundle the bundle it is a member of; null for none
  public record Copy(SiteName site, ReplicaState state, LogicalName path, @Nullable UUID bundle) {
    ReplicaChange of(long file) {
      ReplicaChange change = ReplicaChange.to(file, site, state).at(path);
      return bundle == null ? change : change.inBundle(bundle);
    }
  }

  private static CatalogException invalid(String message) {
    return new CatalogException("invalid-metadata", message);
  }
}
