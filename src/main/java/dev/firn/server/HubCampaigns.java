package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.events.Folding;
import dev.firn.events.Passes;
import dev.firn.http.Router;
import dev.firn.issuer.TokenSigner;
import dev.firn.processing.CampaignEngine;
import dev.firn.processing.CampaignRoutes;
import dev.firn.processing.Campaigns;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;

/// The campaigns of a hub.
final class HubCampaigns implements AutoCloseable {
  private static final long PAUSE_MILLIS = 1_000;

  private final SiteConfig site;
  private final Campaigns campaigns;
  private final CampaignEngine engine;

  /// What a hub has already.
  record Parts(
      Database database, Catalog catalog, Passes passes, StorageArea area, TokenSigner signer) {}

  HubCampaigns(SiteConfig site, SiteConfig.Hub config, Parts parts) {
    this.site = site;
    this.campaigns =
        new Campaigns(
            new Campaigns.Means(
                parts.database(),
                parts.catalog(),
                parts.passes(),
                parts.area(),
                site.name(),
                site.url().toString(),
                parts.signer()));
    this.engine =
        new CampaignEngine(
            new CampaignEngine.Means(
                parts.database(), parts.catalog(), parts.passes(), parts.area(), site.name()),
            campaigns,
            new Folding(parts.database(), parts.catalog(), parts.passes(), config.events().work()),
            PAUSE_MILLIS);
  }

  Campaigns campaigns() {
    return campaigns;
  }

  void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new CampaignRoutes(campaigns, site.url(), authenticator, policy).addTo(router);
  }

  void start() {
    engine.start();
  }

  @Override
  public void close() {
    engine.close();
  }
}
