package dev.firn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.LuminanceSource;
import com.google.zxing.common.HybridBinarizer;
import com.google.zxing.qrcode.QRCodeReader;
import dev.firn.cli.login.Bearer;
import dev.firn.cli.login.BrowserLogin;
import dev.firn.cli.login.DeviceLogin;
import dev.firn.cli.login.OAuthServer;
import dev.firn.cli.login.QrCode;
import dev.firn.cli.login.SavedLogin;
import dev.firn.door.Door;
import dev.firn.door.TestSite;
import dev.firn.http.CuttingProxy;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.issuer.oauth.IssuerWorld;
import dev.firn.token.file.TokenDiscovery;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Logging in from a terminal and working with what it leaves behind; group L of the hostile cases
/// as far as it concerns that.
class LoginTest {
  private static final OAuthServer.Wish WISH =
      new OAuthServer.Wish("firn", "storage.modify:/data offline_access", "", "300");

  @TempDir static Path keys;
  @TempDir Path directory;

  private IssuerWorld world;
  private HttpFetcher client;
  private Path loginFile;
  private Path tokenFile;

  @BeforeEach
  void start() throws IOException {
    world = new IssuerWorld(keys);
    world.add("alice", List.of(), List.of("storage.modify:/data"));
    client = HttpClients.create(HttpClients.Config.trusting());
    loginFile = directory.resolve("state/firn/login.json");
    tokenFile = directory.resolve("bt_u0");
  }

  @AfterEach
  void stop() {
    client.close();
    world.close();
  }

  /// The issuer under the address at which it listens here.
  private OAuthServer server() throws IOException {
    String document = world.get("/.well-known/openid-configuration").text();
    String here = world.at("").toString();
    return new OAuthServer(
        IssuerWorld.ISSUER,
        Json.mapper()
            .readTree(
                document
                    .replace(IssuerWorld.ISSUER, here)
                    .replace("\"issuer\":\"" + here, "\"issuer\":\"" + IssuerWorld.ISSUER)));
  }

  private void approve(String code, String decision) {
    try {
      world.post(
          "/auth/device",
          "user_code",
          code,
          "username",
          "alice",
          "password",
          IssuerWorld.PASSWORD,
          "decision",
          decision);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Logs in and keeps it, as `firn login` does.
  private Bearer loggedIn() throws IOException {
    OAuthServer server = server();
    OAuthServer.Answer answer =
        new DeviceLogin(client, server, WISH, time -> world.pass(time))
            .run((uri, code, complete) -> approve(code, "allow"));
    new SavedLogin(
            server.issuer(),
            "firn",
            server.endpoint("token_endpoint").toString(),
            server.endpoint("revocation_endpoint").toString(),
            answer.text("refresh_token"),
            tokenFile.toString(),
            "300",
            "")
        .write(loginFile, answer.text("access_token"));
    return bearer();
  }

  private Bearer bearer() {
    return new Bearer(TokenDiscovery.ofFile(tokenFile), loginFile, () -> world.now);
  }

  private long refreshes() {
    return world.audit.stream().filter(e -> e.kind().equals("token_refresh")).count();
  }

  @Test
  void aDeviceAsksAsSeldomAsItIsToldAndEndsWhenItIsRefusedOrLateL6() throws IOException {
    List<Long> pauses = new ArrayList<>();
    String[] code = new String[1];
    DeviceLogin login =
        new DeviceLogin(
            client,
            server(),
            WISH,
            time -> {
              pauses.add(time.toSeconds());
              // The clock of the issuer is slow at first, so that it says slow_down once.
              world.pass(pauses.size() == 2 ? Duration.ofSeconds(1) : time.plusSeconds(6));
              if (pauses.size() == 5) {
                approve(code[0], "allow");
              }
            });
    OAuthServer.Answer answer = login.run((uri, shown, complete) -> code[0] = shown);
    assertThat(answer.text("access_token")).isNotEmpty();
    assertThat(pauses).containsExactly(5L, 5L, 10L, 10L, 10L);

    assertThatThrownBy(() ->
            new DeviceLogin(client, server(), WISH, world::pass)
                .run((uri, shown, complete) -> approve(shown, "deny")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("refused");
    assertThatThrownBy(() ->
            new DeviceLogin(client, server(), WISH, world::pass).run((uri, shown, complete) -> {}))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("in time");
  }

  @Test
  void aBrowserBringsTheCodeToALoopbackPort() throws Exception {
    OAuthServer.Answer answer =
        new BrowserLogin(client, server(), WISH).run(link -> browse(link, "allow", ""));
    assertThat(answer.text("access_token")).isNotEmpty();
    assertThat(answer.text("refresh_token")).isNotEmpty();
    assertThatThrownBy(
            () -> new BrowserLogin(client, server(), WISH).run(link -> browse(link, "deny", "")))
        .hasMessageContaining("access_denied");
  }

  @Test
  void anAnswerWithAnotherStateOrFromAnotherIssuerIsNotTaken() throws Exception {
    OAuthServer.Answer answer =
        new BrowserLogin(client, server(), WISH)
            .run(link -> {
              browse(link, "allow", "state=s&x=");
              browse(link, "allow", "iss=https%3A%2F%2Fevil.example&x=");
              browse(link, "allow", "");
            });
    assertThat(answer.text("access_token")).isNotEmpty();
  }

  /// What a browser does with a person before it. `tampered` goes before the answer's query.
  private void browse(String link, String decision, String tampered) {
    try {
      List<String> pairs = new ArrayList<>();
      for (String pair : URI.create(link).getRawQuery().split("&")) {
        String[] parts = pair.split("=", 2);
        pairs.add(parts[0]);
        pairs.add(java.net.URLDecoder.decode(parts[1], java.nio.charset.StandardCharsets.UTF_8));
      }
      pairs.addAll(
          List.of("username", "alice", "password", IssuerWorld.PASSWORD, "decision", decision));
      String location =
          world.post("/auth/authorize", pairs.toArray(String[]::new)).header("Location");
      URI answer = URI.create(location.replace("?", "?" + tampered));
      try (Response response = client.send(Request.of("GET", answer))) {
        assertThat(response.status()).isEqualTo(tampered.isEmpty() ? 200 : 400);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void filesWithSecretsAreForTheirOwnerAlone() throws IOException {
    loggedIn();
    for (Path file : List.of(loginFile, tokenFile)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    assertThat(SavedLogin.read(loginFile).orElseThrow().toString())
        .doesNotContain(SavedLogin.read(loginFile).orElseThrow().refreshToken());
    Files.setPosixFilePermissions(loginFile, PosixFilePermissions.fromString("rw-r--r--"));
    world.pass(Duration.ofHours(1));
    assertThatThrownBy(() -> bearer().token()).hasMessageContaining("chmod 600");
  }

  @Test
  void aTokenIsRenewedBeforeItEndsAndNotEarlier() throws IOException {
    Bearer bearer = loggedIn();
    String first = bearer.token();
    world.pass(Duration.ofSeconds(200));
    assertThat(bearer.token()).isEqualTo(first);
    world.pass(Duration.ofSeconds(50));
    String second = bearer.token();
    assertThat(second).isNotEqualTo(first);
    assertThat(Files.readString(tokenFile).strip()).isEqualTo(second);
    assertThat(bearer().token()).isEqualTo(second);
    assertThat(refreshes()).isEqualTo(1);
  }

  @Test
  void aTokenThatSomebodyElsePutThereIsLeftAlone() throws IOException {
    loggedIn();
    Path other = directory.resolve("other");
    Files.copy(tokenFile, other);
    world.pass(Duration.ofHours(1));
    Bearer bearer = new Bearer(TokenDiscovery.ofFile(other), loginFile, () -> world.now);
    assertThat(bearer.token()).isEqualTo(Files.readString(other).strip());
    assertThat(refreshes()).isZero();
  }

  @Test
  void processesRenewOneAtATime() throws Exception {
    loggedIn();
    world.pass(Duration.ofMinutes(10));
    try (ExecutorService threads = Executors.newFixedThreadPool(6)) {
      List<Callable<String>> all = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        all.add(() -> bearer().token());
      }
      List<String> tokens = new ArrayList<>();
      for (Future<String> each : threads.invokeAll(all)) {
        tokens.add(each.get());
      }
      assertThat(tokens).allMatch(tokens.getFirst()::equals);
    }
    assertThat(refreshes()).isEqualTo(1);
  }

  @Test
  void whileTheIssuerIsAwayALivingTokenIsUsedAndADeadOneIsNot() throws IOException {
    Bearer bearer = loggedIn();
    String first = bearer.token();
    SavedLogin saved = SavedLogin.read(loginFile).orElseThrow();
    new SavedLogin(
            saved.issuer(),
            "firn",
            "http://127.0.0.1:1/auth/token",
            "",
            saved.refreshToken(),
            saved.tokenFile(),
            "300",
            "")
        .write(loginFile, first);
    world.pass(Duration.ofSeconds(250));
    assertThat(bearer.token()).isEqualTo(first);
    world.pass(Duration.ofSeconds(100));
    assertThatThrownBy(bearer::token).isInstanceOf(IOException.class);
  }

  @Test
  void aLoginThatHasEndedSaysSoAndLogoutRemovesIt() throws IOException {
    Bearer bearer = loggedIn();
    world.pass(Duration.ofDays(31));
    assertThatThrownBy(bearer::token).hasMessageContaining("firn login");
    assertThat(bearer.logout()).isTrue();
    assertThat(loginFile).doesNotExist();
    assertThat(tokenFile).doesNotExist();
    assertThat(bearer.logout()).isFalse();
  }

  @Test
  void logoutEndsTheLoginAtTheIssuer() throws IOException {
    Bearer bearer = loggedIn();
    String token = bearer.token();
    SavedLogin saved = SavedLogin.read(loginFile).orElseThrow();
    bearer.logout();
    assertThatThrownBy(() -> world.authenticator.verify(token)).hasMessageContaining("revoked");
    saved.write(loginFile, token);
    world.pass(Duration.ofMinutes(10));
    assertThatThrownBy(bearer::token).hasMessageContaining("has ended");
  }

  @Test
  void aQrCodeIsReadAsWhatItIsOf() throws Exception {
    String url = "https://hub.example/auth/device?user_code=BCDF-GHJK";
    String[] lines = QrCode.of(url).split("\n");
    List<String> rows = new ArrayList<>();
    for (String line : lines) {
      String modules = line.replaceAll("\u001b\\[[0-9]*m", "");
      rows.add(modules.replace('\u2580', '#').replace('\u2588', '#').replace('\u2584', ' '));
      rows.add(modules.replace('\u2580', ' ').replace('\u2588', '#').replace('\u2584', '#'));
    }
    int scale = 4;
    int width = rows.getFirst().length() * scale;
    int height = rows.size() * scale;
    LuminanceSource picture =
        new LuminanceSource(width, height) {
          @Override
          public byte[] getRow(int y, byte[] row) {
            byte[] out = new byte[width];
            for (int x = 0; x < width; x++) {
              out[x] = (byte) (rows.get(y / scale).charAt(x / scale) == '#' ? 0 : 255);
            }
            return out;
          }

          @Override
          public byte[] getMatrix() {
            byte[] all = new byte[width * height];
            for (int y = 0; y < height; y++) {
              System.arraycopy(getRow(y, null), 0, all, y * width, width);
            }
            return all;
          }
        };
    assertThat(new QRCodeReader().decode(new BinaryBitmap(new HybridBinarizer(picture))).getText())
        .isEqualTo(url);
  }

  private TestSite door() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.access = new Door.Access(world.authenticator, world.policy());
    return TestSite.start(directory.resolve("site"), options);
  }

  /// Runs a command that talks to a port, by this login; each line that it complains costs `pause`.
  private int run(FileCommands.Base command, int port, Duration pause, String... arguments)
      throws IOException {
    command.remote = new Remote().with(bearer());
    StringWriter complaints =
        new StringWriter() {
          @Override
          public void write(String text, int from, int length) {
            if (text.contains("trying again")) {
              world.pass(pause);
            }
            super.write(text, from, length);
          }
        };
    List<String> all = new ArrayList<>(List.of("--url", "http://localhost:" + port));
    all.addAll(List.of(arguments));
    int status =
        new CommandLine(command)
            .setOut(new PrintWriter(new StringWriter()))
            .setErr(new PrintWriter(complaints))
            .execute(all.toArray(String[]::new));
    assertThat(status).as(complaints.toString()).isZero();
    return status;
  }

  @Test
  void aTokenOfFiveMinutesCarriesAnUploadOfTwoHours() throws Exception {
    loggedIn();
    byte[] bytes = new byte[26_000_000];
    new Random(3).nextBytes(bytes);
    Path file = Files.write(directory.resolve("file"), bytes);
    Instant begun = world.now;
    try (TestSite site = door();
        CuttingProxy proxy = new CuttingProxy(site.plainPort())) {
      for (int i = 0; i < 12; i++) {
        proxy.cutAfter(2_000_000);
      }
      // After each cut ten minutes pass, which is two lives of a token.
      run(new FileCommands.Put(), proxy.port(), Duration.ofMinutes(10), file.toString(), "/data/f");
      assertThat(proxy.cutsLeft()).isZero();
      assertThat(Files.mismatch(file, site.files.resolve("f"))).isEqualTo(-1);
    }
    assertThat(Duration.between(begun, world.now)).isGreaterThanOrEqualTo(Duration.ofHours(2));
    assertThat(refreshes()).isGreaterThanOrEqualTo(12);
  }

  @Test
  void aTokenThatIsRefusedIsRenewedOnceL4() throws Exception {
    Bearer bearer = loggedIn();
    String first = bearer.token();
    Path file = Files.writeString(directory.resolve("file"), "bytes");
    try (TestSite site = door()) {
      // As an operator takes back one token; the login goes on.
      assertThat(world.post("/auth/revoke", "client_id", "firn", "token", first).status())
          .isEqualTo(200);
      run(new FileCommands.Put(), site.plainPort(), Duration.ZERO, file.toString(), "/data/f");
      assertThat(site.files.resolve("f")).hasContent("bytes");
    }
    assertThat(refreshes()).isEqualTo(1);

    int before = (int) refreshes();
    try (TestSite site = TestSite.start(directory.resolve("other"), refusing())) {
      Remote remote = new Remote().with(bearer());
      Request request = Request.of("HEAD", site.plain("/data/x"));
      assertThatThrownBy(() -> remote.send(client, request))
          .isInstanceOf(Remote.Failure.class)
          .hasMessageContaining("401");
    }
    assertThat(refreshes() - before).as("no loop").isEqualTo(1);
  }

  /// A door that trusts nobody.
  private TestSite.Options refusing() {
    TestSite.Options options = new TestSite.Options();
    dev.firn.token.TrustedIssuer other =
        dev.firn.token.TrustedIssuer.of(
            "https://other.example",
            dev.firn.model.LogicalName.ROOT,
            (k, a) -> new dev.firn.token.key.KeySource.Answer.Unknown());
    options.access =
        new Door.Access(
            new dev.firn.token.Authenticator(
                List.of(other),
                java.util.Set.of("https://x.example"),
                dev.firn.token.Revocations.NONE,
                () -> world.now),
            dev.firn.token.AccessPolicy.of(List.of(other), List.of()));
    return options;
  }

  @Test
  void aWrongClockIsNamedL7() throws Exception {
    try (TestSite site = TestSite.start(directory.resolve("other"), refusing());
        Response response = client.send(Request.of("HEAD", site.plain("/data/x")))) {
      Instant there = Instant.now();
      assertThat(Remote.skew(response, there)).isEmpty();
      assertThat(Remote.skew(response, there.plusSeconds(300)))
          .containsPattern("this machine's clock is (29|30)\\d s ahead of the site's");
      assertThat(Remote.skew(response, there.minusSeconds(300))).contains("behind");
    }
  }

  @Test
  void aTokenFromHTCondorIsFoundWhateverFormItsTimesHaveL5() throws IOException {
    for (String times :
        List.of("\"expires_in\": 300, \"expires_at\": 1.5e9", "\"expires_in\": 300.5")) {
      Path use = directory.resolve("firn.use");
      Files.writeString(
          use, "{\"access_token\": \"abc.def\", \"token_type\": \"Bearer\", " + times + "}");
      Files.setPosixFilePermissions(use, PosixFilePermissions.fromString("rw-------"));
      assertThat(TokenDiscovery.ofFile(use).find().orElseThrow().token()).isEqualTo("abc.def");
    }
    Path use = Files.writeString(directory.resolve("broken.use"), "{\"access_token\": \"abc");
    assertThatThrownBy(() -> TokenDiscovery.ofFile(use).find())
        .isInstanceOf(IOException.class)
        .hasMessageNotContaining("abc");
  }

  @Test
  void theStateOfALoginLiesWhereThePlatformSays() {
    assertThat(SavedLogin.file(Map.of("HOME", "/h")))
        .isEqualTo(Path.of("/h/.local/state/firn/login.json"));
    assertThat(SavedLogin.file(Map.of("HOME", "/h", "XDG_STATE_HOME", "/s")))
        .isEqualTo(Path.of("/s/firn/login.json"));
  }
}
