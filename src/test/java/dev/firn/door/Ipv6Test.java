package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.token.AccessPolicy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Doors on `[::1]`, and copies between them.
class Ipv6Test {
  private static final InetAddress ADDRESS = InetAddress.ofLiteral("::1");

  @TempDir Path directory;
  private final byte[] bytes = new byte[3_000_000];
  private TestSite one;
  private TestSite two;

  @BeforeEach
  void start() throws Exception {
    assumeTrue(hasIpv6(), "this machine has no [::1]");
    new Random(6).nextBytes(bytes);
    TestSite.Options options = new TestSite.Options();
    options.address = ADDRESS;
    options.access =
        new Door.Access(options.access.authenticator(), AccessPolicy.open(List.of(ADDRESS)));
    two = TestSite.start(Files.createDirectories(directory.resolve("two")), options);
    options.config =
        config ->
            config.withPeers(
                PeerPolicy.PUBLIC_ONLY
                    .trustingPlain("[::1]:" + two.plainPort())
                    .trusting("[::1]:" + two.server.securePort()));
    options.trust = List.of(directory.resolve("two/ca.pem"));
    one = TestSite.start(Files.createDirectories(directory.resolve("one")), options);
  }

  private static boolean hasIpv6() throws SocketException {
    return NetworkInterface.getByInetAddress(ADDRESS) != null;
  }

  @AfterEach
  void stop() throws IOException {
    if (one != null) {
      one.close();
      two.close();
    }
  }

  private Answer ask(String method, String path, byte[] body, String... headers)
      throws IOException {
    try (RawClient client = new RawClient(new Socket(ADDRESS, one.plainPort()))) {
      String head = method + " " + path + " HTTP/1.1\r\nHost: [::1]:" + one.plainPort() + "\r\n";
      client.send(
          head
              + String.join("", List.of(headers).stream().map(h -> h + "\r\n").toList())
              + ("Content-Length: " + body.length + "\r\n\r\n"));
      client.send(body);
      return client.answer(method.equals("HEAD"));
    }
  }

  private Answer ask(String method, String path, String... headers) throws IOException {
    return ask(method, path, new byte[0], headers);
  }

  @Test
  void doorIsServedAndKnowsItsOwnAddress() throws IOException {
    assertThat(ask("PUT", "/data/f", bytes).status()).isEqualTo(201);
    assertThat(ask("GET", "/data/f").body()).isEqualTo(bytes);
    String here = "http://[::1]:" + one.plainPort();
    assertThat(ask("MOVE", "/data/f", "Destination: " + here + "/data/g").status()).isEqualTo(201);
    assertThat(ask("COPY", "/data/g", "Destination: " + here + "/data/h").status()).isEqualTo(201);
    assertThat(ask("PROPFIND", "/data/", "Depth: 1").text()).contains("/data/g", "/data/h");
    assertThat(ask("MOVE", "/data/g", "Destination: http://[::2]/data/x").status()).isEqualTo(502);
  }

  @ParameterizedTest
  @ValueSource(strings = {"http", "https"})
  void copiesGoBothWaysBetweenPeers(String scheme) throws IOException {
    int port = scheme.equals("http") ? two.plainPort() : two.server.securePort();
    String there = scheme + "://[::1]:" + port + "/data/";
    Files.write(two.files.resolve("source"), bytes);
    String checked = "RequireChecksumVerification: true";
    assertThat(ask("COPY", "/data/pulled", "Source: " + there + "source", checked).text())
        .endsWith("success: Created\n");
    assertThat(Files.readAllBytes(one.files.resolve("pulled"))).isEqualTo(bytes);
    assertThat(ask("COPY", "/data/pulled", "Destination: " + there + "sent", checked).text())
        .endsWith("success: Created\n");
    assertThat(Files.readAllBytes(two.files.resolve("sent"))).isEqualTo(bytes);
  }

  @Test
  void peersThatAreNotNamedAreRefusedByTheirAddress() throws IOException {
    for (String host : List.of("[::1]", "[fd00::1]", "[fe80::1]", "[::ffff:127.0.0.1]", "[::]")) {
      Answer refused = ask("COPY", "/data/x", "Source: https://" + host + ":8443/f");
      assertThat(refused.status()).as(host).isEqualTo(403);
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).contains("peer-not-allowed");
    }
  }
}
