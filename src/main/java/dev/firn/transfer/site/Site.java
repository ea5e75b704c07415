package dev.firn.transfer.site;

import static dev.firn.http.HttpFetcher.RedirectPolicy.SAME_ORIGIN;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.RequestPath;
import java.net.URI;
import java.util.Collection;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// A place with storage, as transfers need to know it.
///
/// @param url base URL of its door, without a trailing slash
/// @param audience what tokens for it name as `aud`
/// @param nearline whether its files lie on tape
/// @param pulls whether it can fetch by third-party copy; if not, the other side pushes
/// @param attributes words by which rules choose it: `us`, `archive`; `cost=12.5` is what a TB kept
///   here costs
/// @param redirectHosts servers that it may send its callers to with their token: `host`,
///   `host:port` or `*.domain`, in lower case
public record Site(
    SiteName name,
    URI url,
    String audience,
    Kind kind,
    boolean nearline,
    boolean pulls,
    Set<String> attributes,
    Set<String> redirectHosts) {
  private static final String COST = "cost=";
  private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._=-]{0,63}");
  private static final Pattern HOST =
      Pattern.compile("([a-z0-9.-]+|\\[[0-9a-f:.]+\\]|[*]([.][a-z0-9-]+){2,})(:[0-9]{1,5})?");
  private static final Pattern PRICE = Pattern.compile("[0-9]{1,9}([.][0-9]{1,6})?");

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

  /// Without attributes.
  public Site(SiteName name, URI url, String audience, Kind kind, boolean nearline, boolean pulls) {
    this(name, url, audience, kind, nearline, pulls, Set.of(), Set.of());
  }

  public Site {
    attributes = Set.copyOf(attributes);
    requireAttributes(attributes);
    redirectHosts = Set.copyOf(redirectHosts);
    requireHosts(redirectHosts);
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

  /// @throws IllegalArgumentException when one is no word that a site expression can say
  public static void requireAttributes(Collection<String> attributes) {
    for (String word : attributes) {
      if (!ATTRIBUTE.matcher(word).matches()
          || (word.startsWith(COST) && !PRICE.matcher(word.substring(COST.length())).matches())) {
        throw new IllegalArgumentException(
            "an attribute is a word like 'us' or 'cost=12.5': '" + word + "'");
      }
    }
  }

  public Site withAttributes(Collection<String> words) {
    return new Site(name, url, audience, kind, nearline, pulls, Set.copyOf(words), redirectHosts);
  }

  /// @throws IllegalArgumentException when one is not how servers are named
  public static void requireHosts(Collection<String> hosts) {
    for (String host : hosts) {
      if (!HOST.matcher(host).matches()) {
        throw new IllegalArgumentException(
            "a server is named like 'ds1.example.org', 'ds1.example.org:1094' or"
                + " '*.pool.example.org', in lower case: '"
                + host
                + "'");
      }
    }
  }

  public Site withRedirectHosts(Collection<String> hosts) {
    return new Site(name, url, audience, kind, nearline, pulls, attributes, Set.copyOf(hosts));
  }

  /// Whether an address is one of this site's own.
  boolean isAt(URI address) {
    String below = url.getRawPath() + "/";
    return SAME_ORIGIN.allows(url, address)
        && (String.valueOf(address.getRawPath()) + "/").startsWith(below);
  }

  /// Whether a server is this site's door, or one that its configuration names.
  boolean names(URI server) {
    String host = server.getHost().toLowerCase(Locale.ROOT);
    boolean tls = server.getScheme().equalsIgnoreCase("https");
    String at = host + ":" + (server.getPort() >= 0 ? server.getPort() : tls ? 443 : 80);
    return SAME_ORIGIN.allows(url, server)
        || redirectHosts.stream()
            .anyMatch(named ->
                named.startsWith("*")
                    ? host.endsWith(named.substring(1)) || at.endsWith(named.substring(1))
                    : named.equals(host) || named.equals(at));
  }

  /// Those it was given and those it has by itself: `tape` or `disk`, and its kind.
  public Set<String> allAttributes() {
    Set<String> all = new TreeSet<>(attributes);
    all.add(medium());
    all.add(kind.label());
    return all;
  }

  /// Whether a word of a site expression means this site: its name, or one of all its attributes.
  public boolean isMeantBy(String word) {
    return name.value().equals(word)
        || attributes.contains(word)
        || word.equals(medium())
        || word.equals(kind.label());
  }

  private String medium() {
    return nearline ? "tape" : "disk";
  }

  /// What a TB kept here costs, in the unit of whoever wrote it; empty when nobody did.
  public OptionalDouble costPerTerabyte() {
    return attributes.stream()
        .filter(a -> a.startsWith(COST))
        .mapToDouble(a -> Double.parseDouble(a.substring(COST.length())))
        .findFirst();
  }

  /// The URL of a file here.
  public URI at(LogicalName path) {
    return URI.create(url + RequestPath.encode(path));
  }
}
