package dev.firn.console;

/// HTML under construction; the only place that turns data into markup.
final class Html {
  private final StringBuilder out = new StringBuilder();

  /// Adds markup written in this program.
  Html raw(String markup) {
    out.append(markup);
    return this;
  }

  /// Adds data, escaped for element content and quoted attribute values.
  Html text(String data) {
    for (int i = 0; i < data.length(); i++) {
      char c = data.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < 0x20 && c != '\t' ? '\ufffd' : c);
      }
    }
    return this;
  }

  Html cell(String data) {
    return raw("<td>").text(data).raw("</td>");
  }

  Html number(String data) {
    return raw("<td class=\"n\">").text(data).raw("</td>");
  }

  /// A cell that holds a state word, coloured by it.
  Html state(String word) {
    return raw("<td><span class=\"state ").text(word).raw("\">").text(word).raw("</span></td>");
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
