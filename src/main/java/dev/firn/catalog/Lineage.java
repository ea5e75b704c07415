package dev.firn.catalog;

import dev.firn.model.LogicalName;
import java.util.List;
import java.util.UUID;

/// What a file was made from and what was made from it.
///
/// @param nodes the file itself, then the others in the order of their distance
/// @param edges who was made from whom, among the nodes
/// @param awaited names of parents of the file that are not registered
/// @param whole whether nothing was left out for the sake of size
public record Lineage(
    List<Node> nodes, List<Edge> edges, List<LogicalName> awaited, boolean whole) {
  public Lineage {
    nodes = List.copyOf(nodes);
    edges = List.copyOf(edges);
    awaited = List.copyOf(awaited);
  }

  /// @param distance steps from the file: negative for what it was made from, positive for what was
  ///   made from it
  public record Node(UUID uuid, LogicalName name, long size, boolean live, int distance) {}

  public record Edge(UUID child, UUID parent) {}
}
