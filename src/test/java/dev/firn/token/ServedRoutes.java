package dev.firn.token;

import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// Routes behind a server on loopback, with a client that asks them.
public final class ServedRoutes implements AutoCloseable {
  private final HttpServer server;

  /// Adds what is to be served.
  @FunctionalInterface
  public interface Routes {
    void addTo(Router router, Authenticator authenticator, AccessPolicy policy);
  }

  private ServedRoutes(Routes routes, Authenticator authenticator, AccessPolicy policy)
      throws IOException {
    Router router = new Router();
    routes.addTo(router, authenticator, policy);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
  }

  /// For callers whose tokens `authenticator` accepts, by what `policy` allows.
  public static ServedRoutes of(Authenticator authenticator, AccessPolicy policy, Routes routes)
      throws IOException {
    return new ServedRoutes(routes, authenticator, policy);
  }

  /// Everybody on this machine may do everything.
  public static ServedRoutes open(Routes routes) throws IOException {
    return of(
        trustingNobody(), AccessPolicy.open(List.of(InetAddress.getLoopbackAddress())), routes);
  }

  /// Nobody may do anything.
  public static ServedRoutes shut(Routes routes) throws IOException {
    return of(trustingNobody(), AccessPolicy.of(List.of(), List.of()), routes);
  }

  private static Authenticator trustingNobody() {
    return new Authenticator(List.of(), Set.of(), Revocations.NONE, InstantSource.system());
  }

  /// Where they are, without a path.
  public String url() {
    return "http://127.0.0.1:" + server.plainPort();
  }

  /// A question to `path`, to be completed.
  public HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(url() + path));
  }

  public HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  public HttpResponse<String> send(String method, String path, String body)
      throws IOException, InterruptedException {
    return send(to(path).method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  @Override
  public void close() {
    server.close();
  }
}
