package dev.firn.http;

import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Following redirects step by step, each allowed by the caller.
final class Redirects {
  private static final int MOST = 5;

  private Redirects() {}

  static Response follow(HttpFetcher fetcher, Request request, RedirectPolicy policy)
      throws IOException {
    Request current = request;
    for (int hops = 0; ; hops++) {
      Response response = fetcher.send(current);
      Optional<String> location = response.header("Location");
      if (!isRedirect(response.status()) || location.isEmpty()) {
        return response;
      }
      response.close();
      if (hops == MOST) {
        throw refused(request, "redirects more than " + MOST + " times");
      }
      current = step(current, response.status(), location.get(), policy);
    }
  }

  private static Request step(Request from, int status, String location, RedirectPolicy policy)
      throws IOException {
    URI to = target(from, location);
    if (!policy.allows(from.uri(), to)) {
      throw refused(from, "redirects to " + Request.where(to) + ", " + policy.refusal());
    }
    Map<String, String> headers = new HashMap<>(from.headers());
    if (!policy.entrusts(from.uri(), to)) {
      headers.keySet().removeIf(Redirects::secret);
    }
    if (status == 303 && !from.method().equals("HEAD")) {
      headers.keySet().removeIf(n -> n.toLowerCase(Locale.ROOT).startsWith("content-"));
      return new Request(
          "GET", to, headers, null, from.idleTimeout(), from.totalTimeout(), from.flow());
    }
    if (from.body() != null && !from.body().repeatable()) {
      throw refused(from, "redirects, and its body cannot be sent again");
    }
    return from.at(to, headers);
  }

  private static URI target(Request from, String location) throws RemoteException {
    try {
      URI to = from.uri().resolve(location);
      return from.at(to, Map.of()).uri();
    } catch (IllegalArgumentException e) {
      throw refused(from, "redirects to an unusable address");
    }
  }

  private static RemoteException refused(Request request, String why) {
    return new RemoteException(RemoteException.Kind.CLIENT, request.label() + " " + why);
  }

  private static boolean isRedirect(int status) {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> true;
      default -> false;
    };
  }

  /// What may let its holder in: also names that nobody registered, as those of object stores are.
  private static boolean secret(String header) {
    String name = header.toLowerCase(Locale.ROOT);
    return name.equals("authorization")
        || name.equals("cookie")
        || name.startsWith("transferheader")
        || name.startsWith("copy-header")
        || name.startsWith("x-");
  }

  static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("http") ? 80 : 443;
  }
}
