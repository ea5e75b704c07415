package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Speaks HTTP outward: blocking, for platform threads, one shared by everybody in a process.
///
/// It follows no redirect, keeps no cookie, decodes no content coding and answers no authentication
/// challenge by itself: what leaves is what the caller wrote. A failure is a [RemoteException]
/// whose kind says whether the request may have taken effect.
public interface HttpFetcher extends AutoCloseable {
  /// Sends the request and returns when the head of the final answer is there. Every status is an
  /// answer, not an exception.
  ///
  /// @throws RemoteException when there is no answer
  Response send(Request request) throws IOException;

  @Override
  void close();

  /// Sends, and follows redirects (301, 302, 303, 307, 308) that `policy` allows, at most five. A
  /// body must be repeatable. `Authorization` and `TransferHeader*` go only to the origin they were
  /// meant for, and where `policy` entrusts them to another.
  ///
  /// @throws RemoteException of kind CLIENT when a redirect is refused or has no usable target
  default Response sendFollowing(Request request, RedirectPolicy policy) throws IOException {
    return Redirects.follow(this, request, policy);
  }

  /// Decides whether a redirect may be followed.
  @FunctionalInterface
  interface RedirectPolicy {
    /// Only within the scheme, host and port of the request.
    RedirectPolicy SAME_ORIGIN = Redirects::sameOrigin;

    boolean allows(URI from, URI to);

    /// Whether what may let its holder in goes along: `Authorization` and its like.
    default boolean entrusts(URI from, URI to) {
      return Redirects.sameOrigin(from, to);
    }

    /// The end of the sentence that says that a redirect is not followed, and what to do about it.
    default String refusal() {
      return "which is not allowed";
    }
  }

  /// What to send.
  ///
  /// @param uri absolute `http` or `https`, sent as it is written
  /// @param headers one value a name; `Content-Length` and `Host` are set by the fetcher
  /// @param idleTimeout longest time without a byte in either direction
  /// @param totalTimeout longest time for the whole exchange, body included; null for no limit
  /// @param flow sees the body bytes sent and received
  record Request(
      String method,
      URI uri,
      Map<String, String> headers,
      @Nullable BodySource body,
      Duration idleTimeout,
      @Nullable Duration totalTimeout,
      ByteFlow flow) {
    public static final Duration DEFAULT_IDLE = Duration.ofSeconds(60);

    public Request {
      if (!uri.isAbsolute() || uri.getHost() == null || uri.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "not an absolute URL with a host and without user info: " + Request.where(uri));
      }
      String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
      if (!scheme.equals("http") && !scheme.equals("https")) {
        throw new IllegalArgumentException("not an http or https URL: " + Request.where(uri));
      }
      headers = Map.copyOf(headers);
    }

    public Request(
        String method,
        URI uri,
        Map<String, String> headers,
        @Nullable BodySource body,
        Duration idleTimeout) {
      this(method, uri, headers, body, idleTimeout, null, ByteFlow.FREE);
    }

    /// A request without headers and body.
    public static Request of(String method, URI uri) {
      return new Request(method, uri, Map.of(), null, DEFAULT_IDLE);
    }

    public Request withHeader(String name, String value) {
      Map<String, String> more = new LinkedHashMap<>(headers);
      more.keySet().removeIf(name::equalsIgnoreCase);
      more.put(name, value);
      return new Request(method, uri, more, body, idleTimeout, totalTimeout, flow);
    }

    /// Adds `Authorization: Bearer`; nothing when `token` is null.
    public Request withBearer(@Nullable String token) {
      return token == null ? this : withHeader("Authorization", "Bearer " + token);
    }

    public Request withBody(BodySource source) {
      return new Request(method, uri, headers, source, idleTimeout, totalTimeout, flow);
    }

    public Request withIdleTimeout(Duration idle) {
      return new Request(method, uri, headers, body, idle, totalTimeout, flow);
    }

    public Request withTotalTimeout(Duration total) {
      return new Request(method, uri, headers, body, idleTimeout, total, flow);
    }

    public Request withFlow(ByteFlow newFlow) {
      return new Request(method, uri, headers, body, idleTimeout, totalTimeout, newFlow);
    }

    Request at(URI target, Map<String, String> newHeaders) {
      return new Request(method, target, newHeaders, body, idleTimeout, totalTimeout, flow);
    }

    /// Method and URL without its query, for messages.
    public String label() {
      return method + " " + where(uri);
    }

    static String where(URI uri) {
      String text = uri.toString();
      int query = text.indexOf('?');
      return RemoteException.oneLine(query < 0 ? text : text.substring(0, query));
    }

    /// Without header values, which may be secrets.
    @Override
    public String toString() {
      return label() + " " + headers.keySet();
    }
  }

  /// An answer. Must be closed; closing before the end of the body gives up the connection.
  interface Response extends AutoCloseable {
    int status();

    /// A header's first value, whatever the case of `name`.
    Optional<String> header(String name);

    List<String> headers(String name);

    /// A trailer's value; known only after the body has been read to its end.
    Optional<String> trailer(String name);

    /// The body. A body that ends before the far side said it would is a [RemoteException] of kind
    /// REMOTE from `read`, never an end of stream.
    InputStream body();

    /// The declared length of the body, or -1.
    default long contentLength() {
      return header("Content-Length").map(String::strip).map(Long::parseLong).orElse(-1L);
    }

    /// The body as UTF-8.
    ///
    /// @param limit bytes to read at most; what follows is dropped
    default String bodyText(int limit) throws IOException {
      return new String(body().readNBytes(limit), StandardCharsets.UTF_8);
    }

    @Override
    void close();
  }
}
