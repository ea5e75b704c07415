package dev.firn.cli;

import dev.firn.model.LogicalName;
import dev.firn.token.RequestPath;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/// Names at a site as a person writes them, and their URLs.
final class RemoteNames {
  private RemoteNames() {}

  /// A URL as it is, with `davs` and `dav` read as `https` and `http`; a name at the site of
  /// `base`.
  static URI resolve(URI base, String urlOrName) {
    if (urlOrName.matches("(?i)(https?|davs?)://.*")) {
      String text =
          urlOrName.replaceFirst("(?i)^davs:", "https:").replaceFirst("(?i)^dav:", "http:");
      return URI.create(text);
    }
    String slash = urlOrName.endsWith("/") && urlOrName.length() > 1 ? "/" : "";
    return URI.create(base + RequestPath.encode(LogicalName.parse(urlOrName)) + slash);
  }

  static String decodedPath(URI url) {
    return URLDecoder.decode(url.getRawPath().replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  static String lastSegment(URI url) {
    String path = decodedPath(url).replaceAll("/+$", "");
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (last.isEmpty() || last.equals(".") || last.equals("..")) {
      throw new IllegalArgumentException("the URL names no file: " + url);
    }
    return last;
  }

  /// Whether two paths differ by slashes only.
  static boolean same(String one, String other) {
    return one.replaceAll("/+", "/")
        .replaceAll("/$", "")
        .equals(other.replaceAll("/+", "/").replaceAll("/$", ""));
  }
}
