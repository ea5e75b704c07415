package dev.firn.console;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The whole sky as a drawing of equal areas (Mollweide), right ascension growing to the left as it
/// does for who looks up, with circles of error as they are on the sphere.
final class SkyMap {
  private static final double HALF_WIDTH = 300;
  private static final double HALF_HEIGHT = 150;
  private static final double MARGIN = 18;
  private static final int STEPS = 72;

  /// Where an event came from.
  ///
  /// @param ra right ascension in degrees
  /// @param dec declination in degrees
  /// @param error radius in degrees
  /// @param kind class of the style sheet: `gold`, `bronze`, `cascade`, `retracted`
  /// @param title said when it is pointed at
  record Source(double ra, double dec, double error, String kind, String title, String href) {}

  /// A place on the drawing.
  record Point(double x, double y) {}

  private SkyMap() {}

  /// Right ascension 180 degrees is in the middle, north is up.
  static Point project(double ra, double dec) {
    double longitude = Math.toRadians(180 - (ra % 360 + 360) % 360);
    double latitude = Math.toRadians(dec);
    double theta = latitude;
    for (int i = 0; i < 30 && Math.abs(dec) < 89.999; i++) {
      double off = 2 * theta + Math.sin(2 * theta) - Math.PI * Math.sin(latitude);
      theta -= off / Math.max(1e-9, 2 + 2 * Math.cos(2 * theta));
    }
    if (Math.abs(dec) >= 89.999) {
      theta = Math.signum(dec) * Math.PI / 2;
    }
    return new Point(
        MARGIN + HALF_WIDTH + HALF_WIDTH * longitude / Math.PI * Math.cos(theta),
        MARGIN + HALF_HEIGHT - HALF_HEIGHT * Math.sin(theta));
  }

  /// @param about what the drawing shows, for who cannot see it
  static Html draw(String about, List<Source> sources) {
    Html out =
        Charts.svg(about, (int) (2 * (HALF_WIDTH + MARGIN)), (int) (2 * (HALF_HEIGHT + MARGIN)));
    out.raw(
        "<ellipse class=\"sky\" cx=\"%s\" cy=\"%s\" rx=\"%s\" ry=\"%s\"/>"
            .formatted(
                number(MARGIN + HALF_WIDTH),
                number(MARGIN + HALF_HEIGHT),
                number(HALF_WIDTH),
                number(HALF_HEIGHT)));
    grid(out);
    galaxy(out);
    for (Source source : sources) {
      out.raw("<a href=\"").text(source.href()).raw("\"><title>").text(source.title());
      out.raw("</title>").raw("<path class=\"error " + source.kind() + "\" d=\"");
      out.raw(circle(source.ra(), source.dec(), source.error())).raw("\"/>");
      Point at = project(source.ra(), source.dec());
      out.raw(
          "<circle class=\"event %s\" cx=\"%s\" cy=\"%s\" r=\"4\"/></a>"
              .formatted(source.kind(), number(at.x()), number(at.y())));
    }
    return out.raw("</svg>");
  }

  private static void grid(Html out) {
    for (int dec = -60; dec <= 60; dec += 30) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i <= STEPS; i++) {
        append(line, i == 0, project(0.01 + 359.98 * i / STEPS, dec));
      }
      out.raw("<path class=\"grid\" d=\"" + line + "\"/>");
      Point edge = project(359.99, dec);
      label(out, edge.x() - 3, edge.y() + 3, "end", (dec > 0 ? "+" : "") + dec + "°");
    }
    for (int ra = 60; ra <= 300; ra += 60) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i <= STEPS; i++) {
        append(line, i == 0, project(ra, -90 + 180.0 * i / STEPS));
      }
      out.raw("<path class=\"grid\" d=\"" + line + "\"/>");
      Point equator = project(ra, 0);
      label(out, equator.x() + 2, equator.y() - 3, "start", ra / 15 + "h");
    }
  }

  /// The plane of the Milky Way.
  private static void galaxy(Html out) {
    double pole = Math.toRadians(27.12825);
    double ascension = 192.85948;
    StringBuilder line = new StringBuilder();
    Point before = null;
    for (int l = 0; l <= 360; l += 3) {
      double from = Math.toRadians(122.93192 - l);
      double dec = Math.asin(Math.cos(pole) * Math.cos(from));
      double ra =
          ascension + Math.toDegrees(Math.atan2(Math.sin(from), -Math.sin(pole) * Math.cos(from)));
      before = joined(line, before, project(ra, Math.toDegrees(dec)));
    }
    out.raw("<path class=\"galaxy\" d=\"" + line + "\"><title>the Milky Way</title></path>");
  }

  /// All points at one distance from another.
  static String circle(double ra, double dec, double radius) {
    double distance = Math.toRadians(radius);
    double latitude = Math.toRadians(dec);
    StringBuilder line = new StringBuilder();
    Point before = null;
    for (int i = 0; i <= STEPS; i++) {
      double bearing = 2 * Math.PI * i / STEPS;
      double sine =
          Math.sin(latitude) * Math.cos(distance)
              + Math.cos(latitude) * Math.sin(distance) * Math.cos(bearing);
      double at = Math.asin(Math.clamp(sine, -1, 1));
      double along =
          Math.atan2(
              Math.sin(bearing) * Math.sin(distance) * Math.cos(latitude),
              Math.cos(distance) - Math.sin(latitude) * sine);
      before = joined(line, before, project(ra + Math.toDegrees(along), Math.toDegrees(at)));
    }
    return line.toString();
  }

  /// A line ends where the drawing does and goes on at the other side.
  private static Point joined(StringBuilder line, @Nullable Point before, Point next) {
    boolean far = before == null || Math.abs(before.x() - next.x()) > HALF_WIDTH;
    append(line, far, next);
    return next;
  }

  private static void append(StringBuilder line, boolean first, Point at) {
    line.append(first ? 'M' : 'L').append(number(at.x())).append(' ').append(number(at.y()));
  }

  private static void label(Html out, double x, double y, String anchor, String words) {
    out.raw(
            "<text class=\"scale\" text-anchor=\"%s\" x=\"%s\" y=\"%s\">"
                .formatted(anchor, number(x), number(y)))
        .text(words)
        .raw("</text>");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
