package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.console.Browser;
import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Signing in to the console of a whole hub, from a machine that is treated as any other.
@Tag("slow")
class ConsoleSignInTest extends EventSite {
  private static final String PASSWORD = "correct horse battery";
  private static final Path PICTURES = Path.of("target", "pictures");

  private record Answer(int status, String text, Map<String, List<String>> headers) {
    String header(String name) {
      return headers.getOrDefault(name, List.of("")).getFirst();
    }
  }

  @Override
  String configured() {
    return "\n[console]\nfree-here = false\n";
  }

  @BeforeEach
  void people() throws IOException {
    account("olga", "firn.look", "firn.archive.operate");
    account("lena", "firn.look");
    account("bob", "storage.read:/data");
  }

  private void account(String name, String... scopes) throws IOException {
    Map<String, Object> body =
        Map.of("name", name, "password", PASSWORD, "scopes", List.of(scopes));
    json(201, "POST", "/api/v1/accounts", body);
  }

  private Answer send(String method, String path, Map<String, String> headers, String form)
      throws IOException {
    URI uri = URI.create(path.startsWith("https://") ? path : config.url() + path);
    Request request = Request.of(method, uri);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      request = request.withHeader(header.getKey(), header.getValue());
    }
    if (!form.isEmpty()) {
      request =
          request
              .withHeader("Content-Type", "application/x-www-form-urlencoded")
              .withBody(BodySource.bytes(form.getBytes(StandardCharsets.UTF_8)));
    }
    try (Response response = client.send(request)) {
      Map<String, List<String>> got = new HashMap<>();
      for (String name : List.of("Location", "Set-Cookie", "Cache-Control")) {
        if (!response.headers(name).isEmpty()) {
          got.put(name, response.headers(name));
        }
      }
      return new Answer(response.status(), response.bodyText(1 << 20), got);
    }
  }

  private Answer get(String path, String cookie) throws IOException {
    Map<String, String> headers = new LinkedHashMap<>(Map.of("Accept", "text/html"));
    if (!cookie.isEmpty()) {
      headers.put("Cookie", cookie);
    }
    return send("GET", path, headers, "");
  }

  private static String cookie(Answer answer, String name) {
    return answer.headers().getOrDefault("Set-Cookie", List.of()).stream()
        .filter(c -> c.startsWith(name + "=") && !c.startsWith(name + "=;"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(answer.headers().toString()));
  }

  private static String pair(String cookie) {
    return cookie.substring(0, cookie.indexOf(';'));
  }

  /// What a sign-in that `name` allows comes back with.
  private String allowed(String name, Answer begun) throws IOException {
    URI uri = URI.create(begun.header("Location"));
    String form = uri.getRawQuery() + "&decision=allow&username=" + name;
    form += "&password=" + URLEncoder.encode(PASSWORD, StandardCharsets.UTF_8);
    Answer answer =
        send("POST", "/auth/authorize", Map.of("Origin", config.url().toString()), form);
    assertThat(answer.status()).as(answer.text()).isEqualTo(303);
    return answer.header("Location");
  }

  /// Signs in as a browser does and returns the session's cookie.
  private String signedIn(String name) throws IOException {
    Answer begun = get("/console/sign-in", "");
    String back = allowed(name, begun);
    Answer end = get(back, pair(cookie(begun, "__Host-firn-sign-in")));
    assertThat(end.status()).as(end.text()).isEqualTo(303);
    return pair(cookie(end, "__Host-firn"));
  }

  private static String formField(String html) {
    Matcher m = Pattern.compile("name=\"form\" value=\"([^\"]+)\"").matcher(html);
    assertThat(m.find()).as(html).isTrue();
    return m.group(1);
  }

  private int resume(String cookie, String origin, String form) throws IOException {
    Map<String, String> headers = Map.of("Cookie", cookie, "Origin", origin);
    String body = "bundle=" + UUID.randomUUID() + "&form=" + form;
    return send("POST", "/archive/resume", headers, body).status();
  }

  @Test
  void aSessionShowsPagesAndOpensNothingElse() throws IOException {
    Answer begun = get("/archive?x=%20y", "");
    assertThat(begun.status()).isEqualTo(303);
    Answer toIssuer = get(begun.header("Location"), "");
    assertThat(toIssuer.header("Location"))
        .startsWith(config.url() + "/auth/authorize?")
        .contains("code_challenge_method=S256")
        .contains("client_id=firn-console");
    String kept = cookie(toIssuer, "__Host-firn-sign-in");
    String back = allowed("olga", toIssuer);
    Answer end = get(back, pair(kept));
    assertThat(end.header("Location")).isEqualTo("/archive?x=%20y");
    String session = cookie(end, "__Host-firn");
    assertThat(List.of(session.split("; ")))
        .contains("Secure", "HttpOnly", "SameSite=Lax", "Path=/");

    assertThat(get("/archive", pair(session)).text()).contains("olga").contains("Sign out");
    assertThat(get("/api/v1/overview", pair(session)).status()).isEqualTo(200);
    assertThat(get("/api/v1/accounts", pair(session)).status()).isEqualTo(401);
    assertThat(get("/api/v1/files?q=size%3E0", pair(session)).status()).isEqualTo(401);
    assertThat(get("/data/", pair(session)).status()).isEqualTo(401);
    assertThat(get(back, pair(kept)).status()).as("a code counts once").isEqualTo(400);
    assertThat(get("/archive", pair(session)).status())
        .as("who replays a code ends what it gave")
        .isEqualTo(303);
  }

  @Test
  void onlyFormsOfPagesThatOneWasShownAreTaken() throws IOException {
    String olga = signedIn("olga");
    String own = config.url().toString();
    String form = formField(get("/archive", olga).text());
    assertThat(resume(olga, own, form)).isEqualTo(200);
    assertThat(resume(olga, own, "")).isEqualTo(403);
    assertThat(resume(olga, "https://evil.example", form)).isEqualTo(403);
    String lena = signedIn("lena");
    assertThat(resume(olga, own, formField(get("/archive", lena).text())))
        .as("another session's")
        .isEqualTo(403);
    assertThat(resume(lena, own, formField(get("/archive", lena).text())))
        .as("who may look may not operate")
        .isEqualTo(403);
    Map<String, String> headers = Map.of("Cookie", olga, "Origin", own);
    assertThat(send("POST", "/console/sign-out", headers, "form=x").status()).isEqualTo(403);
    assertThat(get("/archive", olga).status()).isEqualTo(200);
  }

  @Test
  void signingOutEndsTheSessionForWhoeverKeptTheCookie() throws IOException {
    String olga = signedIn("olga");
    String other = signedIn("olga");
    String form = "form=" + formField(get("/", olga).text());
    Map<String, String> headers = Map.of("Cookie", olga, "Origin", config.url().toString());
    Answer out = send("POST", "/console/sign-out", headers, form);
    assertThat(out.text()).contains("You are signed out");
    assertThat(out.header("Set-Cookie")).startsWith("__Host-firn=;").contains("Max-Age=0");
    assertThat(get("/", olga).status()).isEqualTo(303);
    assertThat(get("/", other).status()).as("another browser's").isEqualTo(200);
  }

  @Test
  void whatSomebodyMayDoIsLookedUpAtEveryRequest() throws IOException {
    String olga = signedIn("olga");
    String form = formField(get("/archive", olga).text());
    String own = config.url().toString();
    assertThat(resume(olga, own, form)).isEqualTo(200);
    json(200, "PATCH", "/api/v1/accounts/olga", Map.of("scopes", List.of("firn.look")));
    assertThat(resume(olga, own, form)).isEqualTo(403);
    assertThat(get("/archive", olga).status()).isEqualTo(200);
    json(200, "PATCH", "/api/v1/accounts/olga", Map.of("disabled", true));
    assertThat(get("/archive", olga).status()).isEqualTo(303);
  }

  @Test
  void aSignInEndsOnlyInTheBrowserThatBeganItAndLeadsNowhereElse() throws IOException {
    Answer begun = get("/console/sign-in", "");
    String back = allowed("olga", begun);
    assertThat(get(back, "").status()).isEqualTo(400);
    Answer others = get("/console/sign-in", "");
    String cookie = pair(cookie(others, "__Host-firn-sign-in"));
    assertThat(get(back, cookie).status()).as("another's browser").isEqualTo(400);
    String denied =
        "/console/signed-in?error=access_denied&iss="
            + URLEncoder.encode(config.url().toString(), StandardCharsets.UTF_8)
            + "&state="
            + cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf('.'));
    assertThat(get(denied, cookie).status()).isEqualTo(403);

    for (String to : List.of("//evil.example/", "https://evil.example", "/\\evil.example", "\n/")) {
      String encoded =
          Base64.getUrlEncoder()
              .withoutPadding()
              .encodeToString(to.getBytes(StandardCharsets.US_ASCII));
      Answer away = get("/console/sign-in?to=" + encoded, "");
      Answer end = get(allowed("lena", away), pair(cookie(away, "__Host-firn-sign-in")));
      assertThat(end.header("Location")).as(to).isEqualTo("/");
    }
  }

  @Test
  void whoHasNoRightIsToldWhichOneIsMissing() throws IOException {
    Answer begun = get("/", "");
    assertThat(begun.status()).isEqualTo(303);
    String bob = signedIn("bob");
    Answer refused = get("/archive", bob);
    assertThat(refused.status()).isEqualTo(403);
    assertThat(refused.text())
        .contains("bob is signed in and may not do this: it needs firn.look")
        .contains("Sign out");
    Answer program = send("GET", "/archive", Map.of("Accept", "application/json"), "");
    assertThat(program.status()).as("programs are not sent to a log-in page").isEqualTo(401);
  }

  @Test
  @Tag("peer")
  void aPersonSignsInLooksAndSignsOut() throws Exception {
    try (Browser browser = Browser.start()) {
      browser.size(390, 844).open(config.url() + "/archive");
      assertThat(browser.text("h1")).isEqualTo("Log in");
      assertThat(browser.texts("li")).contains("look at the console");
      browser.awaitFocus("username").type("olga").press("Tab").type(PASSWORD).enter();
      assertThat(browser.address()).isEqualTo(config.url() + "/archive");
      assertThat(browser.text("form.who span")).isEqualTo("olga");
      assertThat(browser.evaluate("document.cookie").asString()).isEmpty();
      assertThat(browser.tooWide()).isFalse();
      browser.picture(PICTURES.resolve("signed-in-phone.png"));
      browser.open(config.url() + "/");
      assertThat(browser.text("h1")).as("still signed in").isEqualTo("Overview");
      browser.size(1280, 900);
      browser.picture(PICTURES.resolve("signed-in.png"));
      browser.evaluate("document.querySelector('form.who button').focus()");
      browser.enter();
      assertThat(browser.text("h1")).isEqualTo("Signed out");
      browser.open(config.url() + "/");
      assertThat(browser.text("h1")).isEqualTo("Log in");

      browser.awaitFocus("username").type("bob").press("Tab").type(PASSWORD).enter();
      assertThat(browser.text("[role=alert]")).contains("bob").contains("firn.look");
      browser.picture(PICTURES.resolve("signed-in-without-right.png"));
      browser.click("form.who button");
      assertThat(browser.text("h1")).isEqualTo("Signed out");
      browser.click("main a");
      assertThat(browser.text("h1")).isEqualTo("Log in");
      assertThat(browser.complaints())
          .filteredOn(c -> !c.contains("favicon.ico") && !c.contains("status of 4"))
          .isEmpty();
    }
  }
}
