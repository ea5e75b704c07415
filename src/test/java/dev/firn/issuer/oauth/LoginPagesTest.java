package dev.firn.issuer.oauth;

import static dev.firn.issuer.oauth.IssuerWorld.PASSWORD;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.firn.console.Browser;
import dev.firn.issuer.oauth.IssuerWorld.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Logging in as a person does it, in Chromium: on a screen, on a telephone, without scripts.
@Tag("peer")
class LoginPagesTest {
  private static final Path PICTURES = Path.of("target", "pictures");

  @TempDir static Path keys;

  private final BlockingQueue<URI> called = new LinkedBlockingQueue<>();
  private IssuerWorld world;
  private HttpServer program;
  private Browser browser;

  @BeforeEach
  void start() throws IOException {
    browser = Browser.start();
    world = new IssuerWorld(keys);
    world.add("alice", List.of("/icecube"), List.of());
    program = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    program.createContext(
        "/callback",
        exchange -> {
          called.add(exchange.getRequestURI());
          byte[] page = "<!doctype html><h1>back</h1>".getBytes(StandardCharsets.US_ASCII);
          exchange.getResponseHeaders().set("Content-Type", "text/html");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    program.start();
  }

  @AfterEach
  void stop() throws IOException {
    browser.close();
    program.stop(0);
    world.close();
  }

  private String redirect() {
    return "http://127.0.0.1:" + program.getAddress().getPort() + "/callback";
  }

  private String request(String scope) {
    String[] asked = IssuerWorld.request("scope", scope);
    asked[List.of(asked).indexOf("redirect_uri") + 1] = redirect();
    return world.at("/auth/authorize") + "?" + IssuerWorld.encoded(asked);
  }

  private void fill(String field, String text) throws IOException {
    browser.evaluate("document.querySelector('input[name=" + field + "]').focus()");
    browser.type(text);
  }

  private void picture(String name) throws IOException {
    browser.picture(PICTURES.resolve("login-" + name + ".png"));
    assertThat(browser.tooWide()).as(name).isFalse();
  }

  /// The query of the address that the browser was sent to.
  private Map<String, String> calledBack() throws InterruptedException {
    URI uri = called.poll(10, TimeUnit.SECONDS);
    assertThat(uri).as("the program was called").isNotNull();
    return Stream.of(uri.getQuery().split("&"))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  @Test
  void aWrongPasswordIsSaidAndTheRightOneLeadsBackToTheProgram() throws Exception {
    browser.open(request("storage.read:/data openid offline_access firn.admin"));
    assertThat(browser.text("h1")).isEqualTo("Log in");
    assertThat(browser.texts("li")).contains("read /data", "administer Firn");
    browser.awaitFocus("username");
    picture("page");

    browser.type("alice").press("Tab").type("guess").enter();
    assertThat(browser.text("[role=alert]")).contains("name").contains("password");
    assertThat(browser.evaluate("document.querySelector('[name=username]').value").asString())
        .isEqualTo("alice");
    browser.awaitFocus("password");
    picture("wrong");

    browser.type(PASSWORD).click("button.main");
    Map<String, String> answer = calledBack();
    assertThat(browser.text("h1")).isEqualTo("back");
    assertThat(answer).containsEntry("state", "s-1").containsEntry("iss", IssuerWorld.ISSUER);
    Answer token =
        world.token(
            "grant_type",
            "authorization_code",
            "client_id",
            "firn",
            "redirect_uri",
            redirect(),
            "code_verifier",
            IssuerWorld.VERIFIER,
            "code",
            answer.getOrDefault("code", ""));
    assertThat(world.caller(token).identity().subject()).isEqualTo("alice");
  }

  @Test
  void refusingNeedsNeitherNameNorPassword() throws Exception {
    browser.open(request("storage.read:/data"));
    browser.click("button[value=deny]");
    assertThat(calledBack()).containsEntry("error", "access_denied");
  }

  @Test
  void aDeviceIsLoggedInFromATelephone() throws Exception {
    Answer device =
        world.post(
            "/auth/device_authorization", "client_id", "firn", "scope", "storage.read:/data");
    browser.size(390, 844).open(world.at("/auth/device").toString());
    browser.awaitFocus("user_code");
    picture("device-code");
    browser.type("BBBB-BBBB").enter();
    assertThat(browser.text("[role=alert]")).contains("No program waits with this code");
    picture("device-unknown");

    fill("user_code", device.string("user_code").toLowerCase(Locale.ROOT));
    browser.enter();
    assertThat(browser.text("main")).contains(device.string("user_code")).contains("/data");
    picture("device-approve");
    browser.awaitFocus("username").type("alice").press("Tab").type("guess").enter();
    assertThat(browser.text("[role=alert]")).contains("password");
    picture("device-wrong");
    fill("password", PASSWORD);
    browser.enter();
    assertThat(browser.text("h1")).isEqualTo("Logged in");
    picture("device-done");

    world.pass(Duration.ofSeconds(5));
    Answer token =
        world.token(
            "grant_type",
            "urn:ietf:params:oauth:grant-type:device_code",
            "client_id",
            "firn",
            "device_code",
            device.string("device_code"));
    assertThat(world.caller(token).identity().subject()).isEqualTo("alice");
  }

  @Test
  void everythingWorksWithoutScriptsAndNothingIsComplainedOf() throws Exception {
    browser.scripts(false).size(390, 844).open(request("storage.read:/data"));
    picture("phone");
    fill("username", "alice");
    fill("password", PASSWORD);
    browser.click("button.main");
    assertThat(calledBack()).containsKey("code");
    browser.open(world.at("/auth/authorize").toString());
    assertThat(browser.text("h1")).isEqualTo("This cannot be done");
    picture("refused");
    // Chromium looks for an icon by itself, and says of every answer of 400 that it was one.
    assertThat(browser.complaints())
        .filteredOn(c -> !c.contains("favicon.ico") && !c.contains("status of 4"))
        .isEmpty();
  }
}
