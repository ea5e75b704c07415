package dev.firn.console;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.OwnForm;
import dev.firn.http.Router;
import dev.firn.issuer.oauth.PageLogins;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;

/// `/console/sign-in`, `/console/signed-in` and `/console/sign-out`: by way of the issuer's log-in
/// page, with a code and PKCE, to a session; and out of it.
///
/// What a sign-in needs until it comes back stays in a cookie of the browser that began it, so that
/// nobody can make another's browser end what he began, and nothing is kept for those who never
/// come back.
final class SignInRoutes {
  private static final String BEGUN = "__Host-firn-sign-in";
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final int LONGEST = 1024;

  private final Sessions sessions;
  private final Viewers viewers;
  private final PageLogins logins;
  private final Console console;

  SignInRoutes(Sessions sessions, Viewers viewers, Console console) {
    this.sessions = sessions;
    this.viewers = viewers;
    this.logins = sessions.logins();
    this.console = console;
  }

  void addTo(Router router) {
    router.add("GET", "/console/sign-in", this::begin);
    router.add(
        "GET",
        "/console/signed-in",
        (exchange, path) -> console.answer(exchange, Optional.empty(), () -> end(exchange)));
    router.add(
        "POST",
        "/console/sign-out",
        (exchange, path) -> console.answer(exchange, Optional.empty(), () -> signOut(exchange)));
  }

  /// Where a browser that looks at `exchange`'s page goes first.
  static String address(Exchange exchange) {
    String here = exchange.rawPath() + exchange.rawQuery().map(q -> "?" + q).orElse("");
    return "/console/sign-in?to=" + encoded(here);
  }

  private static String encoded(String path) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(path.getBytes(StandardCharsets.US_ASCII));
  }

  /// A path of this site; anything else is the overview.
  private static String decoded(String text) {
    try {
      String path = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.US_ASCII);
      return path.length() <= LONGEST && path.matches("/(?![/\\\\])[\\x21-\\x7e]*|/") ? path : "/";
    } catch (IllegalArgumentException e) {
      return "/";
    }
  }

  private void begin(Exchange exchange) throws IOException {
    String to = exchange.query("to").filter(t -> t.length() <= 2 * LONGEST).orElse("");
    exchange.setHeader("Cache-Control", "no-store");
    if (!isIssuers(exchange)) {
      // The session is for one name of this hub, and that is the one the issuer goes by.
      redirect(exchange, logins.issuer() + "/console/sign-in?to=" + encoded(decoded(to)));
      return;
    }
    PageLogins.Begun begun = logins.begin();
    String kept = begun.state() + "." + begun.verifier() + "." + encoded(decoded(to));
    exchange.addHeader("Set-Cookie", Sessions.cookie(BEGUN, kept, PATIENCE));
    redirect(exchange, begun.address());
  }

  private boolean isIssuers(Exchange exchange) {
    URI issuer = URI.create(logins.issuer());
    return exchange.secure() == "https".equals(issuer.getScheme())
        && exchange.authority().equalsIgnoreCase(issuer.getRawAuthority());
  }

  private static void redirect(Exchange exchange, String to) throws IOException {
    exchange.setHeader("Location", to);
    exchange.setHeader("Referrer-Policy", "no-referrer");
    exchange.respond(303);
  }

  /// The page that says why not, or nothing when the browser was sent on.
  private Optional<Console.Content> end(Exchange exchange) throws IOException {
    exchange.addHeader("Set-Cookie", Sessions.cookie(BEGUN, "", Duration.ZERO));
    String[] begun = Sessions.value(exchange, BEGUN).orElse("").split("\\.", -1);
    String state = exchange.query("state").orElse("");
    if (begun.length != 3 || !same(begun[0], state) || !isOurs(exchange.query("iss"))) {
      throw new HttpProblem(
          400, "sign-in-lost", "this sign-in was not begun in this browser, or it took too long");
    }
    if (exchange.query("error").isPresent()) {
      throw new HttpProblem(
          403, exchange.query("error").get(), "you did not sign in: the issuer was told not to");
    }
    UUID login =
        logins
            .redeem(exchange.query("code").orElse(""), begun[1])
            .orElseThrow(() ->
                new HttpProblem(400, "sign-in-lost", "this sign-in took too long, or was used"));
    exchange.addHeader("Set-Cookie", sessions.begin(login));
    exchange.setHeader("Cache-Control", "no-store");
    redirect(exchange, decoded(begun[2]));
    return Optional.empty();
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  /// RFC 9207: an answer of another issuer is not taken for ours.
  private boolean isOurs(Optional<String> issuer) {
    return issuer.filter(logins.issuer()::equals).isPresent();
  }

  private Optional<Console.Content> signOut(Exchange exchange) throws IOException {
    OwnForm form = OwnForm.read(exchange);
    Optional<Sessions.Session> session = viewers.session(exchange);
    if (session.isPresent()) {
      Viewers.requireOwn(session.get(), form);
      exchange.addHeader("Set-Cookie", sessions.end(session.get()));
    }
    Html out = new Html().raw("<section role=\"status\"><p>You are signed out.</p><p>");
    out.link("/console/sign-in", "Sign in again").raw("</p></section>\n");
    return Optional.of(new Console.Content("Signed out", out));
  }
}
