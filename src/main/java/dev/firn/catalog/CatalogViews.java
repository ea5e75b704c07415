package dev.firn.catalog;

import dev.firn.database.HistoryRecord;
import dev.firn.model.Checksum;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the catalog looks like as JSON; `docs/formats/catalog-api.md` says what each field means.
final class CatalogViews {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private CatalogViews() {}

  static ObjectNode file(CatalogFile file) {
    ObjectNode view = JSON.objectNode();
    view.put("uuid", file.uuid().toString());
    view.put("name", file.name().toString());
    view.put("size", file.size());
    ObjectNode sums = view.putObject("checksums");
    for (Checksum checksum : file.checksums().values().values()) {
      sums.put(checksum.algorithm().label(), checksum.hex());
    }
    view.put("created", file.created().toString());
    view.put("live", file.live());
    view.set("metadata", metadata(file.metadata()));
    view.set("replicas", replicas(file));
    return view;
  }

  static ArrayNode replicas(CatalogFile file) {
    ArrayNode replicas = JSON.arrayNode();
    file.replicas().forEach(r -> replicas.add(replica(r)));
    return replicas;
  }

  static ObjectNode metadata(FileMetadata m) {
    ObjectNode view = JSON.objectNode();
    put(view, "season", m.season());
    put(view, "run", m.run());
    put(view, "subrun", m.subrun());
    put(view, "part", m.part());
    put(view, "level", m.level());
    put(view, "data_type", m.dataType());
    put(view, "event_count", m.eventCount());
    put(view, "first_event", m.firstEvent());
    put(view, "last_event", m.lastEvent());
    put(view, "start", m.starts());
    put(view, "end", m.ends());
    if (m.livetime() != null) {
      view.put("livetime", m.livetime());
    }
    put(view, "owner", m.owner());
    put(view, "group", m.group());
    if (m.extra() != null) {
      view.set("extra", m.extra());
    }
    return view;
  }

  private static void put(ObjectNode view, String key, @Nullable Number value) {
    if (value != null) {
      view.put(key, value.longValue());
    }
  }

  private static void put(ObjectNode view, String key, @Nullable Object value) {
    if (value != null) {
      view.put(key, value.toString());
    }
  }

  private static ObjectNode replica(Replica replica) {
    ObjectNode view = JSON.objectNode();
    view.put("site", replica.site().value());
    view.put("state", replica.state().label());
    view.put("path", replica.path().toString());
    if (replica.bundle() != null) {
      view.put("bundle", replica.bundle().toString());
    }
    if (replica.verified() != null) {
      view.put("verified", replica.verified().toString());
      view.put("verified_how", replica.verifiedHow());
    }
    return view;
  }

  static ObjectNode page(List<CatalogFile> files, @Nullable String next) {
    ObjectNode view = JSON.objectNode();
    ArrayNode array = view.putArray("files");
    files.forEach(f -> array.add(file(f)));
    if (next != null) {
      view.put("next", next);
    }
    return view;
  }

  static ObjectNode total(FileTotal total) {
    return JSON.objectNode().put("files", total.files()).put("bytes", total.bytes());
  }

  static ObjectNode groups(Grouping grouping, List<Grouping.Group> groups) {
    ObjectNode view = JSON.objectNode();
    ArrayNode array = view.putArray("groups");
    for (Grouping.Group group : groups) {
      ObjectNode row = array.addObject();
      for (int i = 0; i < grouping.keys().size(); i++) {
        row.put(grouping.keys().get(i).label(), group.values().get(i));
      }
      row.setAll(total(group.total()));
    }
    return view;
  }

  static ObjectNode lineage(Lineage lineage, Predicate<Lineage.Node> seen) {
    ObjectNode view = JSON.objectNode();
    Set<UUID> shown = new HashSet<>();
    ArrayNode nodes = view.putArray("nodes");
    for (Lineage.Node node : lineage.nodes()) {
      if (seen.test(node)) {
        shown.add(node.uuid());
        nodes
            .addObject()
            .put("uuid", node.uuid().toString())
            .put("name", node.name().toString())
            .put("size", node.size())
            .put("live", node.live())
            .put("distance", node.distance());
      }
    }
    ArrayNode edges = view.putArray("edges");
    for (Lineage.Edge edge : lineage.edges()) {
      if (shown.contains(edge.child()) && shown.contains(edge.parent())) {
        edges
            .addObject()
            .put("child", edge.child().toString())
            .put("parent", edge.parent().toString());
      }
    }
    ArrayNode awaited = view.putArray("awaited");
    lineage.awaited().forEach(name -> awaited.add(name.toString()));
    view.put("whole", lineage.whole() && shown.size() == lineage.nodes().size());
    return view;
  }

  static ObjectNode explanation(QueryExplanation explanation) {
    return JSON.objectNode()
        .put("indexed", explanation.indexed())
        .put("reason", explanation.reason())
        .put("plan", explanation.plan());
  }

  static ObjectNode summary(Summary summary) {
    ObjectNode view = total(summary.live());
    ArrayNode copies = view.putArray("copies");
    for (Summary.Copies c : summary.copies()) {
      ObjectNode row = copies.addObject();
      row.put("site", c.site().value());
      row.put("state", c.state().label());
      row.put("verified", c.verified());
      row.setAll(total(c.total()));
    }
    ArrayNode levels = view.putArray("levels");
    for (Summary.Level level : summary.levels()) {
      ObjectNode row = levels.addObject();
      put(row, "season", level.season());
      if (level.level() != null) {
        row.put("level", level.level());
      }
      row.setAll(total(level.total()));
    }
    return view;
  }

  static ObjectNode history(List<HistoryRecord> records, int limit) {
    ObjectNode view = JSON.objectNode();
    ArrayNode array = view.putArray("history");
    for (HistoryRecord record : records) {
      ObjectNode row = array.addObject();
      row.put("id", record.position().id());
      row.put("at", record.at().toString());
      row.put("subject", record.entry().subjectKind());
      row.put("subject_id", record.entry().subjectId());
      row.put("who", record.entry().who());
      row.put("why", record.entry().why());
      row.put("from", record.entry().from());
      row.put("to", record.entry().to());
      if (record.entry().detail() != null) {
        row.set("detail", record.entry().detail());
      }
    }
    if (records.size() == limit) {
      view.put("before", records.getLast().position().id());
    }
    return view;
  }
}
