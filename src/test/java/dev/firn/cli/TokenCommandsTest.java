package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.oauth.IssuerRoutes;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessRule;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Revocations;
import dev.firn.token.Right;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

class TokenCommandsTest {
  private static final String ISSUER = "https://localhost:8443";

  @TempDir static Path directory;

  private static TokenSigner signer;
  private static Authenticator authenticator;
  private static HttpServer server;

  @BeforeAll
  static void start() throws IOException {
    InstantSource clock = InstantSource.system();
    signer = TokenSigner.open(directory.resolve("keys"), ISSUER, clock, UUID::randomUUID);
    TrustedIssuer own = TrustedIssuer.of(ISSUER, LogicalName.ROOT, signer.keys()).asOwn();
    authenticator = new Authenticator(List.of(own), Set.of(ISSUER), Revocations.NONE, clock);
    Router router = new Router();
    new IssuerRoutes(signer, authenticator, List.of(), clock).addTo(router);
    server =
        HttpServer.start(
            HttpServerConfig.plainOnly(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)),
            router);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private record Outcome(int status, String out, String err) {}

  private static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new TokenCommands());
    line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    int status = line.execute(arguments);
    return new Outcome(status, out.toString(), err.toString());
  }

  private static String token(String... scopes) {
    return signer.sign(new TokenRequest("alice", ISSUER, List.of(scopes), Duration.ofMinutes(30)));
  }

  private static String file(String text) throws IOException {
    return Files.writeString(Files.createTempFile(directory, "token", ""), text + "\n").toString();
  }

  private static String url() {
    return "http://127.0.0.1:" + server.plainPort();
  }

  @Test
  void issuePrintsANarrowerToken() throws IOException {
    String parent = file(token("storage.read:/data", "firn.admin"));
    Outcome outcome =
        run(
            "issue",
            "--url",
            url(),
            "--token-file",
            parent,
            "--scope",
            "storage.read:/data/foo",
            "--lifetime",
            "10m");
    assertThat(outcome.status()).as(outcome.err()).isZero();
    Caller caller = authenticator.verify(outcome.out().strip());
    assertThat(caller.permissions().scopes()).hasToString("[storage.read:/data/foo]");
    assertThat(caller.admin()).isFalse();
    assertThat(Duration.between(caller.issued(), caller.expires()).toMinutes()).isEqualTo(10);
  }

  @Test
  void issueSaysWhyItWasRefused() throws IOException {
    String parent = file(token("storage.read:/data"));
    Outcome outcome =
        run("issue", "--url", url(), "--token-file", parent, "--scope", "storage.modify:/data");
    assertThat(outcome.status()).isEqualTo(ExitCode.REMOTE.status());
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).contains("invalid_scope").contains("storage.modify:/data");
    Outcome late =
        run(
            "issue",
            "--url",
            url(),
            "--token-file",
            parent,
            "--scope",
            "storage.read:/data",
            "--lifetime",
            "soon");
    assertThat(late.status()).isEqualTo(ExitCode.USAGE.status());
  }

  @Test
  void inspectNeverShowsTheSignature() throws IOException {
    String token = token("storage.read:/data");
    String signature = token.substring(token.lastIndexOf('.') + 1);
    for (String[] arguments :
        List.of(
            new String[] {"inspect", "--token-file", file(token)},
            new String[] {"inspect", "--json", "--token-file", file(token)})) {
      Outcome outcome = run(arguments);
      assertThat(outcome.status()).isZero();
      assertThat(outcome.out())
          .contains("storage.read:/data")
          .contains("alice")
          .doesNotContain(signature.substring(0, 20));
    }
    JsonNode json =
        Json.mapper().readTree(run("inspect", "--json", "--token-file", file(token)).out());
    assertThat(json.at("/claims/iss").asString()).isEqualTo(ISSUER);
    assertThat(json.at("/header/alg").asString()).isEqualTo("RS256");
    assertThat(json.get("well_formed").asBoolean()).isTrue();
  }

  @Test
  void inspectSaysWhatIsWrong() throws IOException {
    Outcome outcome = run("inspect", "--token-file", file("abcdefghijklmnopqrstuvwxyz"));
    assertThat(outcome.status()).isEqualTo(ExitCode.NEGATIVE.status());
    assertThat(outcome.out()).contains("not a JSON Web Token").contains("malformed");
    String token = token("storage.read:/data");
    String[] parts = token.split("\\.");
    String claims =
        "{\"wlcg.ver\":\"1.0\",\"iss\":\"https://x.example\",\"sub\":\"\\u001b[2J\",\"aud\":\"a\","
            + "\"jti\":\"1\",\"iat\":1,\"exp\":2}";
    String hostile =
        parts[0]
            + "."
            + Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(claims.getBytes(StandardCharsets.UTF_8))
            + "."
            + parts[2];
    Outcome expired = run("inspect", "--token-file", file(hostile));
    assertThat(expired.status()).isEqualTo(ExitCode.NEGATIVE.status());
    assertThat(expired.out()).contains("expired").doesNotContain("\u001b");
  }

  @Test
  void explainNamesTheScopeThatDecides() throws IOException {
    String file = file(token("storage.read:/data/foo", "storage.create:/data/in"));
    Outcome allowed =
        run("explain", "--token-file", file, "--method", "GET", "--path", "/data/foo/x");
    assertThat(allowed.status()).isZero();
    assertThat(allowed.out()).contains("allowed by storage.read:/data/foo under /");
    Outcome refused =
        run("explain", "--token-file", file, "--method", "GET", "--path", "/data/foobar");
    assertThat(refused.status()).isEqualTo(ExitCode.NEGATIVE.status());
    assertThat(refused.out())
        .contains("403")
        .contains("no-matching-scope")
        .contains("storage.read:/data/foobar");
    Outcome put = run("explain", "--token-file", file, "--method", "PUT", "--path", "/data/in/x");
    assertThat(put.status()).isZero();
    assertThat(put.out())
        .contains("allowed by storage.create:/data/in")
        .contains("would need storage.modify:/data/in/x");
    Outcome elsewhere =
        run(
            "explain",
            "--json",
            "--token-file",
            file,
            "--method",
            "GET",
            "--path",
            "/data/foo/x",
            "--audience",
            "https://other.example");
    assertThat(Json.mapper().readTree(elsewhere.out()).get("status").asInt()).isEqualTo(401);
    assertThat(elsewhere.out()).contains("wrong-audience");
  }

  @Test
  void explainRefusesWhatNoDoorUnderstands() throws IOException {
    String file = file(token("storage.read:/"));
    assertThat(run("explain", "--token-file", file, "--method", "BREW", "--path", "/x").status())
        .isEqualTo(ExitCode.USAGE.status());
    assertThat(
            run("explain", "--token-file", file, "--method", "GET", "--path", "/a/../b").status())
        .isEqualTo(ExitCode.USAGE.status());
  }

  /// A site that knows this issuer under a base of its own, with one rule that denies and one for
  /// everybody.
  private static ExplainCommand.Trust trust(Path file) {
    TrustedIssuer issuer =
        TrustedIssuer.of(
            ISSUER, LogicalName.parse("/vo"), (keyId, algorithm) -> new KeySource.Answer.Unknown());
    return new ExplainCommand.Trust(
        List.of(issuer),
        Set.of(ISSUER),
        List.of(
            AccessRule.deny(
                Set.of(Right.MODIFY), LogicalName.parse("/vo/raw"), new AccessRule.Who.Anyone()),
            AccessRule.publicRead(LogicalName.parse("/open"))));
  }

  private static String explain(String token, String method, String path) {
    StringWriter out = new StringWriter();
    ExplainCommand command = new ExplainCommand();
    command.readWith(TokenCommandsTest::trust);
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out, true));
    int status =
        line.execute(
            "--config", "firn.toml", "--token-file", token, "--method", method, "--path", path);
    return status + " " + out;
  }

  @Test
  void explainNamesTheRuleOfTheSiteThatDecides() throws IOException {
    String token = file(token("storage.read:/data", "storage.modify:/raw"));
    assertThat(explain(token, "GET", "/vo/data/f"))
        .startsWith("0")
        .contains("storage.read:/data under /vo");
    assertThat(explain(token, "GET", "/data/f")).startsWith("1").contains("outside-area");
    assertThat(explain(token, "DELETE", "/vo/raw/f")).startsWith("1").contains("denied-by-rule");
    assertThat(explain(token, "GET", "/open/f"))
        .startsWith("0")
        .contains("allow")
        .contains("Anyone");
    String elsewhere =
        file(
            signer.sign(
                new TokenRequest(
                    "alice", "https://x.example", List.of("storage.read:/"), Duration.ofHours(1))));
    assertThat(explain(elsewhere, "GET", "/vo/f")).startsWith("1").contains("wrong-audience");
  }
}
