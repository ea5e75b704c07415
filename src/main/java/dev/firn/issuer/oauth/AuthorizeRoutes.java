package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.OwnForm;
import dev.firn.http.Router;
import dev.firn.issuer.account.Account;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `/auth/authorize`: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636, RFC 9700).
///
/// A request with an unknown client or a redirect that is not registered is answered with a page
/// here, because nobody may be sent there; every other fault is told to the client by redirect.
/// Only codes are given, only with a challenge of method S256, only in the query.
final class AuthorizeRoutes {
  static final String PATH = "/auth/authorize";
  private static final int LONGEST = 1024;
  private static final List<String> KEPT =
      List.of(
          "response_type",
          "response_mode",
          "client_id",
          "redirect_uri",
          "scope",
          "state",
          "code_challenge",
          "code_challenge_method",
          "nonce",
          "prompt");

  private final String issuer;
  private final Clients clients;
  private final LoginDesk desk;
  private final Codes codes;
  private final SignIn signIn;

  AuthorizeRoutes(String issuer, Clients clients, LoginDesk desk, Codes codes, SignIn signIn) {
    this.issuer = issuer;
    this.clients = clients;
    this.desk = desk;
    this.codes = codes;
    this.signIn = signIn;
  }

  void addTo(Router router) {
    router.add("GET", PATH, this::show);
    router.add("POST", PATH, this::decide);
  }

  /// A request of a known client that may be answered by redirect.
  private record Asked(IssuerClient client, String redirect, TokenForm form) {
    String origin() {
      URI uri = URI.create(redirect);
      return uri.getScheme() + "://" + uri.getRawAuthority();
    }
  }

  private void show(Exchange exchange) throws IOException {
    try {
      Asked asked = asked(TokenForm.ofQuery(exchange));
      try {
        Login.Permit permit = permit(asked);
        page(asked, permit, "").respond(exchange, 200, asked.origin());
      } catch (OAuthError e) {
        redirect(exchange, asked, Map.of("error", e.error()));
      }
    } catch (OAuthError e) {
      refusal(e).respond(exchange, 400, "");
    }
  }

  private void decide(Exchange exchange) throws IOException {
    OwnForm.requireOwnPage(exchange);
    try {
      Asked asked = asked(TokenForm.read(exchange));
      try {
        decide(exchange, asked, permit(asked));
      } catch (OAuthError e) {
        redirect(exchange, asked, Map.of("error", e.error()));
      }
    } catch (OAuthError e) {
      refusal(e).respond(exchange, 400, "");
    }
  }

  private void decide(Exchange exchange, Asked asked, Login.Permit permit)
      throws IOException, OAuthError {
    if (!asked.form().find("decision").orElse("").equals("allow")) {
      throw new OAuthError("access_denied", "turned away");
    }
    switch (signIn.check(exchange, asked.form(), "code")) {
      case SignIn.Outcome.Unknown(int status, String words) ->
          page(asked, permit, words).respond(exchange, status, asked.origin());
      case SignIn.Outcome.Known(Account account) -> {
        LoginDesk.Grantable grantable = desk.grantable(account, asked.client(), permit);
        if (grantable.isEmpty()) {
          throw new OAuthError("access_denied", "the person holds nothing of it");
        }
        Codes.Approval approval =
            new Codes.Approval(
                account.name(),
                asked.client().id(),
                asked.redirect(),
                asked.form().load("code_challenge"),
                asked.form().find("nonce").orElse(""));
        redirect(exchange, asked, Map.of("code", codes.make(approval, grantable.permit())));
      }
    }
  }

  /// @throws OAuthError when nobody may be sent to the redirect
  private Asked asked(TokenForm form) throws OAuthError {
    IssuerClient client =
        clients
            .find(form.load("client_id"))
            .filter(c -> c.grants().contains(GrantTypes.CODE))
            .orElseThrow(() -> new OAuthError("invalid_client", "This program is not known here."));
    String redirect = form.load("redirect_uri");
    if (!client.mayRedirectTo(redirect)) {
      throw new OAuthError(
          "invalid_request", "This program may not be answered at the address that it names.");
    }
    return new Asked(client, redirect, form);
  }

  private Login.Permit permit(Asked asked) throws OAuthError {
    TokenForm form = asked.form();
    if (!form.load("response_type").equals("code")) {
      throw new OAuthError("unsupported_response_type", "only code");
    }
    if (!form.find("response_mode").orElse("query").equals("query")) {
      throw new OAuthError("invalid_request", "only query");
    }
    if (!form.find("code_challenge_method").orElse("").equals("S256")
        || !Pkce.isChallenge(form.find("code_challenge").orElse(""))) {
      throw new OAuthError("invalid_request", "a code_challenge of method S256 is required");
    }
    for (String name : List.of("state", "nonce")) {
      String value = form.find(name).orElse("");
      if (value.length() > LONGEST || value.chars().anyMatch(Character::isISOControl)) {
        throw new OAuthError("invalid_request", name + " is too long or holds control characters");
      }
    }
    if (form.audiences().size() > 1) {
      throw new OAuthError("invalid_target", "one audience at a time");
    }
    if (form.find("prompt").orElse("").equals("none")) {
      throw new OAuthError("login_required", "there are no sessions");
    }
    return desk.asked(asked.client(), form);
  }

  private LoginPage page(Asked asked, Login.Permit permit, String alert) throws OAuthError {
    Map<String, String> along = new LinkedHashMap<>();
    for (String name : KEPT) {
      asked.form().find(name).ifPresent(value -> along.put(name, value));
    }
    if (!asked.form().audiences().isEmpty()) {
      along.put("audience", asked.form().audiences().getFirst());
    }
    return new LoginPage("Log in")
        .alert(alert)
        .permit(asked.client(), permit)
        .note("What you may not do yourself is left out. Your answer goes to " + asked.origin())
        .form(PATH, along)
        .credentials(asked.form().find("username").orElse(""));
  }

  private static LoginPage refusal(OAuthError error) {
    return new LoginPage("This cannot be done")
        .alert(String.valueOf(error.getMessage()))
        .note("Close this window and begin again from the program that sent you here.");
  }

  private void redirect(Exchange exchange, Asked asked, Map<String, String> answer)
      throws IOException, OAuthError {
    StringBuilder target = new StringBuilder(asked.redirect());
    Map<String, String> all = new LinkedHashMap<>(answer);
    asked.form().find("state").ifPresent(state -> all.put("state", state));
    all.put("iss", issuer); // RFC 9207
    char next = asked.redirect().indexOf('?') < 0 ? '?' : '&';
    for (Map.Entry<String, String> each : all.entrySet()) {
      target.append(next).append(each.getKey()).append('=');
      target.append(URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8));
      next = '&';
    }
    exchange.setHeader("Location", target.toString());
    exchange.setHeader("Cache-Control", "no-store");
    exchange.setHeader("Referrer-Policy", "no-referrer");
    exchange.respond(303);
  }
}
