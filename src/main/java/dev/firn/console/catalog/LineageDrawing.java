package dev.firn.console.catalog;

import dev.firn.catalog.Lineage;
import dev.firn.console.Charts;
import dev.firn.console.Html;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/// A lineage as a drawing: what a file was made from to its left, what was made from it to its
/// right, a column for each step, every box a link to its file.
final class LineageDrawing {
  /// Of one column; the others are counted.
  private static final int SHOWN = 8;

  private static final int WIDTH = 230;
  private static final int HEIGHT = 34;
  private static final int ACROSS = 290;
  private static final int DOWN = 46;
  private static final int LETTERS = 34;

  private record Box(Lineage.Node node, int x, int y) {}

  private LineageDrawing() {}

  static Html of(Lineage lineage) {
    TreeMap<Integer, List<Lineage.Node>> columns = new TreeMap<>();
    for (Lineage.Node node : lineage.nodes()) {
      columns.computeIfAbsent(node.distance(), d -> new ArrayList<>()).add(node);
    }
    int rows =
        columns.values().stream().mapToInt(c -> Math.min(SHOWN + 1, c.size())).max().orElse(1);
    Map<UUID, Box> boxes = new HashMap<>();
    Html more = new Html();
    int x = 4;
    for (List<Lineage.Node> column : columns.values()) {
      int shown = Math.min(SHOWN, column.size());
      int top = (rows - Math.min(SHOWN + 1, column.size())) * DOWN / 2 + 6;
      for (int i = 0; i < shown; i++) {
        boxes.put(column.get(i).uuid(), new Box(column.get(i), x, top + i * DOWN));
      }
      if (column.size() > shown) {
        more.raw("<text x=\"" + (x + 6) + "\" y=\"" + (top + shown * DOWN + 18) + "\">");
        more.text("and " + (column.size() - shown) + " more").raw("</text>");
      }
      x += ACROSS;
    }
    String about = "made from " + count(lineage, -1) + " files; made into " + count(lineage, 1);
    Html out = new Html().raw("<div class=\"wide\">");
    out.add(Charts.svg(about, x - ACROSS + WIDTH + 8, rows * DOWN + 8));
    edges(out, lineage, boxes);
    boxes.values().forEach(box -> draw(out, box));
    out.add(more).raw("</svg></div>");
    if (!lineage.whole()) {
      out.note("There is more than is shown: firn lineage prints all of it.");
    }
    return out;
  }

  private static long count(Lineage lineage, int side) {
    return lineage.nodes().stream().filter(n -> Integer.signum(n.distance()) == side).count();
  }

  private static void edges(Html out, Lineage lineage, Map<UUID, Box> boxes) {
    for (Lineage.Edge edge : lineage.edges()) {
      Box from = boxes.get(edge.parent());
      Box to = boxes.get(edge.child());
      if (from != null && to != null) {
        int x1 = from.x + WIDTH;
        int y1 = from.y + HEIGHT / 2;
        int y2 = to.y + HEIGHT / 2;
        int middle = (x1 + to.x) / 2;
        out.raw("<path class=\"edge\" d=\"M" + x1 + " " + y1 + "C" + middle + " " + y1);
        out.raw(" " + middle + " " + y2 + " " + to.x + " " + y2 + "\"/>");
      }
    }
  }

  private static void draw(Html out, Box box) {
    Lineage.Node node = box.node;
    String style = node.distance() == 0 ? "node here" : "node";
    out.raw("<a href=\"/files/" + node.uuid() + "\"><rect class=\"" + style + "\" rx=\"5\" x=\"");
    out.raw(box.x + "\" y=\"" + box.y + "\" width=\"" + WIDTH + "\" height=\"" + HEIGHT + "\">");
    out.raw("<title>").text(node.name() + ", " + Html.bytes(node.size())).raw("</title></rect>");
    out.raw("<text x=\"" + (box.x + 8) + "\" y=\"" + (box.y + 15) + "\">");
    out.text(shortened(node.name().lastSegment())).raw("</text>");
    out.raw("<text class=\"scale\" x=\"" + (box.x + 8) + "\" y=\"" + (box.y + 27) + "\">");
    out.text(Html.bytes(node.size()) + (node.live() ? "" : ", superseded")).raw("</text></a>");
  }

  /// The end of a name tells files apart, the beginning what they are.
  private static String shortened(String name) {
    if (name.length() <= LETTERS) {
      return name;
    }
    int end = LETTERS * 2 / 3;
    return name.substring(0, LETTERS - end - 1) + "…" + name.substring(name.length() - end);
  }
}
