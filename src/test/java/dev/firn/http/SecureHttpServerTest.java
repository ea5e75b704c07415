package dev.firn.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecureHttpServerTest {
  @TempDir Path directory;
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private TestCertificates certificates;
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    server =
        HttpServer.start(
            HttpServerConfig.https(address, certificates.certificate(), certificates.key()),
            this::answer);
  }

  private void answer(Exchange exchange) throws IOException {
    if (exchange.rawPath().equals("/slow")) {
      entered.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    String text =
        exchange.secure()
            + " "
            + exchange.body().readAllBytes().length
            + " "
            + exchange.authority();
    exchange.respond(200, "text/plain", text.getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest put(String path) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + server.securePort() + path))
        .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[300_000]))
        .build();
  }

  @Test
  void bothProtocolsAreSpoken() throws Exception {
    for (HttpClient.Version version : HttpClient.Version.values()) {
      if (version.name().equals("HTTP_3")) {
        continue;
      }
      try (HttpClient client =
          HttpClient.newBuilder().sslContext(certificates.trust()).version(version).build()) {
        HttpResponse<String> answer = client.send(put("/x"), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.version()).isEqualTo(version);
        assertThat(answer.body()).isEqualTo("true 300000 localhost:" + server.securePort());
      }
    }
  }

  @Test
  void newCertificateIsUsedWithoutRestart() throws Exception {
    X509Certificate before = presented();
    assertThat(server.reloadCertificates()).isFalse();
    certificates.issueHost();
    FileTime later =
        FileTime.fromMillis(Files.getLastModifiedTime(certificates.key()).toMillis() + 2000);
    Files.setLastModifiedTime(certificates.key(), later);
    assertThat(server.reloadCertificates()).isTrue();
    assertThat(presented()).isNotEqualTo(before);
    Files.writeString(certificates.certificate(), "broken");
    assertThat(server.reloadCertificates()).isFalse();
    assertThat(presented()).isNotEqualTo(before);
  }

  private X509Certificate presented() throws Exception {
    try (Socket socket =
        certificates.trust().getSocketFactory().createSocket("localhost", server.securePort())) {
      SSLSocket secure = (SSLSocket) socket;
      return (X509Certificate) secure.getSession().getPeerCertificates()[0];
    }
  }

  @Test
  void stoppingLetsARunningRequestEnd() throws Exception {
    try (HttpClient client = HttpClient.newBuilder().sslContext(certificates.trust()).build()) {
      CompletableFuture<HttpResponse<String>> running =
          client.sendAsync(put("/slow"), HttpResponse.BodyHandlers.ofString());
      entered.await();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      release.countDown();
      assertThat(running.get().statusCode()).isEqualTo(200);
      stopped.get();
    }
  }
}
