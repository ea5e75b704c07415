package dev.firn.http;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.MetaData;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.api.server.ServerSessionListener;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// HTTP/2, and the stream below a request that came over it.
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

  /// Speaks HTTP/2, but not with clients that speak it wrongly.
  static HTTP2ServerConnectionFactory factory(HttpConfiguration configuration) {
    return new HTTP2ServerConnectionFactory(configuration) {
      @Override
      protected ServerSessionListener newSessionListener(Connector connector, EndPoint end) {
        return new HTTPServerSessionListener(end) {
          @Override
          public Stream.@Nullable Listener onNewStream(Stream stream, HeadersFrame frame) {
            return sentBack(stream, frame) ? null : super.onNewStream(stream, frame);
          }
        };
      }
    };
  }

  /// XRootD 5 ends what it pushes over HTTP/2 before the first byte. Told to use HTTP/1.1 (RFC 9113
  /// section 7), its client does the same again, and right. It must be told before the end of its
  /// body is read, which does not match the declared length and would be answered with an error.
  private static boolean sentBack(Stream stream, HeadersFrame frame) {
    if (!(frame.getMetaData() instanceof MetaData.Request request)) {
      return false;
    }
    String agent = request.getHttpFields().get(HttpHeader.USER_AGENT);
    if (!request.getMethod().equals("PUT") || agent == null || !agent.startsWith("xrootd-tpc/")) {
      return false;
    }
    stream.reset(
        new ResetFrame(stream.getId(), ErrorCode.HTTP_1_1_REQUIRED_ERROR.code), Callback.NOOP);
    return true;
  }
}
