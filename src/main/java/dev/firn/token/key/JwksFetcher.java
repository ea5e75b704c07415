package dev.firn.token.key;

import java.io.IOException;
import java.net.URI;

/// Fetches an issuer's documents. The wiring gives one that speaks TLS with verified certificates,
/// gives up after five seconds of silence, and does not follow redirects.
@FunctionalInterface
public interface JwksFetcher {
  /// The body of a 200 answer.
  ///
  /// @param uri always https
  /// @param maxBytes more than this is an `IOException`, thrown without reading on
  /// @throws IOException for any other status, and when there is no answer
  byte[] fetch(URI uri, int maxBytes) throws IOException;
}
