package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.issuer.TokenRequest;
import dev.firn.issuer.TokenSigner;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// `POST /auth/token`: finds the grant, signs what it allows, and notes every token that is given
/// and every request that is refused.
///
/// Signing costs most of a millisecond of a core, so an address may have 50 tokens a second, and
/// 200 at once.
final class TokenEndpoint {
  private static final int AT_ONCE = 200;
  private static final Duration ONE_IN = Duration.ofMillis(20);

  /// A device is told these again and again; that is no news.
  private static final Set<String> WAITING = Set.of("authorization_pending", "slow_down");

  private final TokenSigner signer;
  private final Map<String, TokenGrant> grants;
  private final Audit audit;
  private final Throttle throttle;

  TokenEndpoint(
      TokenSigner signer, Map<String, TokenGrant> grants, Audit audit, InstantSource clock) {
    this.signer = signer;
    this.grants = new LinkedHashMap<>(grants);
    this.audit = audit;
    this.throttle = new Throttle(AT_ONCE, ONE_IN, clock);
  }

  void handle(Exchange exchange) throws IOException {
    String type = "";
    try {
      if (!throttle.take(exchange.machine().getHostAddress())) {
        throw OAuthError.tooMany();
      }
      TokenForm form = TokenForm.read(exchange);
      type = form.load("grant_type");
      TokenGrant grant = grants.get(type);
      if (grant == null) {
        type = "";
        throw new OAuthError(
            "unsupported_grant_type", "grant types are " + String.join(", ", grants.keySet()));
      }
      give(exchange, grant.decide(exchange, form));
    } catch (OAuthError e) {
      refuse(exchange, type, e);
    }
  }

  private void give(Exchange exchange, TokenGrant.Granted granted) throws IOException, OAuthError {
    TokenRequest request = granted.request();
    TokenSigner.Signed signed = signer.issue(request);
    if (signed.token().length() > Authenticator.LONGEST_TOKEN) {
      throw new OAuthError(
          "invalid_scope",
          "the token would have %d characters, more than the %d that a server takes: ask for fewer scopes"
              .formatted(signed.token().length(), Authenticator.LONGEST_TOKEN));
    }
    granted.afterwards().accept(signed);
    note(exchange, granted, signed);
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("access_token", signed.token());
    answer.put("token_type", "Bearer");
    answer.put("expires_in", request.lifetime().toSeconds());
    answer.put("scope", String.join(" ", request.scopes()));
    answer.putAll(granted.also());
    exchange.setHeader("Cache-Control", "no-store");
    exchange.setHeader("Pragma", "no-cache");
    Json.respond(exchange, 200, answer);
  }

  private void note(Exchange exchange, TokenGrant.Granted granted, TokenSigner.Signed signed) {
    TokenRequest request = granted.request();
    Caller.Identity who =
        new Caller.Identity(
            signer.issuer(),
            request.subject(),
            request.clientId(),
            signed.id(),
            signed.keyId(),
            signed.fingerprint());
    audit.record(
        new Audit.Event(
            granted.event().equals("refresh") ? "token_refresh" : "token_issue",
            granted.event(),
            Caller.named(who),
            Map.of(
                "scope", String.join(" ", request.scopes()),
                "groups", String.join(" ", request.groups()),
                "audience", String.join(" ", request.audiences()),
                "lifetime", request.lifetime().toString(),
                "peer", exchange.remote().getAddress().getHostAddress())));
  }

  private void refuse(Exchange exchange, String type, OAuthError error) throws IOException {
    if (!WAITING.contains(error.error())) {
      audit.record(
          new Audit.Event(
              "token_refused",
              error.error(),
              Caller.anonymous(),
              Map.of(
                  "grant", type,
                  "why", String.valueOf(error.getMessage()),
                  "peer", exchange.remote().getAddress().getHostAddress())));
    }
    error.respond(exchange);
  }
}
