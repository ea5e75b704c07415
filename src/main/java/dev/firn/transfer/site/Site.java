package dev.firn.transfer.site;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.RequestPath;
import java.net.URI;
import java.util.Locale;

/// A place with storage, as transfers need to know it.
///
/// @param url base URL of its door, without a trailing slash
/// @param audience what tokens for it name as `aud`
/// @param nearline whether its files lie on tape
/// @param pulls whether it can fetch by third-party copy; if not, the other side pushes
public record Site(
    SiteName name, URI url, String audience, Kind kind, boolean nearline, boolean pulls) {
  /// What stands behind the URL.
  public enum Kind {
    /// A Firn door: publishes whole files only and keeps their checksums.
    FIRN,
    /// Another WebDAV server with third-party copy (dCache, XRootD, StoRM).
    WEBDAV;

    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Kind ofLabel(String label) {
      return valueOf(label.toUpperCase(Locale.ROOT));
    }
  }

  public Site {
    String text = url.toString();
    if (!url.isAbsolute() || url.getHost() == null || url.getRawQuery() != null) {
      throw new IllegalArgumentException("site " + name + " needs an absolute URL, not " + text);
    }
    url = text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : url;
  }

  /// An online Firn door that pulls, whose audience is its URL.
  public static Site firn(String name, URI url) {
    return new Site(new SiteName(name), url, url.toString(), Kind.FIRN, false, true);
  }

  /// The URL of a file here.
  public URI at(LogicalName path) {
    return URI.create(url + RequestPath.encode(path));
  }
}
