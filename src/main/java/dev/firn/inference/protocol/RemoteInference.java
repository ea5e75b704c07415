package dev.firn.inference.protocol;

import dev.firn.http.HttpFetcher;
import dev.firn.http.RemoteException;
import dev.firn.inference.Inference;
import dev.firn.inference.InferenceException;
import dev.firn.inference.InferenceException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A server of the protocol, called.
public abstract class RemoteInference implements Inference {
  final HttpFetcher client;
  final Endpoint endpoint;

  /// Where a server is and how it is spoken to.
  ///
  /// @param url its address; of `grpc` and `grpcs` servers too, `http` or `https` being those
  ///   schemes without and with TLS
  /// @param grpc whether gRPC is spoken, or HTTP
  /// @param token asked before every request; null for none
  /// @param deadline longest time for one answer
  public record Endpoint(
      URI url, boolean grpc, Supplier<@Nullable String> token, Duration deadline) {}

  RemoteInference(HttpFetcher client, Endpoint endpoint) {
    this.client = client;
    this.endpoint = endpoint;
  }

  /// @param client speaks HTTP/2 for gRPC; it is not closed with the server
  public static RemoteInference of(HttpFetcher client, Endpoint endpoint) {
    return endpoint.grpc()
        ? new GrpcInference(client, endpoint)
        : new HttpInference(client, endpoint);
  }

  /// Whether it takes work for a model now. Proxies before a fleet of servers answer this question
  /// by how busy the fleet is.
  public abstract boolean admits(String model);

  /// How it is named in scores that do not say themselves who computed them.
  String name() {
    return endpoint.url().toString();
  }

  HttpFetcher.Request request(String method, String path) {
    String base = name();
    String at = (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path;
    return HttpFetcher.Request.of(method, URI.create(at))
        .withBearer(endpoint.token().get())
        .withIdleTimeout(endpoint.deadline())
        .withTotalTimeout(endpoint.deadline());
  }

  InferenceException failed(RemoteException e) {
    Kind kind =
        switch (e.kind()) {
          case CLIENT -> Kind.CLIENT;
          case CAPACITY -> Kind.CAPACITY;
          case REMOTE, UNKNOWN -> Kind.REMOTE;
        };
    return new InferenceException(kind, e.detail(), e);
  }

  static Kind kind(int status) {
    return switch (status) {
      case 401, 403 -> Kind.DENIED;
      case 404 -> Kind.NOT_FOUND;
      // Servers made with DJL say so of a model that is not ready.
      case 424 -> Kind.CAPACITY;
      default ->
          switch (RemoteException.kindOf(status)) {
            case CLIENT -> Kind.CLIENT;
            case CAPACITY -> Kind.CAPACITY;
            default -> Kind.REMOTE;
          };
    };
  }

  @Override
  public void close() {}
}
