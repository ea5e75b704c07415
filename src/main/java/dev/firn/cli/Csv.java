package dev.firn.cli;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Comma-separated values as RFC 4180 has them.
final class Csv {
  static final List<String> FILE_HEAD =
      List.of(
          "name",
          "size",
          "sha512",
          "season",
          "run",
          "subrun",
          "part",
          "level",
          "data_type",
          "event_count",
          "first_event",
          "last_event",
          "start",
          "end",
          "livetime",
          "owner",
          "group",
          "sites");

  private Csv() {}

  /// A file's values under [#FILE_HEAD]; what is not known is empty.
  static List<String> row(JsonNode file) {
    List<String> row = new ArrayList<>();
    row.add(file.path("name").asString());
    row.add(file.path("size").asString());
    row.add(file.path("checksums").path("sha512").asString(""));
    for (String key : FILE_HEAD.subList(3, FILE_HEAD.size() - 1)) {
      row.add(file.path("metadata").path(key).asString(""));
    }
    List<String> sites = new ArrayList<>();
    file.path("replicas").forEach(r -> sites.add(r.path("site").asString()));
    row.add(String.join(" ", sites));
    return row;
  }

  /// The rows of a text, the line of names first.
  static List<List<String>> read(String text) {
    List<List<String>> rows = new ArrayList<>();
    List<String> row = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c != '"') {
          cell.append(c);
        } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
          cell.append(c);
          i++;
        } else {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == ',' || c == '\n') {
        row.add(cell.toString());
        cell.setLength(0);
        if (c == '\n') {
          rows.add(row);
          row = new ArrayList<>();
        }
      } else {
        cell.append(c);
      }
    }
    return rows;
  }

  static String line(List<String> values) {
    return String.join(",", values.stream().map(Csv::quoted).toList());
  }

  /// A text that a spreadsheet would take for a formula gets a blank in front.
  private static String quoted(String value) {
    boolean formula = !value.isEmpty() && "=+-@\t".indexOf(value.charAt(0)) >= 0;
    boolean number = formula && value.matches("-?[0-9.]+(E-?[0-9]+)?");
    String text = formula && !number && value.length() > 1 ? " " + value : value;
    boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c < 0x20);
    return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
  }
}
