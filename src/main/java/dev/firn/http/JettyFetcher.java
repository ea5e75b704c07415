package dev.firn.http;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.eclipse.jetty.client.ContinueProtocolHandler;
import org.eclipse.jetty.client.EarlyHintsProtocolHandler;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.HttpClientTransport;
import org.eclipse.jetty.client.InputStreamResponseListener;
import org.eclipse.jetty.client.ProcessingProtocolHandler;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/// [HttpFetcher] over the Jetty client, HTTP/1.1 or HTTP/2.
///
/// The caller's thread sends and reads; bodies to send are read on Jetty's pool of platform
/// threads, which is larger than the number of movers a process admits.
final class JettyFetcher implements HttpFetcher {
  private static final int MAX_THREADS = 256;
  private static final int MAX_CONNECTIONS_PER_ORIGIN = 512;
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "PROPFIND");

  private final HttpClient client;

  private JettyFetcher(HttpClient client) {
    this.client = client;
  }

  static HttpFetcher start(
      SslContextFactory.Client tls,
      Duration connectTimeout,
      AddressFilter filter,
      Function<ClientConnector, HttpClientTransport> transport)
      throws IOException {
    QueuedThreadPool threads = new QueuedThreadPool(MAX_THREADS, 2);
    threads.setName("http-client");
    threads.setDaemon(true);
    ClientConnector connector = TlsConnection.clientConnector(tls);
    connector.setSelectors(1);
    HttpClient client = new HttpClient(transport.apply(connector));
    client.setExecutor(threads);
    client.setByteBufferPool(new ArrayByteBufferPool(0, -1, HttpServer.BODY_BYTES));
    client.setConnectTimeout(connectTimeout.toMillis());
    client.setAddressResolutionTimeout(connectTimeout.toMillis());
    if (filter != AddressFilter.ANY) {
      client.setSocketAddressResolver(new FilteringResolver(threads, filter));
    }
    client.setFollowRedirects(false);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setUserAgentField(new HttpField(HttpHeader.USER_AGENT, "firn"));
    client.setMaxConnectionsPerDestination(MAX_CONNECTIONS_PER_ORIGIN);
    client.setRequestBufferSize(BUFFER_BYTES);
    client.setResponseBufferSize(HttpServer.BODY_BYTES);
    client.setDestinationIdleTimeout(Duration.ofMinutes(10).toMillis());
    try {
      client.start();
    } catch (Exception e) {
      throw new IOException("the HTTP client does not start: " + e.getMessage(), e);
    }
    // Jetty adds these at start. A 401 or a redirect is the caller's business.
    client.getContentDecoderFactories().clear();
    client.getProtocolHandlers().clear();
    client.getProtocolHandlers().put(new ContinueProtocolHandler());
    client.getProtocolHandlers().put(new ProcessingProtocolHandler());
    client.getProtocolHandlers().put(new EarlyHintsProtocolHandler());
    client.getProtocolHandlers().put(new UploadProgress());
    return new JettyFetcher(client);
  }

  @Override
  public Response send(Request request) throws IOException {
    try {
      return sendOnce(request);
    } catch (RemoteException e) {
      // A pooled connection that the far side had closed meanwhile fails at once, and says nothing
      // about the far side.
      if (e.getCause() instanceof ClosedBeforeAnswer && SAFE.contains(request.method())) {
        return sendOnce(request);
      }
      throw e;
    }
  }

  /// Passes over 104 (Upload Resumption Supported), which Jetty would take for the final answer.
  private static final class UploadProgress extends EarlyHintsProtocolHandler {
    private static final int STATUS = 104;

    @Override
    public String getName() {
      return "upload-progress";
    }

    @Override
    public boolean accept(
        org.eclipse.jetty.client.Request request, org.eclipse.jetty.client.Response response) {
      return response.getStatus() == STATUS;
    }
  }

  /// Keeps an answer that came whole although its request was not sent whole, as one that refuses
  /// instead of asking for the body: Jetty drops what was not read by then, and calls it the end.
  private static final class ReceivedAnswer extends InputStreamResponseListener {
    private volatile boolean whole;

    @Override
    public void onSuccess(org.eclipse.jetty.client.Response response) {
      super.onSuccess(response);
      whole = true;
    }

    @Override
    public void onComplete(Result result) {
      super.onComplete(whole ? new Result(result.getRequest(), result.getResponse()) : result);
    }
  }

  /// Marks that the connection was closed without a byte of an answer.
  private static final class ClosedBeforeAnswer extends IOException {
    private static final long serialVersionUID = 1L;

    ClosedBeforeAnswer(Throwable cause) {
      super("the connection was closed before an answer came", cause);
    }
  }

  private Response sendOnce(Request request) throws IOException {
    AtomicBoolean begun = new AtomicBoolean();
    org.eclipse.jetty.client.Request jetty =
        client
            .newRequest(request.uri())
            .method(request.method())
            .idleTimeout(request.idleTimeout().toMillis(), TimeUnit.MILLISECONDS)
            .onRequestBegin(r -> begun.set(true));
    if (request.totalTimeout() != null) {
      jetty.timeout(request.totalTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }
    jetty.headers(fields -> {
      fields.remove(HttpHeader.ACCEPT_ENCODING);
      request
          .headers()
          .forEach((name, value) -> {
            if (!HttpHeader.HOST.is(name) && !HttpHeader.CONTENT_LENGTH.is(name)) {
              fields.put(name, value);
            }
          });
    });
    if (request.body() != null) {
      jetty.body(BodyContent.open(client.getByteBufferPool(), request));
    }
    InputStreamResponseListener listener = new ReceivedAnswer();
    jetty.send(listener);
    try {
      var head = listener.get(Long.MAX_VALUE, TimeUnit.NANOSECONDS);
      return new JettyResponse(request, jetty, head, listener.getInputStream());
    } catch (ExecutionException e) {
      throw failure(request, Objects.requireNonNullElse(e.getCause(), e), begun.get());
    } catch (TimeoutException e) {
      throw failure(request, e, begun.get());
    } catch (InterruptedException e) {
      jetty.abort(e);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(request.label() + " was stopped");
    }
  }

  private static RemoteException failure(Request request, Throwable cause, boolean begun) {
    boolean safe = SAFE.contains(request.method());
    RemoteException.Kind kind =
        safe || !begun ? RemoteException.Kind.REMOTE : RemoteException.Kind.UNKNOWN;
    String label = request.label();
    if (cause instanceof BodyContent.Unreadable) {
      return new RemoteException(
          RemoteException.Kind.CLIENT, 0, label + ": " + cause.getMessage(), cause);
    }
    Optional<String> unreached = unreached(cause);
    if (unreached.isPresent()) {
      return new RemoteException(
          RemoteException.Kind.REMOTE, 0, label + ": " + unreached.get(), cause);
    }
    if (cause instanceof TimeoutException || cause instanceof SocketTimeoutException) {
      return new RemoteException(
          kind,
          0,
          label
              + (begun ? ": no answer in time: " : ": cannot connect in time: ")
              + cause.getMessage(),
          cause);
    }
    if (cause instanceof SSLException) {
      return new RemoteException(kind, 0, label + ": TLS failed: " + cause.getMessage(), cause);
    }
    if (cause instanceof EOFException || cause instanceof ClosedChannelException) {
      ClosedBeforeAnswer closed = new ClosedBeforeAnswer(cause);
      return new RemoteException(kind, 0, label + ": " + closed.getMessage(), closed);
    }
    return new RemoteException(kind, 0, label + ": " + describe(cause), cause);
  }

  /// Why the far side was never spoken to, when that is what happened.
  private static Optional<String> unreached(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      String why =
          switch (t) {
            case UnknownHostException _, UnresolvedAddressException _ -> "no such host";
            case SSLHandshakeException tls -> "TLS handshake failed: " + describe(tls);
            case ConnectException refused -> "cannot connect: " + describe(refused);
            case NoRouteToHostException _ -> "no route to host";
            default -> "";
          };
      if (!why.isEmpty()) {
        return Optional.of(why);
      }
    }
    return Optional.empty();
  }

  static String describe(Throwable cause) {
    String said = cause.getMessage();
    return said == null ? cause.getClass().getSimpleName() : RemoteException.oneLine(said);
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client does not stop", e);
    }
  }
}
