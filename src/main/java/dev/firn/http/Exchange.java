package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One request and its answer, as a handler sees them.
///
/// Response headers are set first; [#respond(int)] or [#start(int)] then sends the head once.
public interface Exchange {
  String method();

  /// The path of the request target as sent: still percent-encoded, without the query.
  String rawPath();

  /// The query as sent, without the `?`.
  Optional<String> rawQuery();

  /// The decoded value of a query parameter, the first when it is repeated.
  Optional<String> query(String name);

  /// A request header's only value; empty when absent.
  ///
  /// @throws HttpProblem 400 when the header came more than once
  Optional<String> header(String name);

  /// All values of a request header, in order.
  List<String> headers(String name);

  /// Names of all request headers, as sent.
  List<String> headerNames();

  InetSocketAddress remote();

  /// Whom bounds of one client count: the remote address, and of IPv6 the network of 64 bits that
  /// one machine has for itself.
  default InetAddress machine() {
    return machine(remote().getAddress());
  }

  /// The same for an address.
  static InetAddress machine(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return address;
    }
    Arrays.fill(bytes, 8, 16, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // an address of 16 bytes is one
    }
  }

  /// This side of the connection.
  InetSocketAddress local();

  /// Whether the connection is TLS.
  boolean secure();

  /// Host and port the request was addressed to (`Host` or `:authority`), as sent.
  String authority();

  /// The declared length of the body, or -1 when it is chunked; 0 when there is none.
  long contentLength();

  /// The request's body. The first read sends `100 Continue` when the client waits for it. A body
  /// that ends before its declared length is an `IOException`, never an end of stream.
  InputStream body() throws IOException;

  /// Hands the whole body to `taker`, piece by piece and without a copy where the server can. A
  /// body is taken either in this way or as [#body()], and with the same errors.
  default void receive(Taker taker) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    InputStream in = body();
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      taker.take(ByteBuffer.wrap(buffer, 0, n));
    }
  }

  /// Takes all of a piece before it returns; the buffer is the server's.
  @FunctionalInterface
  interface Taker {
    void take(ByteBuffer piece) throws IOException;
  }

  void setHeader(String name, String value);

  void addHeader(String name, String value);

  /// Sets a field that follows the body. Set before the head is sent; HTTP/1.1 sends them only with
  /// a body in chunks.
  void setTrailer(String name, String value);

  /// Sends an interim answer (1xx) with `headers` alone, before the final one. A client of HTTP/1.0
  /// knows none and is sent none.
  void interim(int status, Map<String, String> headers) throws IOException;

  /// Answers without a body.
  void respond(int status) throws IOException;

  /// Answers with `bytes`; for HEAD only the head is sent.
  void respond(int status, String contentType, byte[] bytes) throws IOException;

  /// Sends the head and returns where the body goes. `Content-Length` is set as a header
  /// beforehand, or the body is chunked.
  Body start(int status) throws IOException;

  /// Where a streamed answer's bytes go. Closing it ends the answer; leaving it open after an
  /// exception makes the server cut the connection, so that a client never takes half an answer for
  /// a whole one.
  interface Body extends AutoCloseable {
    /// Writes all remaining bytes, blocking until they are handed over.
    void write(ByteBuffer bytes) throws IOException;

    /// Writes `count` bytes of a file, blocking until they are handed over. On a plain connection
    /// the kernel moves them.
    ///
    /// @throws java.io.EOFException when the file has become shorter
    void send(FileSource file, long first, long count) throws IOException;

    /// Pushes what was written to the client now.
    void flush() throws IOException;

    @Override
    void close() throws IOException;
  }
}
