package dev.firn.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// Text for a terminal: escaped, and in columns.
public final class Text {
  private Text() {}

  /// `text` with control characters, bidirectional overrides and line separators shown as `\x1b` or
  /// `\u202e`.
  public static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(c -> {
          if (c < 0x20 || (c >= 0x7f && c < 0xa0)) {
            out.append(String.format("\\x%02x", c));
          } else if (isDeceptive(c)) {
            out.append(String.format("\\u%04x", c));
          } else {
            out.appendCodePoint(c);
          }
        });
    return out.toString();
  }

  private static boolean isDeceptive(int c) {
    return switch (Character.getType(c)) {
      case Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> true;
      case Character.SURROGATE, Character.UNASSIGNED -> true;
      default -> false;
    };
  }

  /// Reads a time such as `90s`, `10m`, `2h` or `PT10M`.
  ///
  /// @throws ParameterException when it is none, naming the option
  static Duration duration(CommandSpec spec, String option, String text) {
    String iso = text.toUpperCase(Locale.ROOT);
    try {
      Duration parsed = Duration.parse(iso.startsWith("P") ? iso : "PT" + iso);
      if (parsed.toSeconds() > 0) {
        return parsed;
      }
    } catch (DateTimeException e) {
      throw new ParameterException(
          spec.commandLine(), option + ": not a time: " + printable(text), e);
    }
    throw new ParameterException(spec.commandLine(), option + " must be longer than nothing");
  }

  /// How long something still takes, or took: `1:02:33`, hours first.
  static String clock(Duration time) {
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart());
  }

  /// Lays rows out in columns two blanks apart; a header cell beginning with `>` aligns its column
  /// right. Cells are escaped.
  public static String table(List<String> header, List<? extends List<String>> rows) {
    boolean[] right = new boolean[header.size()];
    List<List<String>> all = new ArrayList<>();
    List<String> first = new ArrayList<>();
    for (int i = 0; i < header.size(); i++) {
      right[i] = header.get(i).startsWith(">");
      first.add(right[i] ? header.get(i).substring(1) : header.get(i));
    }
    all.add(first);
    for (List<String> row : rows) {
      all.add(row.stream().map(Text::printable).toList());
    }
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String pad = " ".repeat(widths[i] - row.get(i).length());
        line.append(i == 0 ? "" : "  ").append(right[i] ? pad + row.get(i) : row.get(i) + pad);
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }
}
