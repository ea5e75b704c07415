package dev.firn.publication;

import dev.firn.model.LogicalName;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/// Where things of publications are, as the world sees this site.
record Addresses(String base) {
  static Addresses of(URI site) {
    String text = site.toString();
    return new Addresses(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
  }

  String landing(String slug) {
    return base + "/open/" + slug;
  }

  String metadata(String slug, Format format) {
    return landing(slug) + "/metadata/" + format.word();
  }

  String checksums(String slug) {
    return landing(slug) + "/SHA512SUMS";
  }

  String bag(String slug) {
    return landing(slug) + "/" + slug + ".tar";
  }

  /// How a publication is named for good: its DOI, or its page here.
  String identifier(Publication publication) {
    String doi = publication.description().doi();
    return doi == null ? landing(publication.slug()) : "https://doi.org/" + doi;
  }

  String file(LogicalName name) {
    StringBuilder out = new StringBuilder(base);
    for (String segment : name.segments()) {
      out.append('/');
      for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
        char c = (char) (b & 0xff);
        boolean plain =
            (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || "-._~".indexOf(c) >= 0;
        out.append(plain ? String.valueOf(c) : "%%%02X".formatted((int) c));
      }
    }
    return out.toString();
  }
}
