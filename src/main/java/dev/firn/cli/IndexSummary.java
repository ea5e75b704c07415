package dev.firn.cli;

import dev.firn.ingest.index.IndexCounts;
import dev.firn.ingest.index.IndexCounts.Kind;
import dev.firn.ingest.index.IndexPlan;
import dev.firn.model.ByteSize;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What a pass, or a look at names only, came to.
final class IndexSummary {
  private final IndexPlan plan;
  private final IndexCounts counts;
  private final PrintWriter out;

  IndexSummary(IndexPlan plan, IndexCounts counts, PrintWriter out) {
    this.plan = plan;
    this.counts = counts;
    this.out = out;
  }

  /// @param shapes how many shapes of unknown names to show
  void print(boolean json, int shapes) {
    if (json) {
      out.println(view(shapes));
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    counts
        .families()
        .forEach((family, n) ->
            rows.add(List.of(family, String.valueOf(n[0]), new ByteSize(n[1]).toString())));
    out.print(Text.table(List.of("FAMILY", ">FILES", ">BYTES"), rows));
    List<IndexCounts.Shape> unknown = counts.unknown();
    if (!unknown.isEmpty()) {
      out.println();
      List<List<String>> names = new ArrayList<>();
      for (IndexCounts.Shape shape : unknown.subList(0, Math.min(shapes, unknown.size()))) {
        names.add(List.of(String.valueOf(shape.files()), shape.example()));
      }
      out.print(Text.table(List.of(">FILES", "NAME THAT NO PATTERN KNOWS, AN EXAMPLE"), names));
      if (unknown.size() > shapes) {
        out.println((unknown.size() - shapes) + " more shapes of names");
      }
    }
    out.println();
    for (Kind kind : Kind.values()) {
      if (counts.files(kind) > 0) {
        out.println(counts.files(kind) + " " + words(kind));
      }
    }
  }

  private static String words(Kind kind) {
    return switch (kind) {
      case SEEN -> "seen";
      case KNOWN -> "as before, not read again";
      case READ -> "read";
      case CREATED -> "registered for the first time";
      case SAME -> "known to the catalog";
      case CONFLICT -> "contradict the record or were refused";
      case DAMAGED -> "with damaged frames";
      case UNCLASSIFIED -> "unclassified";
      case PASSED -> "passed over";
    };
  }

  private ObjectNode view(int shapes) {
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    view.put("root", plan.root().toString());
    for (Kind kind : Kind.values()) {
      view.put(kind.name().toLowerCase(Locale.ROOT), counts.files(kind));
    }
    view.put("seen_bytes", counts.bytes(Kind.SEEN)).put("read_bytes", counts.bytes(Kind.READ));
    ObjectNode families = view.putObject("families");
    counts
        .families()
        .forEach((family, n) -> families.putObject(family).put("files", n[0]).put("bytes", n[1]));
    ArrayNode unknown = view.putArray("unknown");
    for (IndexCounts.Shape shape : counts.unknown().stream().limit(shapes).toList()) {
      unknown
          .addObject()
          .put("shape", shape.shape())
          .put("files", shape.files())
          .put("example", shape.example());
    }
    return view;
  }
}
