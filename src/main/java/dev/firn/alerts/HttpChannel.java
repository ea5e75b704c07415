package dev.firn.alerts;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// Notices by POST. The receiver knows a notice by its `Idempotency-Key`, `EVENT/REVISION`, and
/// answers 2xx; 409 means that it has it already. Tests and injections go to an address of their
/// own, and nowhere when there is none: a receiver need not look at the tense.
public final class HttpChannel implements Channel {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final String name;
  private final URI url;
  private final Optional<URI> testUrl;
  private final HttpFetcher client;

  /// @param testUrl for tests and injections
  public HttpChannel(String name, URI url, Optional<URI> testUrl, HttpFetcher client) {
    this.name = name;
    this.url = url;
    this.testUrl = testUrl;
    this.client = client;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String position(Notice notice) {
    return "";
  }

  @Override
  public String send(Notice notice) throws IOException {
    Optional<URI> place = notice.tense().equals(Notice.EARNEST) ? Optional.of(url) : testUrl;
    if (place.isEmpty()) {
      throw new IOException("there is no address for tests");
    }
    Request request =
        Request.of("POST", place.get())
            .withHeader("Content-Type", "application/json")
            .withHeader("Idempotency-Key", notice.key())
            .withTotalTimeout(PATIENCE)
            .withBody(BodySource.bytes(Json.bytes(notice.payload())));
    try (Response response = client.send(request)) {
      int status = response.status();
      if (status / 100 == 2 || status == 409) {
        return "answered " + status;
      }
      throw new IOException("the receiver answered " + status);
    }
  }

  /// The receiver itself tells a notice that it has; it is asked by sending again.
  @Override
  public Optional<String> find(Notice notice, String position) {
    return Optional.empty();
  }

  @Override
  public void close() {
    // The client belongs to whoever made this.
  }
}
