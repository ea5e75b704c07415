package dev.firn.door;

import dev.firn.http.HttpProblem;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// Whom third-party copies may talk to: over TLS to public addresses, and to the peers an operator
/// has named.
///
/// Without this a door is a way into the network it stands in: whoever may copy could have it fetch
/// from an address that only it can reach. Every address of a host name is looked at, and every
/// redirect is looked at again.
///
/// @param trusted peers as `host:port` in lower case that may have any address; `host` alone stands
///   for all its ports
/// @param plain those of them that may be spoken to without TLS
public record PeerPolicy(Set<String> trusted, Set<String> plain) {
  /// No peer is named.
  public static final PeerPolicy PUBLIC_ONLY = new PeerPolicy(Set.of(), Set.of());

  private static final Set<Integer> NEVER = Set.of(3306, 5432, 6379, 9200, 11211, 27017);
  private static final int HTTPS = 443;
  private static final int UNPRIVILEGED = 1024;

  public PeerPolicy {
    plain = lower(plain);
    trusted = lower(trusted);
  }

  private static Set<String> lower(Set<String> peers) {
    return peers.stream()
        .map(p -> p.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }

  /// This policy with one more peer that may have any address, over TLS.
  public PeerPolicy trusting(String hostAndPort) {
    return new PeerPolicy(plus(trusted, hostAndPort), plain);
  }

  /// This policy with one more peer that may have any address, also without TLS.
  public PeerPolicy trustingPlain(String hostAndPort) {
    return new PeerPolicy(plus(trusted, hostAndPort), plus(plain, hostAndPort));
  }

  private static Set<String> plus(Set<String> peers, String peer) {
    Set<String> more = new HashSet<>(peers);
    more.add(peer);
    return more;
  }

  /// The http or https URL to use for a URL as a client wrote it (`davs` is `https`).
  ///
  /// @throws HttpProblem 400 when it is not such a URL or its host is unknown, 403 when this policy
  ///   forbids it
  URI vet(String text) {
    URI uri = parse(text);
    String peer = hostAndPort(uri);
    if (uri.getScheme().equals("http") && !names(plain, peer)) {
      throw new HttpProblem(403, "peer-not-allowed", "third-party copy needs https to " + peer);
    }
    if (!names(trusted, peer) && !names(plain, peer)) {
      vetPort(uri);
      vetAddresses(uri.getHost());
    }
    return uri;
  }

  /// Whether this policy lets a copy connect to `address` of a host: the [AddressFilter] of the
  /// client that a door is given.
  public boolean allowsAddress(String host, int port, InetAddress address) {
    boolean literal6 = host.indexOf(':') >= 0 && !host.startsWith("[");
    String named = literal6 ? "[" + host + "]" : host;
    String peer = named.toLowerCase(Locale.ROOT) + ":" + port;
    return names(trusted, peer) || names(plain, peer) || isPublic(address);
  }

  /// Whether a redirect may be followed: like [#vet], and never from TLS to none.
  public boolean allowsRedirect(URI from, URI to) {
    if (from.getScheme().equals("https") && !to.getScheme().equals("https")) {
      return false;
    }
    try {
      vet(to.toString());
      return true;
    } catch (HttpProblem e) {
      return false;
    }
  }

  private static URI parse(String text) {
    URI given;
    try {
      given = new URI(text.strip());
    } catch (URISyntaxException e) {
      throw new HttpProblem(400, "bad-peer", "the peer's address is not a URL");
    }
    String scheme = String.valueOf(given.getScheme()).toLowerCase(Locale.ROOT);
    String plainScheme =
        switch (scheme) {
          case "https", "davs" -> "https";
          case "http", "dav" -> "http";
          default ->
              throw new HttpProblem(400, "bad-peer", "the peer's URL is neither https nor http");
        };
    String host = given.getHost();
    if (host == null || given.getRawUserInfo() != null || given.getRawFragment() != null) {
      throw new HttpProblem(
          400, "bad-peer", "the peer's URL needs a host, and no user info and no fragment");
    }
    String path = given.getRawPath().isEmpty() ? "/" : given.getRawPath();
    String query = given.getRawQuery() == null ? "" : "?" + given.getRawQuery();
    String port = given.getPort() < 0 ? "" : ":" + given.getPort();
    return URI.create(plainScheme + "://" + host + port + path + query);
  }

  private static boolean names(Set<String> peers, String hostAndPort) {
    return peers.contains(hostAndPort)
        || peers.contains(hostAndPort.substring(0, hostAndPort.lastIndexOf(':')));
  }

  /// `host:port` in lower case, the port filled in from the scheme.
  static String hostAndPort(URI uri) {
    int port = uri.getPort();
    boolean tls =
        uri.getScheme().equalsIgnoreCase("https") || uri.getScheme().equalsIgnoreCase("davs");
    int effective = port >= 0 ? port : tls ? HTTPS : 80;
    return uri.getHost().toLowerCase(Locale.ROOT) + ":" + effective;
  }

  private static void vetPort(URI uri) {
    int port = uri.getPort() < 0 ? HTTPS : uri.getPort();
    if ((port < UNPRIVILEGED && port != HTTPS) || NEVER.contains(port)) {
      throw new HttpProblem(403, "peer-not-allowed", "port " + port + " is not one of a peer");
    }
  }

  private static void vetAddresses(String host) {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(bare(host));
    } catch (UnknownHostException e) {
      throw new HttpProblem(400, "unknown-peer", "the peer's host is unknown");
    }
    for (InetAddress address : addresses) {
      if (!isPublic(address)) {
        throw new HttpProblem(
            403, "peer-not-allowed", "the peer's address is not public and it is not a named peer");
      }
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  /// Whether an address is one of the public internet.
  public static boolean isPublic(InetAddress address) {
    if (address.isAnyLocalAddress()
        || address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isSiteLocalAddress()
        || address.isMulticastAddress()) {
      return false;
    }
    byte[] b = address.getAddress();
    return switch (address) {
      case Inet4Address v4 -> isPublic4(b, 0);
      case Inet6Address v6 -> isPublic6(b);
      default -> false;
    };
  }

  private static boolean isPublic4(byte[] b, int at) {
    int first = b[at] & 0xff;
    int second = b[at + 1] & 0xff;
    boolean carrierGrade = first == 100 && second >= 64 && second < 128;
    boolean privateUse =
        first == 10 || (first == 172 && (second & 0xf0) == 16) || (first == 192 && second == 168);
    boolean special = first == 192 && second == 0 && (b[at + 2] & 0xff) == 0;
    boolean benchmarking = first == 198 && (second == 18 || second == 19);
    return first != 0
        && first != 127
        && first < 224
        && !(first == 169 && second == 254)
        && !carrierGrade
        && !privateUse
        && !special
        && !benchmarking;
  }

  private static boolean isPublic6(byte[] b) {
    boolean uniqueLocal = (b[0] & 0xfe) == 0xfc;
    boolean translated =
        b[0] == 0 && b[1] == 0x64 && (b[2] & 0xff) == 0xff && (b[3] & 0xff) == 0x9b;
    boolean sixToFour = b[0] == 0x20 && b[1] == 0x02;
    if (translated) {
      return isPublic4(b, 12);
    }
    if (sixToFour) {
      return isPublic4(b, 2);
    }
    boolean embedded = true;
    for (int i = 0; i < 10; i++) {
      embedded &= b[i] == 0;
    }
    return !uniqueLocal && !embedded;
  }
}
