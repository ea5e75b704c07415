package dev.firn.issuer.oauth;

import dev.firn.http.Exchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The clients there are, and how a request proves to come from one (RFC 6749 section 2.3).
final class Clients {
  private final Map<String, IssuerClient> byId = new HashMap<>();
  private final Assertions assertions;

  Clients(List<IssuerClient> clients, Assertions assertions) {
    this.assertions = assertions;
    for (IssuerClient client : clients) {
      if (byId.put(client.id(), client) != null) {
        throw new IllegalArgumentException("client is configured twice: " + client.id());
      }
    }
  }

  Optional<IssuerClient> find(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /// The client that a request comes from: by HTTP Basic, by the form or by an assertion, one of
  /// them; by its name alone when it has nothing to prove itself with.
  ///
  /// @throws OAuthError `invalid_client`, which does not say what was wrong
  IssuerClient authenticate(Exchange exchange, TokenForm form) throws OAuthError {
    Optional<String> header = exchange.header("Authorization");
    Optional<String> secret = form.find("client_secret");
    Optional<String> assertion = form.find("client_assertion");
    int ways =
        (header.isPresent() ? 1 : 0)
            + (secret.isPresent() ? 1 : 0)
            + (assertion.isPresent() ? 1 : 0);
    if (ways > 1) {
      throw new OAuthError("invalid_request", "credentials came twice");
    }
    if (header.isPresent()) {
      String[] pair = basic(header.get());
      return bySecret(named(form, pair[0]), pair[1]);
    }
    if (assertion.isPresent()) {
      String claimed = assertions.claimedClient(form, assertion.get());
      IssuerClient client = find(named(form, claimed)).orElseThrow(Clients::unknown);
      if (client.proof() instanceof IssuerClient.Proof.Keys keys) {
        assertions.check(client.id(), keys.keys(), assertion.get());
        return client;
      }
      throw unknown();
    }
    String id = form.find("client_id").orElse("");
    if (secret.isPresent()) {
      return bySecret(id, secret.get());
    }
    return find(id)
        .filter(client -> client.proof() instanceof IssuerClient.Proof.None)
        .orElseThrow(Clients::unknown);
  }

  /// [#authenticate] for a client that must be allowed a grant.
  ///
  /// @throws OAuthError `invalid_client` or `unauthorized_client`
  IssuerClient authenticate(Exchange exchange, TokenForm form, String grant) throws OAuthError {
    IssuerClient client = authenticate(exchange, form);
    if (!client.grants().contains(grant)) {
      throw new OAuthError("unauthorized_client", "this client is not allowed this grant");
    }
    return client;
  }

  private static String named(TokenForm form, String id) throws OAuthError {
    if (!form.find("client_id").orElse(id).equals(id)) {
      throw unknown();
    }
    return id;
  }

  private IssuerClient bySecret(String id, String secret) throws OAuthError {
    return find(id)
        .filter(client ->
            client.proof() instanceof IssuerClient.Proof.Secret kept
                && !secret.isEmpty()
                && kept.matches(secret))
        .orElseThrow(Clients::unknown);
  }

  static OAuthError unknown() {
    return new OAuthError(401, "invalid_client", "unknown client or wrong credentials");
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
