package dev.firn.publication;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/// A publication as it stands in other works' references.
final class Citations {
  private Citations() {}

  static byte[] text(Dossier dossier) {
    return (dossier.publication().citation(dossier.identifier()) + "\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bibtex(Dossier dossier) {
    Publication publication = dossier.publication();
    Description d = dossier.description();
    String authors =
        d.creators().stream()
            .map(c -> c.person() ? braced(c.name()) : "{" + braced(c.name()) + "}")
            .collect(Collectors.joining(" and "));
    StringBuilder out = new StringBuilder("@misc{" + publication.slug() + ",\n");
    field(out, "author", authors);
    field(out, "title", "{" + braced(d.title()) + "}");
    field(out, "year", Integer.toString(publication.year()));
    field(out, "publisher", braced(d.publisher().name()));
    field(out, "version", d.version());
    if (d.doi() != null) {
      field(out, "doi", d.doi());
    }
    field(out, "url", dossier.landing());
    return out.append("}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void field(StringBuilder out, String name, String value) {
    out.append("  ").append(name).append(" = {").append(value).append("},\n");
  }

  /// Braces must balance in BibTeX, and backslashes begin commands.
  private static String braced(String text) {
    return text.replaceAll("[{}\\\\]", "").replaceAll("([%&#$_])", "\\\\$1");
  }
}
