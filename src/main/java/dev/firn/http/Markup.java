package dev.firn.http;

/// Text inside XML and HTML.
public final class Markup {
  private Markup() {}

  /// Escapes what has a meaning in markup, also within quotes. Characters that XML 1.0 cannot hold
  /// become U+FFFD, and so do the marks that change the direction of text, with which a name could
  /// pretend to be another.
  public static String escape(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    text.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  private static void append(StringBuilder out, int c) {
    switch (c) {
      case '&' -> out.append("&amp;");
      case '<' -> out.append("&lt;");
      case '>' -> out.append("&gt;");
      case '"' -> out.append("&quot;");
      case '\'' -> out.append("&#39;");
      default -> out.appendCodePoint(isUnfit(c) ? 0xfffd : c);
    }
  }

  /// The same without escaping, for who writes by an XML writer.
  public static String fit(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().map(c -> isUnfit(c) ? 0xfffd : c).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean isUnfit(int c) {
    boolean control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
    boolean surrogate = c >= 0xd800 && c <= 0xdfff;
    boolean bidirectional = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return control || surrogate || bidirectional || c == 0xfffe || c == 0xffff;
  }
}
