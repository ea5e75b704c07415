package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.RawClient;
import dev.firn.http.RawClient.Answer;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.AccessRule;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Callers who claim by other means than a token to be somebody, at a door whose public may read
/// `/data/open` and nothing else.
class HostileCallersTest {
  @TempDir Path directory;
  private TestSite site;

  @BeforeEach
  void open() throws Exception {
    TrustedIssuer issuer =
        TrustedIssuer.of(
            "https://issuer.example",
            LogicalName.ROOT,
            (keyId, algorithm) -> new KeySource.Answer.Unknown());
    TestSite.Options options = new TestSite.Options();
    options.access =
        new Door.Access(
            new Authenticator(
                List.of(issuer),
                Set.of("https://door.example"),
                Revocations.NONE,
                InstantSource.system()),
            AccessPolicy.of(
                List.of(issuer), List.of(AccessRule.publicRead(LogicalName.parse("/data/open")))));
    site = TestSite.start(directory, options);
    Files.createDirectories(site.files.resolve("open"));
    Files.writeString(site.files.resolve("open/f"), "public");
    Files.writeString(site.files.resolve("secret"), "secret");
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private Answer ask(String method, String path, String... headers) throws IOException {
    StringBuilder request =
        new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: door.example\r\n");
    for (String header : headers) {
      request.append(header).append("\r\n");
    }
    return RawClient.ask(site.plainPort(), request + "Connection: close\r\n\r\n");
  }

  @Test
  void anInvalidTokenIsRefusedWhereThePublicMayReadK11() throws IOException {
    assertThat(ask("GET", "/data/open/f").text()).isEqualTo("public");
    for (String bad :
        List.of("Bearer x", "Bearer eyJhbGciOiJub25lIn0.e30.x", "Basic YTpi", "Negotiate x")) {
      Answer answer = ask("GET", "/data/open/f", "Authorization: " + bad);
      assertThat(answer.status()).as(bad).isEqualTo(401);
      assertThat(answer.text()).doesNotContain("public");
    }
  }

  @Test
  void twoAuthorizationHeadersAreRefusedD11() throws IOException {
    assertThat(
            ask("GET", "/data/open/f", "Authorization: Bearer x", "Authorization: Bearer y")
                .status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For: 127.0.0.1",
        "X-Forwarded-Host: localhost",
        "X-Forwarded-User: admin",
        "X-Remote-User: admin",
        "X-Original-URI: /data/open/f",
        "X-Original-URL: /data/open/f",
        "X-Rewrite-URL: /data/open/f",
        "Forwarded: for=127.0.0.1;host=localhost",
        "X-UID: 0",
        "X_UID: 0",
        "Cookie: token=x",
        "Proxy-Authorization: Bearer x"
      })
  void headersOfProxiesMakeNobodyAnybodyD12(String header) throws IOException {
    Answer answer = ask("GET", "/data/secret", header);
    assertThat(answer.status()).isIn(400, 401);
    assertThat(answer.text()).doesNotContain("secret\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-HTTP-Method-Override: DELETE",
        "X-HTTP-Method: DELETE",
        "X-Method-Override: DELETE"
      })
  void theMethodIsTheOneOfTheRequestLineD12(String header) throws IOException {
    assertThat(ask("GET", "/data/open/f", header).text()).isEqualTo("public");
    assertThat(site.files.resolve("open/f")).exists();
  }

  @Test
  void nobodyIsUpgradedToAnotherProtocolD13() throws IOException {
    for (String upgrade : List.of("h2c", "websocket", "TLS/1.3")) {
      Answer answer = ask("GET", "/data/secret", "Upgrade: " + upgrade);
      assertThat(answer.status()).as(upgrade).isIn(400, 401);
    }
    Answer preface = ask("PRI", "*", "Upgrade: h2c");
    assertThat(preface.status()).isBetween(400, 599);
  }
}
