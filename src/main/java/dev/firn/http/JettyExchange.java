package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/// An [Exchange] over Jetty. One thread uses it at a time.
final class JettyExchange implements Exchange {
  static final Map<String, String> CLOSE = Map.of("Connection", "close");

  private static final List<String> DESCRIBING =
      List.of("ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Digest", "Repr-Digest");
  private static final Set<String> BODILESS = Set.of("GET", "HEAD", "DELETE", "OPTIONS", "TRACE");

  private final Request request;
  private final Response response;
  private final Pace pace;
  private @Nullable RequestBody body;
  private @Nullable JettyAnswer answer;
  private HttpFields.@Nullable Mutable trailers;
  private boolean answered;
  private boolean ended;

  JettyExchange(Request request, Response response, Pace pace) {
    this.request = request;
    this.response = response;
    this.pace = pace;
  }

  boolean answered() {
    return answered || response.isCommitted();
  }

  void requireEnded() throws IOException {
    JettyAnswer streamed = answer;
    if (!ended && (streamed == null || !streamed.ended())) {
      throw new IOException("the answer's body was left open");
    }
  }

  /// The path for a log line: no control characters, no query.
  String printablePath() {
    return rawPath().replaceAll("\\p{Cntrl}", "?");
  }

  /// Takes back what was said of a file that is not going to be sent.
  void describeNothing() {
    DESCRIBING.forEach(response.getHeaders()::remove);
  }

  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public String rawPath() {
    String path = request.getHttpURI().getPath();
    return path == null ? "" : path;
  }

  @Override
  public Optional<String> rawQuery() {
    return Optional.ofNullable(request.getHttpURI().getQuery());
  }

  @Override
  public Optional<String> query(String name) {
    return rawQuery().flatMap(query -> Queries.first(query, name));
  }

  @Override
  public Optional<String> header(String name) {
    List<String> values = headers(name);
    if (values.size() > 1) {
      throw new HttpProblem(400, "repeated-header", name + " was sent more than once");
    }
    return values.isEmpty() ? Optional.empty() : Optional.of(values.getFirst());
  }

  @Override
  public List<String> headers(String name) {
    // A request is asked for a dozen headers and has a few: no list is made for those it has not.
    List<String> values = List.of();
    for (HttpField field : request.getHeaders()) {
      if (field.is(name)) {
        String value = field.getValue() == null ? "" : field.getValue();
        if (values.isEmpty()) {
          values = List.of(value);
        } else {
          values = new ArrayList<>(values);
          values.add(value);
        }
      }
    }
    return values;
  }

  @Override
  public List<String> headerNames() {
    return request.getHeaders().stream().map(HttpField::getName).distinct().toList();
  }

  @Override
  public InetSocketAddress remote() {
    return inet(request.getConnectionMetaData().getRemoteSocketAddress());
  }

  @Override
  public InetSocketAddress local() {
    return inet(request.getConnectionMetaData().getLocalSocketAddress());
  }

  private static InetSocketAddress inet(SocketAddress address) {
    return address instanceof InetSocketAddress inet
        ? inet
        : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  public boolean secure() {
    return request.isSecure();
  }

  @Override
  public String authority() {
    String authority = request.getHttpURI().getAuthority();
    if (authority != null) {
      return authority;
    }
    String host = request.getHeaders().get(HttpHeader.HOST);
    return host == null ? "" : host;
  }

  @Override
  public long contentLength() {
    HttpField length = request.getHeaders().getField(HttpHeader.CONTENT_LENGTH);
    if (length != null) {
      return length.getLongValue();
    }
    if (request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING)) {
      return -1;
    }
    boolean framed = request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_2;
    return framed && !BODILESS.contains(method()) ? -1 : 0;
  }

  @Override
  public InputStream body() {
    RequestBody known = body;
    if (known == null) {
      known = new RequestBody(request, contentLength(), pace);
      body = known;
    }
    return known;
  }

  @Override
  public void receive(Taker taker) throws IOException {
    if (body != null) {
      throw new IllegalStateException("the body is being read as a stream");
    }
    RequestBody taken = new RequestBody(request, contentLength(), pace);
    body = taken;
    taken.giveTo(taker);
  }

  /// Gives back what was not read of the body.
  void closeBody() {
    RequestBody read = body;
    if (read != null) {
      read.close();
    }
  }

  @Override
  public void setHeader(String name, String value) {
    response.getHeaders().put(name, value);
  }

  @Override
  public void addHeader(String name, String value) {
    response.getHeaders().add(name, value);
  }

  @Override
  public void setTrailer(String name, String value) {
    HttpFields.Mutable fields = trailers;
    if (fields == null) {
      HttpFields.Mutable made = HttpFields.build();
      fields = made;
      trailers = made;
      response.setTrailersSupplier(() -> made);
    }
    fields.put(name, value);
  }

  @Override
  public void interim(int status, Map<String, String> headers) throws IOException {
    HttpVersion version = request.getConnectionMetaData().getHttpVersion();
    if (version == HttpVersion.HTTP_1_0) {
      return;
    }
    try {
      if (version == HttpVersion.HTTP_1_1) {
        writeInterim(status, headers).get();
      } else {
        HttpFields.Mutable fields = HttpFields.build();
        headers.forEach(fields::put);
        response.writeInterim(status, fields).get();
      }
    } catch (ExecutionException e) {
      throw new EofException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped while an interim answer was sent");
    }
  }

  /// Over HTTP/1.1 Jetty sends headers with 103 only, and 104 is nothing without them. Nothing else
  /// is being written while the handler runs and has not answered.
  private CompletableFuture<Void> writeInterim(int status, Map<String, String> headers) {
    StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Interim\r\n");
    headers.forEach((name, value) -> head.append(new HttpField(name, value)).append("\r\n"));
    byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
    Callback.Completable written = new Callback.Completable();
    request
        .getConnectionMetaData()
        .getConnection()
        .getEndPoint()
        .write(written, ByteBuffer.wrap(bytes));
    return written;
  }

  @Override
  public void respond(int status) throws IOException {
    begin(status);
    if (status >= 200 && status != 204 && status != 304) {
      if (!response.getHeaders().contains(HttpHeader.CONTENT_LENGTH)) {
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, 0);
      }
    }
    ended = true;
    Content.Sink.write(response, true, JettyAnswer.NOTHING.duplicate());
  }

  @Override
  public void respond(int status, String contentType, byte[] bytes) throws IOException {
    begin(status);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
    ended = true;
    boolean head = method().equals("HEAD");
    Content.Sink.write(
        response, true, head ? JettyAnswer.NOTHING.duplicate() : ByteBuffer.wrap(bytes));
  }

  @Override
  public Body start(int status) {
    begin(status);
    JettyAnswer started = new JettyAnswer(request, response, pace);
    answer = started;
    return started;
  }

  private void begin(int status) {
    if (answered) {
      throw new IllegalStateException("the request was already answered");
    }
    answered = true;
    response.setStatus(status);
  }
}
