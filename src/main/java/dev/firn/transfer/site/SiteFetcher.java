package dev.firn.transfer.site;

import dev.firn.http.HttpFetcher;
import java.io.IOException;
import java.net.URI;
import java.util.Comparator;
import java.util.Optional;
import java.util.Set;

/// Speaks to sites, and follows them to the servers that hold their bytes: an XRootD redirector
/// sends its callers to a data server, a dCache door to a pool.
///
/// Where a site's configuration names the server, everything goes along, the token too. To any
/// other only GET, HEAD and PUT follow, over TLS, to public addresses, and without a token: what is
/// needed there stands in the address that the site gave (a pool's one-time token, XRootD's
/// `authz`). So a site can neither have this hub ask its neighbours nor collect what opens other
/// doors. Where nobody sends it on, it is as the client it was given.
public final class SiteFetcher implements HttpFetcher {
  private static final Set<String> WITHOUT_TOKEN = Set.of("GET", "HEAD", "PUT");

  private final Sites sites;
  private final HttpFetcher known;
  private final Strangers strangers;

  /// How to speak to servers that no configuration names.
  ///
  /// @param client connects to such addresses only as anybody may be sent to
  /// @param policy which of them a redirect may lead to
  public record Strangers(HttpFetcher client, RedirectPolicy policy) {}

  /// The clients stay those of whoever made them.
  ///
  /// @param known connects to sites, and to the servers that their configuration names
  public SiteFetcher(Sites sites, HttpFetcher known, Strangers strangers) {
    this.sites = sites;
    this.known = known;
    this.strangers = strangers;
  }

  @Override
  public Response send(Request request) throws IOException {
    Optional<Site> site =
        sites.list().stream()
            .filter(s -> s.isAt(request.uri()))
            .max(Comparator.comparingInt(s -> s.url().toString().length()));
    if (site.isEmpty()) {
      return known.send(request);
    }
    Way way = new Way(site.get(), WITHOUT_TOKEN.contains(request.method()));
    return way.sendFollowing(request, way);
  }

  @Override
  public void close() {
    // its clients are others'
  }

  /// The way of one request, which began at a site.
  private final class Way implements HttpFetcher, HttpFetcher.RedirectPolicy {
    private final Site site;
    private final boolean withoutToken;

    Way(Site site, boolean withoutToken) {
      this.site = site;
      this.withoutToken = withoutToken;
    }

    @Override
    public Response send(Request request) throws IOException {
      return (site.names(request.uri()) ? known : strangers.client()).send(request);
    }

    @Override
    public boolean allows(URI from, URI to) {
      if (site.names(to)) {
        return isTls(to) || !isTls(from);
      }
      return withoutToken && strangers.policy().allows(from, to);
    }

    @Override
    public boolean entrusts(URI from, URI to) {
      return site.names(to);
    }

    @Override
    public String refusal() {
      return "which this hub does not follow; if the server is one of site %s, name its host there"
              .formatted(site.name())
          + " (remotes.redirect-hosts)";
    }

    @Override
    public void close() {
      // its clients are others'
    }
  }

  private static boolean isTls(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }
}
