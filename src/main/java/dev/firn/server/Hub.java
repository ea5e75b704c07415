package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.console.ConsoleRoutes;
import dev.firn.console.Overview;
import dev.firn.database.Database;
import dev.firn.door.Registrar;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Router;
import dev.firn.issuer.IssuerRoutes;
import dev.firn.issuer.TokenFile;
import dev.firn.issuer.TokenSigner;
import dev.firn.model.LogicalName;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import dev.firn.token.TrustedIssuer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/// What only a hub has: the record, the issuer, the engines that make true what rules say, and the
/// console.
final class Hub implements AutoCloseable {
  private final SiteConfig site;
  private final SiteConfig.Hub config;
  private final Cleanup parts;
  private final TokenSigner signer;
  private final Catalog catalog;
  private final LogicalName archivePrefix;
  private final Clock clock = Clock.systemUTC();

  private Hub(
      SiteConfig site, SiteConfig.Hub config, Cleanup parts, TokenSigner signer, Catalog catalog) {
    this.site = site;
    this.config = config;
    this.parts = parts;
    this.signer = signer;
    this.catalog = catalog;
    this.archivePrefix = site.door().area().child("archive");
  }

  /// Opens the record and the keys; nothing is answered and nothing moves yet.
  static Hub start(SiteConfig site, SiteConfig.Hub config, StorageArea area, HttpFetcher client)
      throws IOException {
    Cleanup parts = new Cleanup();
    try {
      Clock clock = Clock.systemUTC();
      TokenSigner signer =
          TokenSigner.open(config.keys(), site.url().toString(), clock, UUID::randomUUID);
      Database database = parts.add(HubDatabase.open(config.database())).database();
      Catalog catalog = new Catalog(database);
      return new Hub(site, config, parts, signer, catalog);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  /// The hub's own issuer, as its door trusts it.
  TrustedIssuer trustedIssuer() {
    return TrustedIssuer.of(site.url().toString(), LogicalName.ROOT, signer.keys()).asOwn();
  }

  Registrar registrar() {
    return new CatalogRegistrar(catalog, site.name(), archivePrefix);
  }

  Path operatorFile() {
    return config.operatorFile();
  }

  void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    Authenticator own =
        new Authenticator(
            List.of(trustedIssuer()), Set.of(site.url().toString()), Revocations.NONE, clock);
    new IssuerRoutes(signer, own, List.of(), clock).addTo(router);
    parts.add(new ConsoleRoutes(this::overview, authenticator, policy, clock)).addTo(router);
  }

  /// Starts what works by itself, once the door answers.
  void run() throws IOException {
    List<String> audiences = new ArrayList<>();
    audiences.add(site.url().toString());
    site.door().aliases().forEach(a -> audiences.add(a.toString()));
    config.remotes().forEach(r -> audiences.add(r.url().toString()));
    TokenFile operator = TokenFile.operator(config.operatorFile(), signer, audiences);
    parts.add(KeyKeeper.start(signer, operator, clock));
  }

  private Overview overview() {
    return new Overview(
        site.name().value(),
        clock.instant(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
