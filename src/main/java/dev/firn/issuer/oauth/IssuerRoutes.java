package dev.firn.issuer.oauth;

import dev.firn.database.Database;
import dev.firn.http.Exchange;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.account.Accounts;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The issuer over HTTP: its discovery documents, its public keys, and `POST /auth/token`; with
/// people who may log in also their pages, the device flow, revocation, introspection and user
/// info.
///
/// What the discovery documents say is made from what is served. Errors are those of RFC 6749
/// section 5.2; tokens never appear in them.
public final class IssuerRoutes {
  static final String ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

  private final Means means;
  private final @Nullable People people;

  /// What an issuer is made of.
  ///
  /// @param subjects verifies tokens to be exchanged: it trusts this issuer and those whose tokens
  ///   are exchanged for ours, and its audiences say to whom such a token must be addressed
  public record Means(
      TokenSigner signer,
      Authenticator subjects,
      List<IssuerClient> clients,
      Entitlements entitlements,
      Audit audit,
      InstantSource clock) {
    public Means {
      clients = List.copyOf(clients);
    }
  }

  /// Those who may log in, and where logins are kept.
  public record People(Database database, Accounts accounts, RevocationRecord revocations) {}

  /// An issuer for programs alone: exchange, and client credentials for clients with a secret.
  public IssuerRoutes(
      TokenSigner signer, Authenticator subjects, List<IssuerClient> clients, InstantSource clock) {
    this(new Means(signer, subjects, clients, Entitlements.none(), Audit.NONE, clock), null);
  }

  /// An issuer at which people log in.
  public IssuerRoutes(Means means, @Nullable People people) {
    this.means = means;
    this.people = people;
  }

  /// Adds the routes, none of which needs a token of its own.
  public void addTo(Router router) {
    router.add("GET", "/.well-known/openid-configuration", this::metadata);
    router.add("GET", "/.well-known/oauth-authorization-server", this::metadata);
    router.add("GET", "/auth/jwks", this::jwks);
    TokenSigner signer = means.signer();
    Assertions.Used used =
        people == null
            ? (client, tokenId, expires) -> false
            : new UsedAssertions(people.database())::first;
    Clients clients =
        new Clients(means.clients(), new Assertions(signer.issuer(), used, means.clock()));
    Map<String, TokenGrant> grants = new LinkedHashMap<>();
    grants.put(
        GrantTypes.EXCHANGE,
        new ExchangeGrant(
            servers(clients),
            means.subjects(),
            means.entitlements(),
            people == null ? ExchangeGrant.Holders.NONE : holders(people),
            means.clock()));
    grants.put(GrantTypes.CLIENT_CREDENTIALS, new ClientGrant(clients, means.clock()));
    if (people != null) {
      grants.putAll(addLogins(router, clients, people));
    }
    TokenEndpoint endpoint = new TokenEndpoint(signer, grants, means.audit(), means.clock());
    router.add("POST", "/auth/token", endpoint::handle);
  }

  private ExchangeGrant.Holders holders(People with) {
    Logins logins = new Logins(with.database(), means.clock());
    return new ExchangeGrant.Holders(
        with.accounts()::find,
        (tokenId, signed) -> logins.gaveFor(tokenId, signed.id(), signed.expires()));
  }

  /// This server and the sites that people's tokens may be for.
  private List<String> servers(Clients clients) {
    String issuer = means.signer().issuer();
    List<String> servers = new ArrayList<>();
    servers.add(issuer);
    clients
        .find(IssuerClient.COMMAND_LINE)
        .ifPresent(client -> servers.addAll(client.limits().audiences()));
    return servers.stream().distinct().toList();
  }

  private Map<String, TokenGrant> addLogins(Router router, Clients clients, People with) {
    InstantSource clock = means.clock();
    TokenSigner signer = means.signer();
    Logins logins = new Logins(with.database(), clock);
    Recall recall = new Recall(signer.issuer(), logins, with.revocations(), means.audit(), clock);
    Codes codes = new Codes(with.database(), logins, clock);
    Devices devices = new Devices(with.database(), logins, clock);
    LoginDesk desk = new LoginDesk(means.entitlements(), clock);
    SignIn signIn = new SignIn(with.accounts(), signer.issuer(), means.audit(), clock);
    new AuthorizeRoutes(signer.issuer(), clients, desk, codes, signIn).addTo(router);
    new DeviceRoutes(signer.issuer(), clients, desk, devices, signIn).addTo(router);
    TokenCare.Known known =
        new TokenCare.Known(means.subjects(), means.subjects().ofIssuer(signer.issuer()));
    new TokenCare(clients, logins, recall, known, with.accounts()).addTo(router);
    LoginGrants.Stores stores = new LoginGrants.Stores(logins, codes, devices, recall);
    return new LoginGrants(clients, with.accounts(), desk, stores, signer).byType();
  }

  /// Forgets logins, codes and devices that have run out; called now and then.
  public void forgetOld() {
    if (people != null) {
      new Logins(people.database(), means.clock()).forgetOld();
    }
  }

  private void metadata(Exchange exchange) throws IOException {
    String issuer = means.signer().issuer();
    boolean logins = people != null;
    List<String> proofs = new ArrayList<>(List.of("client_secret_basic", "client_secret_post"));
    if (logins) {
      proofs.add("private_key_jwt");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("issuer", issuer);
    document.put("jwks_uri", issuer + "/auth/jwks");
    document.put("token_endpoint", issuer + "/auth/token");
    List<String> grants =
        new ArrayList<>(List.of(GrantTypes.EXCHANGE, GrantTypes.CLIENT_CREDENTIALS));
    if (logins) {
      grants.addAll(List.of(GrantTypes.CODE, GrantTypes.DEVICE, GrantTypes.REFRESH));
      addLoginMetadata(document, issuer, proofs);
    }
    document.put("grant_types_supported", grants);
    List<String> all = new ArrayList<>(proofs);
    all.add("none");
    document.put("token_endpoint_auth_methods_supported", all);
    document.put("response_types_supported", logins ? List.of("code") : List.of());
    document.put("subject_types_supported", List.of("public"));
    document.put("id_token_signing_alg_values_supported", List.of("RS256"));
    document.put("scopes_supported", scopes(logins));
    exchange.setHeader("Cache-Control", "max-age=3600");
    Json.respond(exchange, 200, document);
  }

  private static void addLoginMetadata(
      Map<String, Object> document, String issuer, List<String> proofs) {
    document.put("authorization_endpoint", issuer + AuthorizeRoutes.PATH);
    document.put("device_authorization_endpoint", issuer + DeviceRoutes.BEGIN);
    document.put("revocation_endpoint", issuer + TokenCare.REVOKE);
    document.put("introspection_endpoint", issuer + TokenCare.INTROSPECT);
    document.put("userinfo_endpoint", issuer + TokenCare.USER_INFO);
    document.put("introspection_endpoint_auth_methods_supported", List.copyOf(proofs));
    List<String> open = new ArrayList<>(proofs);
    open.add("none");
    document.put("revocation_endpoint_auth_methods_supported", open);
    for (String endpoint : List.of("token", "revocation", "introspection")) {
      // RFC 8414 section 2: wherever a client may prove itself by an assertion.
      document.put(endpoint + "_endpoint_auth_signing_alg_values_supported", Assertions.ALGORITHMS);
    }
    document.put("response_modes_supported", List.of("query"));
    document.put("code_challenge_methods_supported", List.of("S256"));
    document.put("authorization_response_iss_parameter_supported", true);
    document.put("request_parameter_supported", false);
    document.put("request_uri_parameter_supported", false);
    document.put(
        "claims_supported", List.of("sub", "auth_time", "preferred_username", "wlcg.groups"));
  }

  private static List<String> scopes(boolean logins) {
    List<String> scopes =
        new ArrayList<>(
            List.of(
                "storage.read",
                "storage.create",
                "storage.modify",
                "storage.stage",
                "storage.poll"));
    if (logins) {
      scopes.addAll(List.of("openid", "offline_access", "wlcg.groups"));
    }
    return scopes;
  }

  private void jwks(Exchange exchange) throws IOException {
    exchange.setHeader("Cache-Control", "max-age=3600");
    exchange.respond(
        200, "application/json", means.signer().jwks().getBytes(StandardCharsets.UTF_8));
  }
}
