package dev.firn.server;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.token.key.JwksFetcher;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/// Fetches issuers' documents with the site's own client and its trust.
final class IssuerDocuments implements JwksFetcher {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final HttpFetcher client;

  IssuerDocuments(HttpFetcher client) {
    this.client = client;
  }

  @Override
  public byte[] fetch(URI uri, int maxBytes) throws IOException {
    Request request =
        Request.of("GET", uri).withHeader("Accept", "application/json").withTotalTimeout(LIMIT);
    try (Response response = client.send(request)) {
      if (response.status() != 200) {
        throw new IOException(request.label() + " answered " + response.status());
      }
      byte[] body = response.body().readNBytes(maxBytes + 1);
      if (body.length > maxBytes) {
        throw new IOException(request.label() + ": more than " + maxBytes + " bytes");
      }
      return body;
    }
  }
}
