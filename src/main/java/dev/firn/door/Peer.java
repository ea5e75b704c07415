package dev.firn.door;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.HttpProblem;
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

  /// Says that the source refused `request`, and where that may come from the order, what the order
  /// lacks.
  static HttpProblem sourceRefused(int status, String what, Request request) {
    return refused("source", status, what, request);
  }

  static HttpProblem destinationRefused(int status, String what, Request request) {
    return refused("destination", status, what, request);
  }

  private static HttpProblem refused(String side, int status, String what, Request request) {
    boolean unnamed =
        (status == 401 || status == 403)
            && request.headers().keySet().stream().noneMatch("Authorization"::equalsIgnoreCase);
    String hint =
        unnamed
            ? "; no credential for the "
                + side
                + " was sent: give its token as TransferHeaderAuthorization"
            : "";
    return new HttpProblem(
        502, side + "-refused", "the " + side + " answered " + status + " to " + what + hint);
  }
}
