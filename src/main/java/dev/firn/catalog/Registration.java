package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.Checksums;
import dev.firn.model.ReplicaState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Compares what is offered with what is known. Pure.
final class Registration {
  private Registration() {}

  /// What makes the offered bytes other bytes than the known ones.
  static List<Difference> contentDifferences(CatalogFile known, NewFile offered) {
    List<Difference> found = new ArrayList<>();
    if (known.size() != offered.size()) {
      found.add(difference("size", known.size(), offered.size()));
    }
    for (Checksum checksum : known.checksums().values().values()) {
      offered
          .checksums()
          .find(checksum.algorithm())
          .filter(o -> !o.equals(checksum))
          .ifPresent(o -> found.add(difference(o.algorithm().label(), checksum.hex(), o.hex())));
    }
    return found;
  }

  /// Where metadata contradict each other; what only one side knows is no contradiction.
  static List<Difference> metadataDifferences(FileMetadata known, FileMetadata offered) {
    List<Difference> found = new ArrayList<>();
    compare(found, "season", known.season(), offered.season());
    compare(found, "run", known.run(), offered.run());
    compare(found, "subrun", known.subrun(), offered.subrun());
    compare(found, "part", known.part(), offered.part());
    compare(found, "level", classified(known.level()), classified(offered.level()));
    compare(found, "data type", known.dataType(), offered.dataType());
    compare(found, "event count", known.eventCount(), offered.eventCount());
    compare(found, "first event", known.firstEvent(), offered.firstEvent());
    compare(found, "last event", known.lastEvent(), offered.lastEvent());
    compare(found, "start", known.starts(), offered.starts());
    compare(found, "end", known.ends(), offered.ends());
    compare(found, "livetime", known.livetime(), offered.livetime());
    compare(found, "owner", known.owner(), offered.owner());
    compare(found, "group", known.group(), offered.group());
    if (known.extra() != null && offered.extra() != null) {
      JsonNode other = offered.extra();
      for (Map.Entry<String, JsonNode> entry : classified(known.extra())) {
        compare(
            found, "metadata key " + entry.getKey(), entry.getValue(), other.get(entry.getKey()));
      }
    }
    return found;
  }

  /// All in which an offer contradicts what is known: content, metadata, and where copies lie.
  static List<Difference> differences(CatalogFile known, Offer offer) {
    List<Difference> found = contentDifferences(known, offer.file());
    found.addAll(metadataDifferences(known.metadata(), offer.file().metadata()));
    for (Offer.Copy copy : offer.copies()) {
      known
          .replicaAt(copy.site())
          .filter(there -> !there.path().equals(copy.path()))
          .ifPresent(
              there -> found.add(difference("path at " + copy.site(), there.path(), copy.path())));
      known
          .replicaAt(copy.site())
          .filter(there -> there.state() == ReplicaState.COPYING)
          .filter(there -> !ReplicaTransitions.allowed(there.state(), copy.state()))
          .ifPresent(there ->
              found.add(difference("state at " + copy.site(), there.state(), copy.state())));
    }
    return found;
  }

  /// Whether all that is offered, which contradicts nothing, is known already.
  static boolean addsNothing(CatalogFile known, Offer offer) {
    return merged(known.metadata(), offer.file().metadata()).equals(known.metadata())
        && !addsChecksums(known.checksums(), offer.file().checksums())
        && offer.copies().stream().allMatch(copy -> isThere(known, copy));
  }

  /// Whether a copy is known; one on its way is not what one that has arrived says.
  static boolean isThere(CatalogFile known, Offer.Copy copy) {
    return known
        .replicaAt(copy.site())
        .filter(r -> r.state() != ReplicaState.COPYING || copy.state() == ReplicaState.COPYING)
        .isPresent();
  }

  /// What is known completed by what is offered.
  static FileMetadata merged(FileMetadata known, FileMetadata offered) {
    return new FileMetadata(
        first(known.season(), offered.season()),
        first(known.run(), offered.run()),
        first(known.subrun(), offered.subrun()),
        first(known.part(), offered.part()),
        level(known.level(), offered.level()),
        first(known.dataType(), offered.dataType()),
        first(known.eventCount(), offered.eventCount()),
        first(known.firstEvent(), offered.firstEvent()),
        first(known.lastEvent(), offered.lastEvent()),
        first(known.starts(), offered.starts()),
        first(known.ends(), offered.ends()),
        first(known.livetime(), offered.livetime()),
        first(known.owner(), offered.owner()),
        first(known.group(), offered.group()),
        mergedExtra(known.extra(), offered.extra()));
  }

  static boolean addsChecksums(Checksums known, Checksums offered) {
    return !known.values().keySet().containsAll(offered.values().keySet());
  }

  private static @Nullable JsonNode mergedExtra(
      @Nullable JsonNode known, @Nullable JsonNode offered) {
    if (known == null || offered == null || offered.isEmpty()) {
      return known != null ? known : offered != null && !offered.isEmpty() ? offered : null;
    }
    ObjectNode both = ((ObjectNode) offered).deepCopy();
    for (Map.Entry<String, JsonNode> entry : known.properties()) {
      both.putIfAbsent(entry.getKey(), entry.getValue());
    }
    classified(known).forEach(entry -> both.set(entry.getKey(), entry.getValue()));
    return both;
  }

  /// A name that nobody could read is no knowledge that a better reading contradicts.
  private static @Nullable String level(@Nullable String known, @Nullable String offered) {
    return classified(known) != null || offered == null ? known : offered;
  }

  private static @Nullable String classified(@Nullable String level) {
    return level == null || level.equals(FileMetadata.UNCLASSIFIED) ? null : level;
  }

  private static List<Map.Entry<String, JsonNode>> classified(JsonNode extra) {
    return extra.properties().stream()
        .filter(e -> !FileMetadata.UNCLASSIFIED.equals(e.getValue().asString("")))
        .toList();
  }

  private static <T> @Nullable T first(@Nullable T known, @Nullable T offered) {
    return known != null ? known : offered;
  }

  private static void compare(
      List<Difference> found, String field, @Nullable Object known, @Nullable Object offered) {
    if (known != null && offered != null && !same(known, offered)) {
      found.add(difference(field, known, offered));
    }
  }

  private static boolean same(Object known, Object offered) {
    if (known instanceof JsonNode a && offered instanceof JsonNode b) {
      return Json.same(a, b);
    }
    return Objects.equals(known, offered);
  }

  private static Difference difference(String field, Object known, Object offered) {
    return new Difference(field, shortened(known), shortened(offered));
  }

  private static String shortened(Object value) {
    String text = value.toString();
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
