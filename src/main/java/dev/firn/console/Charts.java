package dev.firn.console;

import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;

/// Drawings as SVG made on the server: nothing to load, readable by a screen reader through their
/// titles, coloured by the style sheet so that they follow light and dark.
public final class Charts {
  private static final int STEPS = 8;

  private Charts() {}

  /// One bar, or one point of a line.
  ///
  /// @param label under it
  /// @param title said when it is pointed at, with the value in words
  public record Value(String label, long value, String title) {}

  /// Bars beside each other, the tallest as high as the drawing.
  ///
  /// @param about what the drawing shows, for who cannot see it
  public static Html bars(String about, List<Value> values, LongFunction<String> words) {
    long most = Math.max(1, values.stream().mapToLong(Value::value).max().orElse(1));
    int width = Math.max(1, values.size()) * 36;
    Html out = svg(about, width, 150);
    for (int i = 0; i < values.size(); i++) {
      Value v = values.get(i);
      double height = 110.0 * v.value() / most;
      out.raw(rect("bar", i * 36 + 4, 120 - height, 28, height)).raw("<title>").text(v.title());
      out.raw("</title></rect>").raw(label(i * 36 + 18, 135)).text(v.label()).raw("</text>");
    }
    out.raw("<text class=\"scale\" x=\"2\" y=\"8\">").text(words.apply(most)).raw("</text>");
    return out.raw("</svg>");
  }

  /// A line through values at even distances.
  public static Html line(String about, List<Value> values, LongFunction<String> words) {
    long most = Math.max(1, values.stream().mapToLong(Value::value).max().orElse(1));
    double step = 600.0 / Math.max(1, values.size() - 1);
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < values.size(); i++) {
      points.append(number(i * step)).append(',');
      points.append(number(110 - 100.0 * values.get(i).value() / most)).append(' ');
    }
    Html out = svg(about, 600, 130);
    out.raw("<polyline class=\"line\" points=\"" + points + "\"/>");
    if (!values.isEmpty()) {
      out.raw("<text class=\"axis first\" x=\"0\" y=\"126\">").text(values.getFirst().label());
      out.raw("</text><text class=\"axis last\" x=\"600\" y=\"126\">");
      out.text(values.getLast().label()).raw("</text>");
    }
    out.raw("<text class=\"scale\" x=\"2\" y=\"9\">").text(words.apply(most)).raw("</text>");
    return out.raw("</svg>");
  }

  /// The class of a cell's shade, `heat0` (nothing) to `heat8` (the most), by the logarithm: an
  /// observatory's volumes differ by factors of a thousand.
  public static String shade(long value, long most) {
    if (value <= 0) {
      return "heat0";
    }
    double part = Math.log1p(value) / Math.log1p(Math.max(value, most));
    return "heat" + Math.max(1, Math.min(STEPS, (int) Math.ceil(part * STEPS)));
  }

  /// Begins a drawing of this size in its own units; it shrinks with the page.
  public static Html svg(String about, int width, int height) {
    return new Html()
        .raw("<svg class=\"chart\" role=\"img\" viewBox=\"0 0 " + width + " " + height + "\"")
        .raw(" width=\"" + width + "\" height=\"" + height + "\" aria-label=\"")
        .text(about)
        .raw("\">");
  }

  static String rect(String style, double x, double y, double width, double height) {
    return "<rect class=\""
        + style
        + "\" x=\""
        + number(x)
        + "\" y=\""
        + number(y)
        + "\" width=\""
        + number(width)
        + "\" height=\""
        + number(height)
        + "\">";
  }

  private static String label(double x, double y) {
    return "<text class=\"axis\" x=\"" + number(x) + "\" y=\"" + number(y) + "\">";
  }

  static String number(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }
}
