package dev.firn.server;

import dev.firn.catalog.Catalog;
import dev.firn.console.Console;
import dev.firn.console.movement.LinkPages;
import dev.firn.console.movement.TransferPages;
import dev.firn.database.Database;
import dev.firn.door.OwnFiles;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.transfer.Explanations;
import dev.firn.transfer.LinkRoutes;
import dev.firn.transfer.Links;
import dev.firn.transfer.RuleRoutes;
import dev.firn.transfer.TransferConfig;
import dev.firn.transfer.TransferEngine;
import dev.firn.transfer.TransferRoutes;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.deletion.HttpRemovals;
import dev.firn.transfer.deletion.ReapRoutes;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.execution.HttpDestinations;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.rule.Quotas;
import dev.firn.transfer.rule.RuleEstimates;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.site.Sites;
import java.security.SecureRandom;
import java.util.Optional;

/// What makes copies come and go at a hub: rules, transfers over links, and deletion.
final class HubMovement {
  private final Database database;
  private final Catalog catalog;
  private final Sites sites;
  private final Transfers transfers;
  private final TransferConfig config;
  private final TransferEngine engine;
  private final Reaper reaper;

  /// What is spoken to sites with, and how.
  ///
  /// @param owner the name under which this process holds leases
  /// @param own the files of the hub's own site
  record Outward(
      String owner,
      HttpFetcher client,
      TransferTokens tokens,
      OwnFiles own,
      TransferConfig config) {}

  HubMovement(Database database, Catalog catalog, Sites sites, Outward outward) {
    this.database = database;
    this.catalog = catalog;
    this.sites = sites;
    this.config = outward.config();
    this.transfers = new Transfers(database, catalog, sites);
    this.engine =
        new TransferEngine(
            outward.owner(),
            transfers,
            catalog,
            new TransferEngine.Outward(
                outward.client(), outward.tokens(), Optional.of(outward.own()), new SecureRandom()),
            config);
    Reaper.Means means =
        new Reaper.Means(
            new HttpRemovals(outward.client(), outward.tokens(), config.silence()),
            new HttpDestinations(outward.client(), outward.tokens(), config.silence()),
            config.retries());
    this.reaper = new Reaper(database, catalog, sites, means);
  }

  Transfers transfers() {
    return transfers;
  }

  Links links() {
    return new Links(transfers, config);
  }

  void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    Rules rules = new Rules(database, catalog, sites);
    Explanations explanations = new Explanations(transfers, catalog, config);
    new TransferRoutes(transfers, explanations, authenticator, policy).addTo(router);
    RuleEstimates estimates = new RuleEstimates(database, catalog, sites, rules);
    RuleRoutes.Guard guard = new RuleRoutes.Guard(authenticator, policy);
    new RuleRoutes(rules, estimates, new Quotas(database), explanations, guard).addTo(router);
    new LinkRoutes(links(), authenticator, policy).addTo(router);
    new ReapRoutes(reaper, authenticator, policy).addTo(router);
  }

  void addTo(Console console) {
    new LinkPages(links()).addTo(console);
    new TransferPages(
            transfers,
            new Rules(database, catalog, sites),
            new Explanations(transfers, catalog, config))
        .addTo(console);
  }

  /// Starts what works by itself; closing it stops it.
  void start(Cleanup parts) {
    parts.add(engine.start());
    parts.add(reaper.start());
  }
}
