package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.account.Account;
import dev.firn.issuer.account.Accounts;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// What can be done with a token at its issuer afterwards, whichever server it is for: give it back
/// (RFC 7009), ask whether it is good (RFC 7662, for clients that prove who they are), and ask
/// whose it is (OpenID Connect user info).
final class TokenCare {
  static final String REVOKE = "/auth/revoke";
  static final String INTROSPECT = "/auth/introspect";
  static final String USER_INFO = "/auth/userinfo";

  private final Clients clients;
  private final Logins logins;
  private final Recall recall;
  private final Known tokens;
  private final Accounts accounts;

  /// Which tokens are known.
  ///
  /// @param here those that open something at this server
  /// @param given those that this issuer gave, whichever server they are for
  record Known(Authenticator here, Authenticator given) {}

  TokenCare(Clients clients, Logins logins, Recall recall, Known tokens, Accounts accounts) {
    this.clients = clients;
    this.logins = logins;
    this.recall = recall;
    this.tokens = tokens;
    this.accounts = accounts;
  }

  void addTo(Router router) {
    router.add("POST", REVOKE, this::revoke);
    router.add("POST", INTROSPECT, this::introspect);
    router.add("GET", USER_INFO, this::userInfo);
    router.add("POST", USER_INFO, this::userInfo);
  }

  /// A refresh token ends its login and what that gave out; an access token of the client's own
  /// ends alone. A token that is none is answered alike (RFC 7009 section 2.2).
  private void revoke(Exchange exchange) throws IOException {
    try {
      TokenForm form = TokenForm.read(exchange);
      IssuerClient client = clients.authenticate(exchange, form);
      String token = form.load("token");
      Optional<Logins.Owned> owned = logins.find(token, client.id());
      if (owned.isPresent()) {
        UUID login = owned.get().login();
        logins.end(login, "given back");
        recall.takeBack(login, owned.get().account(), client.id(), "given back");
      } else {
        find(token)
            .filter(caller -> caller.identity().clientId().equals(client.id()))
            .ifPresent(caller -> recall.revoke(caller.identity().tokenId(), "given back"));
      }
      exchange.setHeader("Cache-Control", "no-store");
      exchange.respond(200);
    } catch (OAuthError e) {
      e.respond(exchange);
    }
  }

  private void introspect(Exchange exchange) throws IOException {
    try {
      TokenForm form = TokenForm.read(exchange);
      IssuerClient client = clients.authenticate(exchange, form);
      if (client.proof() instanceof IssuerClient.Proof.None) {
        throw Clients.unknown(); // whoever finds a token shall not learn here what it is
      }
      Map<String, Object> answer = new LinkedHashMap<>();
      Optional<Caller> caller = find(form.load("token"));
      answer.put("active", caller.isPresent());
      caller.ifPresent(known -> describe(known, answer));
      exchange.setHeader("Cache-Control", "no-store");
      Json.respond(exchange, 200, answer);
    } catch (OAuthError e) {
      e.respond(exchange);
    }
  }

  private static void describe(Caller caller, Map<String, Object> answer) {
    answer.put("iss", caller.issuer());
    answer.put("sub", caller.subject());
    answer.put("client_id", caller.identity().clientId());
    answer.put("jti", caller.identity().tokenId());
    answer.put("token_type", "Bearer");
    answer.put("iat", caller.issued().getEpochSecond());
    answer.put("exp", caller.expires().getEpochSecond());
    answer.put("aud", caller.permissions().audiences());
    answer.put("scope", String.join(" ", Narrowing.heldBy(caller)));
  }

  private Optional<Caller> find(String token) {
    try {
      return Optional.of(tokens.given().verify(token));
    } catch (HttpProblem e) {
      return Optional.empty(); // why it is not good is nobody's business here
    }
  }

  private void userInfo(Exchange exchange) throws IOException {
    Caller caller = tokens.here().authenticate(exchange);
    // Another issuer's subject may have the name of somebody here.
    boolean ours = caller.issuer().equals(recall.issuer());
    if (!ours || !caller.permissions().named().contains(Login.Permit.OPENID)) {
      boolean nobody = caller.isAnonymous();
      String error = nobody ? "" : ", error=\"insufficient_scope\""; // RFC 6750 section 3.1
      throw new HttpProblem(
          nobody ? 401 : 403,
          nobody ? "token-required" : "insufficient-scope",
          "user info needs a token of this issuer with the scope openid",
          Map.of("WWW-Authenticate", "Bearer realm=\"firn\"" + error + ", scope=\"openid\""));
    }
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("sub", caller.subject());
    answer.put("preferred_username", caller.subject());
    accounts
        .find(caller.subject())
        .map(Account::groups)
        .filter(g -> !g.isEmpty())
        .ifPresent(groups -> answer.put("wlcg.groups", groups));
    exchange.setHeader("Cache-Control", "no-store");
    Json.respond(exchange, 200, answer);
  }
}
