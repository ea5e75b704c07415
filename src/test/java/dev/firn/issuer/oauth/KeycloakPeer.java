package dev.firn.issuer.oauth;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.http.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.CookieManager;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// A real Keycloak with the realm of `realm.json`, on loopback ports of its own, with at most 512
/// MiB of heap and its database in memory. Its distribution is unpacked once below `target/peers`.
final class KeycloakPeer implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(300);
  private static final Path ARTIFACTS =
      Path.of(System.getProperty("user.home"), ".m2/repository/org/keycloak/keycloak-quarkus-dist");

  private final Process process;
  private final URI url;
  private final SSLContext tls;

  private KeycloakPeer(Process process, URI url, SSLContext tls) {
    this.process = process;
    this.url = url;
    this.tls = tls;
  }

  /// Skips the test that asks when the distribution was not fetched.
  static KeycloakPeer start(TestCertificates certificates, Path directory) throws Exception {
    Path zip = zip();
    assumeTrue(zip != null, "Keycloak's distribution is not in the local Maven repository");
    Path home = unpacked(zip);
    int port = freePort();
    URI url = URI.create("https://localhost:" + port);
    ProcessBuilder builder =
        new ProcessBuilder(
            home.resolve("bin/kc.sh").toString(),
            "start-dev",
            "--db=dev-mem",
            "--http-host=127.0.0.1",
            "--http-port=" + freePort(),
            "--https-port=" + port,
            "--hostname=" + url,
            "--https-certificate-file=" + certificates.certificate().toAbsolutePath(),
            "--https-certificate-key-file=" + certificates.key().toAbsolutePath(),
            "--import-realm");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("JAVA_OPTS_KC_HEAP", "-Xms64m -Xmx512m");
    builder.redirectErrorStream(true).redirectOutput(directory.resolve("keycloak.log").toFile());
    KeycloakPeer peer = new KeycloakPeer(builder.start(), url, trusting(certificates));
    try {
      peer.await(directory.resolve("keycloak.log"));
      return peer;
    } catch (IOException | InterruptedException | RuntimeException e) {
      peer.close();
      throw e;
    }
  }

  private static Path zip() throws IOException {
    if (!Files.isDirectory(ARTIFACTS)) {
      return null;
    }
    try (Stream<Path> files = Files.walk(ARTIFACTS, 2)) {
      return files
          .filter(file -> file.toString().endsWith(".zip"))
          .max(Comparator.naturalOrder())
          .orElse(null);
    }
  }

  private static Path unpacked(Path zip) throws IOException {
    Path peers = Files.createDirectories(Path.of("target/peers")).toAbsolutePath();
    String name =
        String.valueOf(zip.getFileName()).replace("-quarkus-dist", "").replace(".zip", "");
    Path home = peers.resolve(name);
    if (!Files.isDirectory(home)) {
      Path fresh = Files.createTempDirectory(peers, "unpacking");
      try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
        for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
          Path to = fresh.resolve(entry.getName()).normalize();
          if (!to.startsWith(fresh)) {
            throw new IOException("an entry leads elsewhere: " + entry.getName());
          }
          if (entry.isDirectory()) {
            Files.createDirectories(to);
          } else {
            Files.createDirectories(to.getParent());
            Files.copy(in, to);
          }
        }
      }
      try (DirectoryStream<Path> inside = Files.newDirectoryStream(fresh)) {
        Files.move(inside.iterator().next(), home);
      }
      Files.delete(fresh);
    }
    home.resolve("bin/kc.sh").toFile().setExecutable(true);
    Path imports = Files.createDirectories(home.resolve("data/import"));
    try (InputStream realm = KeycloakPeer.class.getResourceAsStream("realm.json")) {
      Files.copy(realm, imports.resolve("realm.json"), StandardCopyOption.REPLACE_EXISTING);
    }
    return home;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static SSLContext trusting(TestCertificates certificates) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    try (InputStream in = Files.newInputStream(certificates.authorityFile())) {
      store.setCertificateEntry(
          "ca", CertificateFactory.getInstance("X.509").generateCertificate(in));
    }
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private HttpClient browser() {
    return HttpClient.newBuilder()
        .sslContext(tls)
        .cookieHandler(new CookieManager())
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  private void await(Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    HttpRequest look =
        HttpRequest.newBuilder(URI.create(issuer() + "/.well-known/openid-configuration"))
            .timeout(Duration.ofSeconds(10))
            .build();
    while (System.nanoTime() < end && process.isAlive()) {
      try {
        if (browser().send(look, HttpResponse.BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // not up yet
      }
      Thread.sleep(500);
    }
    throw new IOException("Keycloak did not start:\n" + Files.readString(log));
  }

  String issuer() {
    return url + "/realms/observatory";
  }

  /// Does with a link to Keycloak's login page what a person with a browser does, and goes where
  /// that leads.
  void logIn(String link, String name, String password) throws IOException, InterruptedException {
    HttpClient browser = browser();
    HttpResponse<String> page =
        browser.send(
            HttpRequest.newBuilder(URI.create(link)).build(), HttpResponse.BodyHandlers.ofString());
    Matcher action = Pattern.compile("action=\"([^\"]+)\"").matcher(page.body());
    if (!action.find()) {
      throw new IOException("no form in " + page.statusCode() + " " + page.body());
    }
    HttpResponse<String> answer =
        browser.send(
            HttpRequest.newBuilder(URI.create(action.group(1).replace("&amp;", "&")))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        IssuerWorld.encoded(
                            "username", name, "password", password, "credentialId", "")))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    String location =
        answer
            .headers()
            .firstValue("Location")
            .orElseThrow(() -> new IOException("not logged in: " + answer.statusCode()));
    browser.send(
        HttpRequest.newBuilder(URI.create(location)).build(),
        HttpResponse.BodyHandlers.discarding());
  }

  @Override
  public void close() {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroy);
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
