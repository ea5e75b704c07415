package dev.firn.server.config;

import java.util.List;

/// `docs/configuration.md`, made of the keys themselves.
final class ReferencePage {
  private ReferencePage() {}

  static String of(List<ConfigKey> keys) {
    StringBuilder out = new StringBuilder();
    out.append("# Configuration\n\n");
    out.append(
        "One file, `firn.toml`, in TOML. `firn config check FILE` finds everything wrong with it;");
    out.append(
        " `firn config show FILE`\nprints what is in force. Paths are relative to the file.");
    out.append(" This page is written by `firn config reference`.\n");
    String table = "";
    for (ConfigKey key : keys) {
      String head = key.name().substring(0, key.name().indexOf('.'));
      if (!head.equals(table)) {
        table = head;
        String title =
            head.endsWith("[]") ? "[[" + head.replace("[]", "") + "]]" : "[" + head + "]";
        out.append("\n## `")
            .append(title)
            .append("`\n\n| key | value | default | meaning |\n|---|---|---|---|\n");
      }
      String standard =
          key.required()
              ? "*required*"
              : key.standard().isEmpty() ? "" : "`" + key.standard() + "`";
      out.append("| `").append(key.name().substring(key.name().indexOf('.') + 1)).append("` | ");
      out.append(key.kind().label()).append(" | ").append(standard).append(" | ");
      out.append(key.meaning()).append(" |\n");
    }
    return out.toString();
  }
}
