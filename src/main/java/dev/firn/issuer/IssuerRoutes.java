package dev.firn.issuer;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The issuer over HTTP: its discovery documents, its public keys, and `POST /auth/token`.
///
/// Two grants. *Token exchange* (RFC 8693): whoever holds a valid token of this issuer that is
/// meant for this server gets one that allows no more, lives no longer and is for no other
/// audience. *Client credentials* (RFC 6749 section 4.4): for configured clients, within what they
/// are configured for. Errors are those of RFC 6749 section 5.2; tokens never appear in them.
public final class IssuerRoutes {
  static final String EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
  private static final String CLIENT_CREDENTIALS = "client_credentials";
  private static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
  private static final String JWT = "urn:ietf:params:oauth:token-type:jwt";

  private final TokenSigner signer;
  private final Authenticator subjects;
  private final List<IssuerClient> clients;
  private final InstantSource clock;

  /// @param subjects verifies subject tokens: it must trust this issuer only, and its audiences say
  ///   to whom a token must be addressed to be exchanged here
  public IssuerRoutes(
      TokenSigner signer, Authenticator subjects, List<IssuerClient> clients, InstantSource clock) {
    this.signer = signer;
    this.subjects = subjects;
    this.clients = List.copyOf(clients);
    this.clock = clock;
  }

  /// Adds the routes, none of which needs a token of its own.
  public void addTo(Router router) {
    router.add("GET", "/.well-known/openid-configuration", this::metadata);
    router.add("GET", "/.well-known/oauth-authorization-server", this::metadata);
    router.add("GET", "/auth/jwks", this::jwks);
    router.add("POST", "/auth/token", this::token);
  }

  private void metadata(Exchange exchange) throws IOException {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("issuer", signer.issuer());
    document.put("jwks_uri", signer.issuer() + "/auth/jwks");
    document.put("token_endpoint", signer.issuer() + "/auth/token");
    document.put("grant_types_supported", List.of(EXCHANGE, CLIENT_CREDENTIALS));
    document.put(
        "token_endpoint_auth_methods_supported",
        List.of("client_secret_basic", "client_secret_post", "none"));
    document.put("response_types_supported", List.of());
    document.put("subject_types_supported", List.of("public"));
    document.put("id_token_signing_alg_values_supported", List.of("RS256"));
    document.put(
        "scopes_supported",
        List.of(
            "storage.read", "storage.create", "storage.modify", "storage.stage", "storage.poll"));
    exchange.setHeader("Cache-Control", "max-age=3600");
    Json.respond(exchange, 200, document);
  }

  private void jwks(Exchange exchange) throws IOException {
    exchange.setHeader("Cache-Control", "max-age=3600");
    exchange.respond(200, "application/json", signer.jwks().getBytes(StandardCharsets.UTF_8));
  }

  private void token(Exchange exchange) throws IOException {
    try {
      TokenForm form = TokenForm.read(exchange);
      TokenRequest request =
          switch (form.load("grant_type")) {
            case EXCHANGE -> exchanged(form);
            case CLIENT_CREDENTIALS -> ofClient(form, authenticate(exchange, form));
            default ->
                throw new OAuthError("unsupported_grant_type", "exchange or client credentials");
          };
      grant(exchange, request);
    } catch (OAuthError e) {
      e.respond(exchange);
    }
  }

  private void grant(Exchange exchange, TokenRequest request) throws IOException {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("access_token", signer.sign(request));
    answer.put("issued_token_type", ACCESS_TOKEN);
    answer.put("token_type", "Bearer");
    answer.put("expires_in", request.lifetime().toSeconds());
    answer.put("scope", String.join(" ", request.scopes()));
    exchange.setHeader("Cache-Control", "no-store");
    exchange.setHeader("Pragma", "no-cache");
    Json.respond(exchange, 200, answer);
  }

  private TokenRequest exchanged(TokenForm form) throws OAuthError {
    requireType(form.load("subject_token_type"));
    requireType(form.find("requested_token_type").orElse(ACCESS_TOKEN));
    if (form.find("actor_token").isPresent()) {
      throw new OAuthError("invalid_request", "actor tokens are not supported");
    }
    Caller subject;
    try {
      subject = subjects.verify(form.load("subject_token"));
    } catch (HttpProblem e) {
      throw new OAuthError("invalid_request", "subject token: " + e.detail());
    }
    Instant now = clock.instant();
    return request(
        subject.subject(),
        subject.identity().clientId(),
        Narrowing.audiences(subject.permissions().audiences(), form.audiences()),
        Narrowing.scopes(Narrowing.heldBy(subject), form.scopes()),
        Narrowing.lifetime(form.lifetime(), now, subject.expires()));
  }

  private static void requireType(String type) throws OAuthError {
    if (!type.equals(ACCESS_TOKEN) && !type.equals(JWT)) {
      throw new OAuthError("invalid_request", "only access tokens are exchanged");
    }
  }

  private TokenRequest ofClient(TokenForm form, IssuerClient client) throws OAuthError {
    Instant now = clock.instant();
    return request(
        client.id(),
        client.id(),
        Narrowing.audiences(client.audiences(), form.audiences()),
        Narrowing.scopes(client.scopes(), form.scopes()),
        Narrowing.lifetime(form.lifetime(), now, now.plus(client.maxLifetime())));
  }

  private static TokenRequest request(
      String subject,
      String clientId,
      List<String> audiences,
      List<String> scopes,
      Duration lifetime)
      throws OAuthError {
    try {
      return new TokenRequest(subject, clientId, audiences, scopes, lifetime);
    } catch (IllegalArgumentException e) {
      throw new OAuthError("invalid_request", String.valueOf(e.getMessage()));
    }
  }

  /// By HTTP Basic or by the form, not both.
  private IssuerClient authenticate(Exchange exchange, TokenForm form) throws OAuthError {
    Optional<String> header = exchange.header("Authorization");
    String id;
    String secret;
    if (header.isPresent()) {
      String[] pair = basic(header.get());
      id = pair[0];
      secret = pair[1];
      if (form.find("client_secret").isPresent()) {
        throw new OAuthError("invalid_request", "credentials came twice");
      }
    } else {
      id = form.find("client_id").orElse("");
      secret = form.find("client_secret").orElse("");
    }
    for (IssuerClient client : clients) {
      if (client.id().equals(id) && !secret.isEmpty() && client.hasSecret(secret)) {
        return client;
      }
    }
    throw new OAuthError(401, "invalid_client", "unknown client or wrong secret");
  }

  /// RFC 6749 section 2.3.1: both halves are form-encoded before they are joined.
  private static String[] basic(String header) throws OAuthError {
    try {
      String[] words = header.strip().split(" +");
      if (words.length == 2 && words[0].equalsIgnoreCase("Basic")) {
        String joined = new String(Base64.getDecoder().decode(words[1]), StandardCharsets.UTF_8);
        int colon = joined.indexOf(':');
        if (colon > 0) {
          return new String[] {
            URLDecoder.decode(joined.substring(0, colon), StandardCharsets.UTF_8),
            URLDecoder.decode(joined.substring(colon + 1), StandardCharsets.UTF_8)
          };
        }
      }
    } catch (IllegalArgumentException e) {
      throw new OAuthError(401, "invalid_client", "malformed credentials");
    }
    throw new OAuthError(401, "invalid_client", "malformed credentials");
  }
}
