package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// C29: a door behind an nginx that sends paths on as they came, and behind one that makes them
/// plain first. Whatever path a token for one directory is used with, the other's bytes never come,
/// and by way of a proxy nothing opens that the door itself would not.
@Tag("peer")
class ProxyDifferentialTest {
  private static final String SECRET = "bytes of the other directory";
  private static final List<String> TARGETS =
      List.of(
          "/data/open/f",
          "/data/open/../secret/f",
          "/data/open/%2e%2e/secret/f",
          "/data/open/%2E%2E/secret/f",
          "/data/open/.%2e/secret/f",
          "/data/open/..%2fsecret/f",
          "/data/open%2f..%2fsecret%2ff",
          "/data/open%2f%2e%2e%2fsecret%2ff",
          "/data/open/%252e%252e/secret/f",
          "/data/open/..%5csecret%5cf",
          "/data/open/..;/secret/f",
          "/data/open;x=../secret/f",
          "/data/open//../secret/f",
          "/data/open/.//./../secret/f",
          "/data//open/../../data/secret/f",
          "/data/open/%c0%ae%c0%ae/secret/f",
          "/data/open/%u002e%u002e/secret/f",
          "/data/open/f%00/../../secret/f",
          "/data/open/f%23/../../secret/f",
          "/data/open/f?/../../secret/f",
          "/data/open/f#/../../secret/f",
          "/data/secret/../open/f",
          "/data/secret/%2e%2e/open/f",
          "/data/secret/f",
          "/data/secret/./f",
          "/data/%73ecret/f",
          "/%64ata/secret/f",
          "/other/../data/secret/f",
          "/other/%2e%2e/data/secret/f",
          "http://elsewhere/data/secret/f");

  @TempDir Path directory;
  private TestTokens tokens;
  private TestSite site;
  private Process nginx;
  private int raw;
  private int plain;

  @BeforeEach
  void start() throws Exception {
    Command.assumeInstalled("nginx");
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    site = TestSite.start(Files.createDirectories(directory.resolve("site")), options);
    for (String name : List.of("open", "secret")) {
      Files.createDirectories(site.files.resolve(name));
    }
    Files.writeString(site.files.resolve("open/f"), "open");
    Files.writeString(site.files.resolve("secret/f"), SECRET);
    raw = freePort();
    plain = freePort();
    Path config =
        Files.writeString(
            directory.resolve("nginx.conf"),
            """
            daemon off;
            worker_processes 1;
            pid %1$s/nginx.pid;
            error_log %1$s/error.log;
            events { worker_connections 64; }
            http {
              access_log off;
              client_body_temp_path %1$s/body;
              proxy_temp_path %1$s/proxy;
              fastcgi_temp_path %1$s/fastcgi;
              uwsgi_temp_path %1$s/uwsgi;
              scgi_temp_path %1$s/scgi;
              server { listen 127.0.0.1:%2$d; location / { proxy_pass http://127.0.0.1:%4$d; } }
              server { listen 127.0.0.1:%3$d; location / { proxy_pass http://127.0.0.1:%4$d/; } }
            }
            """
                .formatted(directory, raw, plain, site.plainPort()));
    nginx =
        new ProcessBuilder("nginx", "-c", config.toString(), "-p", directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("nginx.out").toFile())
            .start();
    awaitPort(raw);
    awaitPort(plain);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port) throws Exception {
    for (int i = 0; ; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        assertThat(socket.isConnected()).isTrue();
        return;
      } catch (IOException e) {
        if (i == 500) {
          throw e;
        }
        Thread.sleep(20);
      }
    }
  }

  @AfterEach
  void stop() throws Exception {
    if (nginx != null) {
      nginx.destroy();
      if (!nginx.waitFor(10, TimeUnit.SECONDS)) {
        nginx.destroyForcibly().waitFor();
      }
    }
    if (site != null) {
      site.close();
    }
  }

  private static Answer ask(int port, String method, String target, String... headers)
      throws IOException {
    return RawClient.ask(
        port,
        "%s %s HTTP/1.1\r\nHost: door.example\r\nConnection: close\r\n%s\r\n"
            .formatted(
                method,
                target,
                String.join("", List.of(headers).stream().map(h -> h + "\r\n").toList())));
  }

  @Test
  void readingStaysWhereTheTokenIsFor() throws IOException {
    String token = "Authorization: " + tokens.bearer("storage.read:/data/open");
    for (String target : TARGETS) {
      Answer direct = ask(site.plainPort(), "GET", target, token);
      assertThat(direct.text()).as(target).doesNotContain(SECRET);
      Answer sentOn = ask(raw, "GET", target, token);
      assertThat(sentOn.text()).as(target).doesNotContain(SECRET);
      if (sentOn.status() == 200) {
        // nginx drops what begins with '#'; all else is what the door itself was asked.
        assertThat(direct.status() == 200 || target.contains("#")).as(target).isTrue();
      }
      Answer madePlain = ask(plain, "GET", target, token);
      assertThat(madePlain.text()).as(target).doesNotContain(SECRET);
      assertThat(madePlain.status() < 300).as(target).isEqualTo(madePlain.text().equals("open"));
    }
  }

  @Test
  void writingStaysWhereTheTokenIsFor() throws IOException {
    String token = "Authorization: " + tokens.bearer("storage.modify:/data/open");
    for (int port : List.of(site.plainPort(), raw, plain)) {
      for (String target : TARGETS) {
        ask(port, "PUT", target.replace("/f", "/new"), token, "Content-Length: 0");
        ask(port, "DELETE", target, token);
        ask(port, "MOVE", "/data/open/f", token, "Destination: " + target.replace("/f", "/moved"));
        assertThat(site.files.resolve("secret")).isDirectoryContaining("glob:**/f");
        assertThat(site.files.resolve("secret/f")).as(target).hasContent(SECRET);
        assertThat(site.files.resolve("secret/new")).as(target).doesNotExist();
        assertThat(site.files.resolve("secret/moved")).as(target).doesNotExist();
        Files.writeString(site.files.resolve("open/f"), "open");
      }
    }
  }
}
