package dev.firn.console.movement;

import dev.firn.console.Html;
import dev.firn.transfer.Links;
import dev.firn.transfer.link.Hold;
import dev.firn.transfer.site.Site;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The sites in a ring, and an arrow for each link: the thicker, the more it carries; broken where
/// transfers wait and none may start.
final class LinkMap {
  private static final int WIDTH = 720;
  private static final int HEIGHT = 380;
  private static final double RADIUS_X = 250;
  private static final double RADIUS_Y = 140;
  private static final double GAP = 46;

  /// How far a rate stands off its arrow.
  private static final double BESIDE = 16;

  private static final Set<Hold.Kind> BUSY =
      EnumSet.of(Hold.Kind.TRANSFERS, Hold.Kind.BYTES, Hold.Kind.FILES, Hold.Kind.SLOTS);

  private LinkMap() {}

  private record Point(double x, double y) {
    Point towards(Point other, double distance) {
      double length = Math.max(1, Math.hypot(other.x - x, other.y - y));
      return new Point(
          x + (other.x - x) / length * distance, y + (other.y - y) / length * distance);
    }
  }

  static Html draw(List<Site> sites, List<Links.Now> links) {
    Map<String, Point> places = new HashMap<>();
    for (int i = 0; i < sites.size(); i++) {
      double angle = 2 * Math.PI * i / sites.size() - Math.PI / 2;
      places.put(
          sites.get(i).name().value(),
          new Point(
              WIDTH / 2.0 + RADIUS_X * Math.cos(angle), HEIGHT / 2.0 + RADIUS_Y * Math.sin(angle)));
    }
    Html out = new Html();
    out.raw("<svg class=\"map\" role=\"img\" viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\">");
    out.raw("<title>Sites and what moves between them now</title><defs>");
    out.raw("<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"6\" refY=\"4\" markerWidth=\"8\"");
    out.raw(" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">");
    out.raw("<path class=\"tip\" d=\"M0 0 L8 4 L0 8 z\"/></marker></defs>");
    for (Links.Now link : links) {
      Point from = places.get(link.link().source().value());
      Point to = places.get(link.link().destination().value());
      if (from != null && to != null) {
        arrow(out, link, from, to);
      }
    }
    for (Site site : sites) {
      Point at = Objects.requireNonNull(places.get(site.name().value()));
      out.raw(
          "<circle class=\"site\" cx=\"%s\" cy=\"%s\" r=\"%d\"/>"
              .formatted(number(at.x), number(at.y), site.nearline() ? 13 : 10));
      double outside = at.y < HEIGHT / 2.0 ? -18 : 28; // arrows bend through the middle
      out.raw(
          "<text class=\"site\" x=\"%s\" y=\"%s\">"
              .formatted(number(at.x), number(at.y + outside)));
      out.text(site.name().value()).raw("</text>");
    }
    return out.raw("</svg>\n");
  }

  /// Bent to the right of its way, so that there and back lie apart.
  private static void arrow(Html out, Links.Now link, Point from, Point to) {
    Point begin = from.towards(to, 16);
    Point end = to.towards(from, 16);
    double dx = end.x - begin.x;
    double dy = end.y - begin.y;
    double length = Math.max(1, Math.hypot(dx, dy));
    Point middle =
        new Point(
            (begin.x + end.x) / 2 - dy / length * GAP, (begin.y + end.y) / 2 + dx / length * GAP);
    long rate = link.view().traffic().bytesPerSecond();
    // From 1 kB/s to 10 GB/s there are seven powers of ten.
    int thick = rate <= 0 ? 1 : (int) Math.clamp(Math.round(Math.log10(rate) - 2), 1, 8);
    String kind = isHeld(link) ? "held" : link.view().traffic().active() > 0 ? "moving" : "idle";
    out.raw(
        "<path class=\"link %s thick%d\" marker-end=\"url(#tip)\" d=\"M%s %s Q%s %s %s %s\"><title>"
            .formatted(
                kind,
                thick,
                number(begin.x),
                number(begin.y),
                number(middle.x),
                number(middle.y),
                number(end.x),
                number(end.y)));
    Hold held = link.held();
    String words =
        "%s: %s/s, %d running, %s waiting"
            .formatted(
                link.link(),
                Html.bytes(rate),
                link.view().traffic().active(),
                Html.count(link.waits()));
    out.text(words + (held == null ? "" : "; " + held.words())).raw("</title></path>");
    if (rate > 0 || link.waits() > 0) {
      out.raw(
          "<text class=\"rate\" x=\"%s\" y=\"%s\">"
              .formatted(
                  number((begin.x + end.x) / 4 + middle.x / 2 - dy / length * BESIDE),
                  number((begin.y + end.y) / 4 + middle.y / 2 + dx / length * BESIDE)));
      out.text(rate > 0 ? Html.bytes(rate) + "/s" : Html.count(link.waits()) + " wait");
      out.raw("</text>");
    }
  }

  /// Whether transfers wait and none may start, for another reason than that the link is at work.
  static boolean isHeld(Links.Now link) {
    Hold held = link.held();
    return held != null && link.waits() > 0 && !BUSY.contains(held.kind());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
