package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.account.Account;
import dev.firn.issuer.account.Accounts;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/// The grants that begin a login or go on with one: authorization code with PKCE, device code, and
/// refresh token.
final class LoginGrants {
  private static final Duration ID_TOKEN_LIFE = Duration.ofHours(1);

  private final Clients clients;
  private final Accounts accounts;
  private final LoginDesk desk;
  private final Stores stores;
  private final TokenSigner signer;

  /// Where logins are kept, and how their tokens are taken back.
  record Stores(Logins logins, Codes codes, Devices devices, Recall recall) {}

  LoginGrants(
      Clients clients, Accounts accounts, LoginDesk desk, Stores stores, TokenSigner signer) {
    this.clients = clients;
    this.accounts = accounts;
    this.desk = desk;
    this.stores = stores;
    this.signer = signer;
  }

  Map<String, TokenGrant> byType() {
    Map<String, TokenGrant> grants = new LinkedHashMap<>();
    grants.put(GrantTypes.CODE, this::byCode);
    grants.put(GrantTypes.DEVICE, this::byDevice);
    grants.put(GrantTypes.REFRESH, this::byRefresh);
    return grants;
  }

  private TokenGrant.Granted byCode(Exchange exchange, TokenForm form) throws OAuthError {
    IssuerClient client = clients.authenticate(exchange, form, GrantTypes.CODE);
    Codes.Outcome outcome =
        stores
            .codes()
            .use(
                form.load("code"),
                client.id(),
                form.load("redirect_uri"),
                form.load("code_verifier"));
    return switch (outcome) {
      case Codes.Outcome.Used(Logins.Held held, String nonce) ->
          granted("code", held, new Request(client, form, nonce));
      case Codes.Outcome.Refused(String why) -> throw invalid("the code is " + why);
      case Codes.Outcome.Replayed(UUID login, String account) -> {
        stores.recall().takeBack(login, account, client.id(), "authorization code replayed");
        throw invalid("the code was used before; what it gave has been taken back");
      }
    };
  }

  private TokenGrant.Granted byDevice(Exchange exchange, TokenForm form) throws OAuthError {
    IssuerClient client = clients.authenticate(exchange, form, GrantTypes.DEVICE);
    return switch (stores.devices().ask(form.load("device_code"), client.id())) {
      case Devices.Outcome.Approved(Logins.Held held) ->
          granted("device", held, new Request(client, form, ""));
      case Devices.Outcome.Pending() ->
          throw new OAuthError("authorization_pending", "nobody has approved it yet");
      case Devices.Outcome.TooFast() -> throw new OAuthError("slow_down", "ask less often");
      case Devices.Outcome.Denied() -> throw new OAuthError("access_denied", "it was turned away");
      case Devices.Outcome.Expired() -> throw new OAuthError("expired_token", "it took too long");
      case Devices.Outcome.Refused(String why) -> throw invalid("the device code is " + why);
    };
  }

  private TokenGrant.Granted byRefresh(Exchange exchange, TokenForm form) throws OAuthError {
    IssuerClient client = clients.authenticate(exchange, form, GrantTypes.REFRESH);
    return switch (stores.logins().refresh(form.load("refresh_token"), client.id())) {
      case Logins.Outcome.Rotated(Logins.Held held) ->
          granted("refresh", held, new Request(client, form, ""));
      case Logins.Outcome.Refused(String why) -> throw invalid("the refresh token is " + why);
      case Logins.Outcome.Replayed(Login login) -> {
        stores
            .recall()
            .takeBack(login.id(), login.account(), client.id(), "refresh token replayed");
        throw invalid("the refresh token was used before; the login has been ended");
      }
    };
  }

  private record Request(IssuerClient client, TokenForm form, String nonce) {}

  private TokenGrant.Granted granted(String event, Logins.Held held, Request request)
      throws OAuthError {
    Login login = held.login();
    Account account =
        accounts
            .find(login.account())
            .filter(a -> a.disabled().isEmpty())
            .orElseThrow(() -> invalid("the account is disabled"));
    TokenRequest token;
    try {
      token = desk.token(login, account, request.client(), request.form());
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_request", String.valueOf(e.getMessage()));
    }
    Map<String, Object> also = new LinkedHashMap<>();
    boolean mayRefresh = request.client().grants().contains(GrantTypes.REFRESH);
    if (login.permit().offline() && mayRefresh) {
      also.put("refresh_token", held.refreshToken());
    }
    if (token.scopes().contains(Login.Permit.OPENID)) {
      also.put("id_token", idToken(login, request));
    }
    return new TokenGrant.Granted(
        event,
        token,
        also,
        signed -> stores.logins().gave(login.id(), signed.id(), signed.expires()));
  }

  private String idToken(Login login, Request request) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("sub", login.account());
    claims.put("aud", request.client().id());
    claims.put("preferred_username", login.account());
    claims.put("auth_time", login.made().getEpochSecond());
    if (!request.nonce().isEmpty()) {
      claims.put("nonce", request.nonce());
    }
    return signer.signIdToken(claims, ID_TOKEN_LIFE);
  }

  private static OAuthError invalid(String why) {
    return new OAuthError("invalid_grant", why);
  }
}
