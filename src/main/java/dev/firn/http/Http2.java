package dev.firn.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// The stream below a request that came over HTTP/2.
final class Http2 {
  private Http2() {}

  private static boolean carries(Request request) {
    return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
  }

  private static @Nullable Stream stream(Request request) {
    return request.getConnectionMetaData().getConnection() instanceof HTTP2Connection connection
        ? connection.getSession().getStream(Integer.parseInt(request.getId()))
        : null;
  }

  /// Whether the stream of a request has ended on both sides. Jetty forgets a stream whose body
  /// does not match its declared length, and wakes nobody who waits for the rest.
  static boolean isGone(Request request) {
    return carries(request) && stream(request) == null;
  }

  /// XRootD 5 ends what it pushes over HTTP/2 before the first byte. Told to use HTTP/1.1 (RFC 9113
  /// section 7), its client does the same again, and right.
  ///
  /// @return whether the request is one of those and has been sent back
  static boolean sentBack(Request request) {
    String agent = request.getHeaders().get(HttpHeader.USER_AGENT);
    boolean push = request.getMethod().equals("PUT") && carries(request);
    if (!push || agent == null || !agent.startsWith("xrootd-tpc/")) {
      return false;
    }
    Stream stream = stream(request);
    if (stream != null) {
      stream.reset(
          new ResetFrame(stream.getId(), ErrorCode.HTTP_1_1_REQUIRED_ERROR.code), Callback.NOOP);
    }
    return true;
  }
}
