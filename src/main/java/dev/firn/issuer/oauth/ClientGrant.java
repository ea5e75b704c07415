package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import dev.firn.issuer.TokenRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;

/// Client credentials (RFC 6749 section 4.4): a configured client has a token in its own name,
/// within what it is configured for.
final class ClientGrant implements TokenGrant {
  private final Clients clients;
  private final InstantSource clock;

  ClientGrant(Clients clients, InstantSource clock) {
    this.clients = clients;
    this.clock = clock;
  }

  @Override
  public Granted decide(Exchange exchange, TokenForm form) throws OAuthError {
    IssuerClient client = clients.authenticate(exchange, form, GrantTypes.CLIENT_CREDENTIALS);
    IssuerClient.Limits limits = client.limits();
    Instant now = clock.instant();
    try {
      TokenRequest request =
          new TokenRequest(
              client.id(),
              client.id(),
              Narrowing.audiences(limits.audiences(), form.audiences()),
              Narrowing.scopes(limits.scopes(), form.scopes()),
              Narrowing.lifetime(form.lifetime(), now, now.plus(limits.maxLifetime())));
      return new Granted("client_credentials", request, Map.of());
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_request", String.valueOf(e.getMessage()));
    }
  }
}
