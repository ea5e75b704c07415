package dev.firn.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Instant;
import java.util.List;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The HTTP server: HTTPS with HTTP/1.1 and HTTP/2, and plain HTTP on loopback addresses.
///
/// Every request runs on a platform thread of a bounded pool, because file bytes move on them. The
/// path of a request reaches the handler as it was sent, whatever it holds: telling names apart is
/// the work of one decoder above, and a server that normalises first would hide from it what it
/// must refuse. Framing is strict (RFC 9112 section 6): a message whose length can be read in two
/// ways is a 400 and ends the connection.
public final class HttpServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpServer.class);
  private static final int HEADER_BYTES = 32 * 1024;
  private static final int CHUNK_BYTES = 64 * 1024;

  /// The largest pieces that bodies move in, and the largest buffers that are kept for the next.
  static final int BODY_BYTES = 256 * 1024;

  private static final int BACKLOG = 4096;

  private final Server server;
  private final @Nullable ServerConnector secure;
  private final @Nullable ServerConnector plain;
  private final @Nullable CertificateFiles certificates;
  private final Connections connections;

  private HttpServer(HttpServerConfig config, Handler handler) throws IOException {
    QueuedThreadPool threads =
        new QueuedThreadPool(config.threads(), Math.min(8, config.threads()));
    threads.setName("http");
    server = new Server(threads, null, new ArrayByteBufferPool(0, -1, BODY_BYTES));
    connections = new Connections(config.clients(), server.getScheduler());
    HttpServerConfig.Tls tls = config.tls();
    if (tls == null) {
      secure = null;
      certificates = null;
    } else {
      NativeCiphers.offer();
      certificates = new CertificateFiles(tls.certificate(), tls.key());
      secure = connector(config, tls.address(), secureProtocols(certificates.contextFactory()));
    }
    InetSocketAddress plainAddress = config.plain();
    plain =
        plainAddress == null
            ? null
            : connector(
                config, plainAddress, List.of(new HttpConnectionFactory(httpConfiguration())));
    server.setHandler(new GracefulHandler(new JettyHandler(handler, connections)));
    server.setErrorHandler(new JettyHandler.Refusal());
    server.setStopTimeout(config.grace().toMillis());
  }

  /// Starts a server; when this returns, it answers.
  ///
  /// @throws IOException when an address cannot be bound or a certificate or key not be read
  public static HttpServer start(HttpServerConfig config, Handler handler) throws IOException {
    HttpServer server = new HttpServer(config, handler);
    try {
      server.server.start();
      server.connections.start();
    } catch (Exception e) {
      server.close();
      throw new IOException("cannot start the HTTP server: " + e.getMessage(), e);
    }
    return server;
  }

  private static HttpConfiguration httpConfiguration() {
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    configuration.setHttpCompliance(HttpCompliance.RFC9110);
    configuration.setUriCompliance(UriCompliance.UNSAFE);
    // The cache would hide in which spelling a header's value was sent.
    configuration.setHeaderCacheCaseSensitive(true);
    configuration.setRequestHeaderSize(HEADER_BYTES);
    configuration.setResponseHeaderSize(HEADER_BYTES);
    configuration.setOutputBufferSize(CHUNK_BYTES);
    configuration.setInputBufferSize(BODY_BYTES);
    return configuration;
  }

  private static List<ConnectionFactory> secureProtocols(SslContextFactory.Server context) {
    HttpConfiguration configuration = httpConfiguration();
    // Clients of the grid reach a door by many names; the certificate is theirs to check.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
    // The JDK decrypts from array to array two to three times as fast as to a direct buffer.
    http1.setUseInputDirectByteBuffers(false);
    HTTP2ServerConnectionFactory http2 = Http2.factory(configuration);
    http2.setInputBufferSize(CHUNK_BYTES);
    http2.setUseInputDirectByteBuffers(false);
    // Wide enough for 80 MB/s over a path of 100 ms.
    http2.setInitialStreamRecvWindow(8 * 1024 * 1024);
    http2.setInitialSessionRecvWindow(32 * 1024 * 1024);
    http2.setMaxConcurrentStreams(128);
    http2.setRateControlFactory(StreamResets.factory());
    ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
    alpn.setDefaultProtocol(HttpVersion.HTTP_1_1.asString());
    return List.of(TlsConnection.serverFactory(context, alpn.getProtocol()), alpn, http2, http1);
  }

  private ServerConnector connector(
      HttpServerConfig config, InetSocketAddress address, List<ConnectionFactory> protocols) {
    ServerConnector connector =
        new ServerConnector(server, protocols.toArray(ConnectionFactory[]::new)) {
          @Override
          protected SocketChannelEndPoint newEndPoint(
              SocketChannel channel, ManagedSelector selector, SelectionKey key) {
            SocketChannelEndPoint end =
                new FileEndPoint(channel, selector, key, getScheduler(), connections);
            end.setIdleTimeout(getIdleTimeout());
            return end;
          }
        };
    connector.setHost(address.getHostString());
    connector.setPort(address.getPort());
    connector.setIdleTimeout(config.idleTimeout().toMillis());
    // Jetty would cut, once it stops, whoever pauses for a second.
    connector.setShutdownIdleTimeout(config.idleTimeout().toMillis());
    connector.setAcceptQueueSize(BACKLOG);
    connector.setAcceptedTcpNoDelay(true);
    server.addConnector(connector);
    return connector;
  }

  /// The port HTTPS listens on.
  ///
  /// @throws IllegalStateException when there is no such listener
  public int securePort() {
    return port(secure);
  }

  /// The port plain HTTP listens on.
  ///
  /// @throws IllegalStateException when there is no such listener
  public int plainPort() {
    return port(plain);
  }

  private static int port(@Nullable ServerConnector connector) {
    if (connector == null) {
      throw new IllegalStateException("the server has no such listener");
    }
    return connector.getLocalPort();
  }

  /// When the host certificate in use ends; never where there is none.
  public Instant certificateEnds() {
    return certificates == null ? Instant.MAX : certificates.ends();
  }

  /// Takes the certificate and key from their files again when either has changed; new connections
  /// use them. What cannot be read is logged and leaves the old pair in use.
  ///
  /// @return whether a new pair is in use
  public boolean reloadCertificates() {
    if (certificates == null) {
      return false;
    }
    try {
      return certificates.reload();
    } catch (IOException e) {
      log.warn("keeping the old certificate: {}", e.getMessage());
      return false;
    }
  }

  /// Stops taking connections, closes those on which nothing is asked, lets running requests end
  /// within the grace, then cuts them.
  @Override
  public void close() {
    for (Connector connector : server.getConnectors()) {
      connector.shutdown();
    }
    connections.leave();
    try {
      server.stop();
    } catch (Exception e) {
      log.warn("HTTP server did not stop cleanly: {}", e.toString());
    }
  }
}
