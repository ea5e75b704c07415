package dev.firn.http;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.eclipse.jetty.client.HttpClientTransport;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/// Makes the process's one [HttpFetcher].
public final class HttpClients {
  private static final int HTTP2_WINDOW = 8 * 1024 * 1024;

  private HttpClients() {}

  /// Whom to trust and how long to knock.
  ///
  /// @param caFiles PEM files with certificates of authorities trusted beside the system's
  /// @param systemTrust whether the authorities that come with the JDK are trusted too
  /// @param connectTimeout longest time to set up a connection
  public record Config(List<Path> caFiles, boolean systemTrust, Duration connectTimeout) {
    public Config {
      caFiles = List.copyOf(caFiles);
    }

    /// The system's authorities and those in `caFiles`; ten seconds to connect.
    public static Config trusting(Path... caFiles) {
      return new Config(List.of(caFiles), true, Duration.ofSeconds(10));
    }
  }

  /// @throws IOException when a CA file cannot be read or holds no certificate
  public static HttpFetcher create(Config config) throws IOException {
    return create(config, AddressFilter.ANY);
  }

  /// A fetcher that connects only to addresses that `filter` allows, for requests to hosts that a
  /// client names.
  ///
  /// @throws IOException when a CA file cannot be read or holds no certificate
  public static HttpFetcher create(Config config, AddressFilter filter) throws IOException {
    return JettyFetcher.start(
        tls(config), config.connectTimeout(), filter, HttpClientTransportOverHTTP::new);
  }

  /// A fetcher that speaks HTTP/2, for gRPC; over plain connections it does so from the first byte.
  ///
  /// @throws IOException when a CA file cannot be read or holds no certificate
  public static HttpFetcher createHttp2(Config config) throws IOException {
    return JettyFetcher.start(
        tls(config), config.connectTimeout(), AddressFilter.ANY, HttpClients::http2);
  }

  private static HttpClientTransport http2(ClientConnector connector) {
    HTTP2Client client = new HTTP2Client(connector);
    client.setInitialStreamRecvWindow(HTTP2_WINDOW);
    client.setInitialSessionRecvWindow(4 * HTTP2_WINDOW);
    return new HttpClientTransportOverHTTP2(client);
  }

  private static SslContextFactory.Client tls(Config config) throws IOException {
    NativeCiphers.offer();
    SslContextFactory.Client tls = new SslContextFactory.Client();
    tls.setTrustStore(trustStore(config));
    return tls;
  }

  private static KeyStore trustStore(Config config) throws IOException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      List<X509Certificate> trusted = new ArrayList<>();
      if (config.systemTrust()) {
        trusted.addAll(systemAuthorities());
      }
      for (Path file : config.caFiles()) {
        trusted.addAll(read(file));
      }
      for (int i = 0; i < trusted.size(); i++) {
        store.setCertificateEntry("ca-" + i, trusted.get(i));
      }
      return store;
    } catch (GeneralSecurityException e) {
      throw new IOException("the trust store cannot be built: " + e.getMessage(), e);
    }
  }

  private static List<X509Certificate> systemAuthorities() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((@Nullable KeyStore) null);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        return List.of(x509.getAcceptedIssuers());
      }
    }
    return List.of();
  }

  private static List<X509Certificate> read(Path file) throws IOException {
    List<X509Certificate> certificates = new ArrayList<>();
    try (InputStream in = Files.newInputStream(file)) {
      for (Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        certificates.add((X509Certificate) c);
      }
    } catch (GeneralSecurityException e) {
      throw new IOException("not a PEM file of certificates: " + file, e);
    }
    if (certificates.isEmpty()) {
      throw new IOException("no certificate in " + file);
    }
    return certificates;
  }
}
