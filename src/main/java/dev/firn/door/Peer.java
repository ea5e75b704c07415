package dev.firn.door;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import java.io.IOException;

/// Speaks to the other side of third-party copies, within the bounds of a door.
final class Peer {
  private final HttpFetcher client;
  private final DoorConfig config;

  Peer(HttpFetcher client, DoorConfig config) {
    this.client = client;
    this.config = config;
  }

  /// A request to the peer of an order, with the headers it forwards.
  Request request(String method, CopyOrder order) {
    return new Request(method, order.peer(), order.headers(), null, config.copies().stall());
  }

  /// Sends, and follows redirects that the policy of peers allows.
  Response send(Request request) throws IOException {
    return client.sendFollowing(request, config.peers()::allowsRedirect);
  }
}
