package dev.firn.door;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import java.io.IOException;
import java.util.Optional;

/// XML bodies of requests.
final class Bodies {
  private static final int MAX_BYTES = 256 * 1024;

  private Bodies() {}

  /// The body as XML; empty when there is none.
  ///
  /// @throws HttpProblem 400 when it is not well-formed, 413 when it is too long
  static Optional<XmlElement> xml(Exchange exchange) throws IOException {
    if (exchange.contentLength() > MAX_BYTES) {
      throw tooLong();
    }
    byte[] body = exchange.body().readNBytes(MAX_BYTES + 1);
    if (body.length > MAX_BYTES) {
      throw tooLong();
    }
    return body.length == 0 ? Optional.empty() : Optional.of(XmlElement.parse(body));
  }

  private static HttpProblem tooLong() {
    return new HttpProblem(413, "body-too-long", "the body is longer than " + MAX_BYTES + " bytes");
  }
}
