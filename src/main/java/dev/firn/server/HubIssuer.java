package dev.firn.server;

import dev.firn.console.Sessions;
import dev.firn.database.Database;
import dev.firn.http.HttpProblem;
import dev.firn.http.Router;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.account.AccountRoutes;
import dev.firn.issuer.account.Accounts;
import dev.firn.issuer.oauth.Entitlements;
import dev.firn.issuer.oauth.IssuerClient;
import dev.firn.issuer.oauth.IssuerRoutes;
import dev.firn.issuer.oauth.PageLogins;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.issuer.revocation.RevocationRoutes;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.Issuing;
import dev.firn.server.config.SiteConfig;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import dev.firn.token.revocation.Revocation.Kind;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The hub's issuer as it is configured: who may log in and have what, which clients there are, and
/// whose tokens are exchanged.
final class HubIssuer {
  private final SiteConfig site;
  private final SiteConfig.Hub config;
  private final TokenSigner signer;
  private final Kept kept;
  private final Accounts accounts;
  private final Clock clock = Clock.systemUTC();
  private final List<IssuerClient> clients;
  private final Entitlements entitlements;
  private @Nullable IssuerRoutes routes;
  private @Nullable Guard guard;

  /// Where accounts, logins and revocations are kept.
  record Kept(Database database, RevocationRecord revocations) {}

  /// @throws ConfigException when clients or grants make no sense
  HubIssuer(SiteConfig site, SiteConfig.Hub config, TokenSigner signer, Kept kept)
      throws IOException {
    this.site = site;
    this.config = config;
    this.signer = signer;
    this.kept = kept;
    this.accounts = new Accounts(kept.database(), clock);
    this.clients = clients();
    try {
      this.entitlements = new Entitlements(foreign(), config.issuing().grants());
    } catch (IllegalArgumentException e) {
      throw new ConfigException("grants: " + e.getMessage());
    }
  }

  private Map<String, String> foreign() {
    Map<String, String> foreign = new HashMap<>();
    for (SiteConfig.Issuer issuer : site.issuers()) {
      if (!issuer.subjects().isEmpty()) {
        foreign.put(issuer.url(), issuer.subjects());
      }
    }
    return foreign;
  }

  /// The hub by its names, itself first, and its sites: what tokens of people may be for.
  List<String> audiences() {
    List<String> audiences = new ArrayList<>();
    audiences.add(site.url().toString());
    site.door().aliases().forEach(a -> audiences.add(a.toString()));
    config.remotes().forEach(r -> audiences.add(r.url().toString()));
    return audiences;
  }

  private List<IssuerClient> clients() throws IOException {
    List<IssuerClient> all = new ArrayList<>();
    all.add(IssuerClient.commandLine(audiences()));
    all.add(PageLogins.client(signer.issuer(), Sessions.roles()));
    for (Issuing.Client client : config.issuing().clients()) {
      try {
        all.add(client(client));
      } catch (IllegalArgumentException e) {
        throw new ConfigException("clients: " + client.id() + ": " + e.getMessage());
      }
    }
    return all;
  }

  private IssuerClient client(Issuing.Client client) throws IOException {
    IssuerClient.Proof proof = new IssuerClient.Proof.None();
    if (client.secretSha256().isPresent()) {
      proof = new IssuerClient.Proof.Secret(client.secretSha256().get());
    } else if (client.jwksFile().isPresent()) {
      proof = new IssuerClient.Proof.Keys(KeySource.file(client.jwksFile().get()));
    }
    List<String> audiences = client.audiences().isEmpty() ? audiences() : client.audiences();
    Set<String> grants = new HashSet<>(client.grants());
    if (grants.isEmpty()) {
      grants.add("client_credentials");
    }
    return new IssuerClient(
        client.id(),
        proof,
        client.redirects(),
        IssuerClient.grantTypes(grants),
        new IssuerClient.Limits(client.scopes(), audiences, client.maxLifetime()));
  }

  /// @param own this hub's issuer, as its door trusts it
  /// @param trusted all issuers that this site trusts
  void addTo(Router router, Guard guard, TrustedIssuer own, List<TrustedIssuer> trusted) {
    this.guard = guard;
    List<TrustedIssuer> exchanged = new ArrayList<>(trusted);
    exchanged.removeIf(
        issuer -> issuer.issuer().equals(own.issuer()) || !foreign().containsKey(issuer.issuer()));
    exchanged.add(own);
    Authenticator subjects =
        new Authenticator(exchanged, Set.of(site.url().toString()), guard.revocations(), clock)
            .recording(guard.audit());
    IssuerRoutes issuing = new IssuerRoutes(means(guard.audit(), subjects), people());
    issuing.addTo(router);
    routes = issuing;
    new AccountRoutes(
            accounts,
            kept.revocations(),
            signer.issuer(),
            new AccountRoutes.Administrators(guard.authenticator(), guard.policy(), guard.audit()),
            clock)
        .addTo(router);
    new RevocationRoutes(
            kept.revocations(), signer.issuer(), guard.authenticator(), guard.policy(), clock)
        .addTo(router, guard.audit());
  }

  /// Browsers that are signed in to the console.
  Sessions sessions(Guard guard) {
    PageLogins logins =
        new PageLogins(means(guard.audit(), guard.authenticator()), people(), Sessions.roles());
    return new Sessions(kept.database(), logins, clock);
  }

  private IssuerRoutes.Means means(Audit audit, Authenticator subjects) {
    return new IssuerRoutes.Means(signer, subjects, clients, entitlements, audit, clock);
  }

  private IssuerRoutes.People people() {
    return new IssuerRoutes.People(kept.database(), accounts, kept.revocations());
  }

  /// Whether this hub still accepts a token of its own.
  boolean accepts(String token) {
    Guard by = guard;
    try {
      return by == null || !by.authenticator().verify(token).isAnonymous();
    } catch (HttpProblem e) {
      return false;
    }
  }

  /// The keys of this issuer that were taken back, by their `kid`.
  Set<String> keysTakenBack() {
    return kept.revocations().list().stream()
        .map(RevocationRecord.Entry::what)
        .filter(what -> what.kind() == Kind.KEY && what.issuer().equals(signer.issuer()))
        .map(RevocationRecord.Wish::value)
        .collect(Collectors.toSet());
  }

  /// Forgets logins that have run out.
  void forgetOld() {
    IssuerRoutes issuing = routes;
    if (issuing != null) {
      issuing.forgetOld();
    }
  }
}
