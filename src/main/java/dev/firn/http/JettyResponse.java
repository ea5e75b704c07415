package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An answer of the Jetty client.
final class JettyResponse implements HttpFetcher.Response {
  private static final Logger LOG = LoggerFactory.getLogger(JettyResponse.class);

  /// A rest this short is read away on closing, so that the connection can serve again.
  private static final int DRAIN_BYTES = 64 * 1024;

  private final org.eclipse.jetty.client.Request request;
  private final org.eclipse.jetty.client.Response head;
  private final JettyBody body;

  JettyResponse(
      HttpFetcher.Request asked,
      org.eclipse.jetty.client.Request request,
      org.eclipse.jetty.client.Response head,
      InputStream raw) {
    this.request = request;
    this.head = head;
    this.body = new JettyBody(asked, raw);
  }

  @Override
  public int status() {
    return head.getStatus();
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(head.getHeaders().get(name));
  }

  @Override
  public List<String> headers(String name) {
    return head.getHeaders().getValuesList(name);
  }

  @Override
  public Optional<String> trailer(String name) {
    HttpFields trailers = head.getTrailers();
    return trailers == null ? Optional.empty() : Optional.ofNullable(trailers.get(name));
  }

  @Override
  public InputStream body() {
    return body;
  }

  @Override
  public void close() {
    try {
      if (!body.ended() && !drained()) {
        request.abort(new IOException("the answer was not wanted to its end"));
      }
      body.close();
    } catch (IOException e) {
      // The caller has what it wanted; the connection is given up either way.
      LOG.debug("closing an answer: {}", e.getMessage());
      request.abort(e);
    }
  }

  private boolean drained() throws IOException {
    long length = contentLength();
    if (request.getMethod().equals("HEAD") || (length >= 0 && length <= DRAIN_BYTES)) {
      return body.readNBytes(DRAIN_BYTES + 1).length <= DRAIN_BYTES;
    }
    return false;
  }
}
