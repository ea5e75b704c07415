package dev.firn.console;

import dev.firn.model.ByteSize;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// HTML under construction; the only place that turns data into markup.
///
/// [#raw] takes markup written in this program and nothing else; everything that comes from data
/// goes through [#text] or a method that calls it.
public final class Html {
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final StringBuilder out = new StringBuilder();

  /// Adds markup written in this program.
  public Html raw(String markup) {
    out.append(markup);
    return this;
  }

  /// Adds what was built elsewhere.
  public Html add(Html other) {
    out.append(other.out);
    return this;
  }

  /// Adds data, escaped for element content and quoted attribute values.
  public Html text(String data) {
    for (int i = 0; i < data.length(); i++) {
      char c = data.charAt(i);
      switch (c) {
        case '&' -> out.append("&amp;");
        case '<' -> out.append("&lt;");
        case '>' -> out.append("&gt;");
        case '"' -> out.append("&quot;");
        case '\'' -> out.append("&#39;");
        default -> out.append(c < 0x20 && c != '\t' && c != '\n' ? '\ufffd' : c);
      }
    }
    return this;
  }

  /// A heading of a section.
  public Html heading(String words) {
    return raw("<h2>").text(words).raw("</h2>\n");
  }

  /// A paragraph that says that there is nothing to show, or why.
  public Html note(String words) {
    return raw("<p class=\"none\">").text(words).raw("</p>\n");
  }

  /// A number that matters, with what it counts below it.
  public Html figure(String value, String what) {
    return raw("<div class=\"figure\"><b>")
        .text(value)
        .raw("</b><span>")
        .text(what)
        .raw("</span></div>");
  }

  public Html code(String data) {
    return raw("<code>").text(data).raw("</code>");
  }

  public Html link(String href, String words) {
    return raw("<a href=\"").text(href).raw("\">").text(words).raw("</a>");
  }

  /// Begins a table; a head that begins with `>` is of a column of numbers. [#endTable] ends it.
  public Html table(String... heads) {
    raw("<div class=\"wide\"><table><thead><tr>");
    for (String head : heads) {
      switch (head.isEmpty() ? ' ' : head.charAt(0)) {
        case '>' -> raw("<th class=\"n\">").text(head.substring(1));
        case '~' -> raw("<th class=\"beside\">").text(head.substring(1));
        default -> raw("<th>").text(head);
      }
    }
    return raw("</tr></thead><tbody>\n");
  }

  public Html endTable() {
    return raw("</tbody></table></div>\n");
  }

  public Html cell(String data) {
    return raw("<td>").text(data).raw("</td>");
  }

  /// A moment, on one line where there is room.
  public Html momentCell(Instant at) {
    return raw("<td class=\"at\">").text(moment(at)).raw("</td>");
  }

  /// A sentence, which is broken anywhere, a checksum in it too, rather than cut off.
  public Html wordsCell(String data) {
    return raw("<td class=\"words\">").text(data).raw("</td>");
  }

  /// The last cells of a row, under heads that begin with `~`: sentences, which on a narrow screen
  /// stand below the row, where else one would have to scroll for what matters most.
  ///
  /// @param before how many cells the row has before them
  public Html lastCells(int before, String... sentences) {
    List<String> said = new ArrayList<>();
    for (String sentence : sentences) {
      raw("<td class=\"beside\">").text(sentence).raw("</td>");
      if (!sentence.isBlank()) {
        said.add(sentence);
      }
    }
    if (!said.isEmpty()) {
      raw("</tr>\n<tr class=\"below\"><td colspan=\"" + before + "\"><div>")
          .text(String.join("; ", said))
          .raw("</div></td>");
    }
    return this;
  }

  public Html codeCell(String data) {
    return raw("<td>").code(data).raw("</td>");
  }

  public Html linkCell(String href, String words) {
    return raw("<td>").link(href, words).raw("</td>");
  }

  public Html number(String data) {
    return raw("<td class=\"n\">").text(data).raw("</td>");
  }

  public Html number(long value) {
    return number(count(value));
  }

  /// A cell that holds a state word, coloured by it.
  public Html state(String word) {
    return raw("<td>").stateWord(word).raw("</td>");
  }

  /// A state word, coloured by it, outside of a table.
  public Html stateWord(String word) {
    return raw("<span class=\"state ").text(word).raw("\">").text(word).raw("</span>");
  }

  /// A bar that is filled by `value` of `most`, with its meaning beside it in words.
  public Html meter(long value, long most, String words) {
    return raw("<progress max=\"" + Math.max(1, most) + "\" value=\"" + Math.max(0, value) + "\">")
        .raw("</progress> ")
        .text(words);
  }

  /// A count with thin spaces between the thousands.
  public static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n).replace(',', '\u202f');
  }

  public static String bytes(long n) {
    return new ByteSize(n).toString();
  }

  /// A moment in UTC, to the second.
  public static String moment(Instant at) {
    return SECOND.format(at);
  }

  /// A link's target with parameters, percent-encoded; those with an empty value are left out.
  public static String href(String path, Map<String, String> parameters) {
    StringBuilder href = new StringBuilder(path);
    char next = '?';
    for (Map.Entry<String, String> p : parameters.entrySet()) {
      if (!p.getValue().isEmpty()) {
        href.append(next).append(p.getKey()).append('=').append(encode(p.getValue()));
        next = '&';
      }
    }
    return href.toString();
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return out.toString();
  }
}
