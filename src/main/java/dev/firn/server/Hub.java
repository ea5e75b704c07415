package dev.firn.server;

import dev.firn.archive.RemoteCopy;
import dev.firn.archive.request.RequestedFiles;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogRoutes;
import dev.firn.catalog.Consistency;
import dev.firn.catalog.LoadRoutes;
import dev.firn.catalog.area.AreaComparison;
import dev.firn.catalog.area.AreaRoutes;
import dev.firn.catalog.dataset.DatasetRoutes;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.filecatalog.DumpRoutes;
import dev.firn.catalog.filecatalog.FileCatalogRoutes;
import dev.firn.catalog.report.ReportRoutes;
import dev.firn.catalog.truth.SiteCheck;
import dev.firn.catalog.truth.TruthRoutes;
import dev.firn.catalog.usage.Accounting;
import dev.firn.catalog.usage.UsageRoutes;
import dev.firn.console.AnswerPages;
import dev.firn.console.ArchivePage;
import dev.firn.console.CampaignPages;
import dev.firn.console.EventPages;
import dev.firn.console.HubArchiveView;
import dev.firn.console.NoticePages;
import dev.firn.console.Viewers;
import dev.firn.console.ingest.IngestPages;
import dev.firn.database.Database;
import dev.firn.door.OwnFiles;
import dev.firn.door.PeerPolicy;
import dev.firn.door.admission.Admission;
import dev.firn.events.DerivedTables;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Router;
import dev.firn.inference.scoring.ScoreRoutes;
import dev.firn.inference.scoring.ScoreRuns;
import dev.firn.issuer.TokenFile;
import dev.firn.issuer.TokenSigner;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.model.LogicalName;
import dev.firn.processing.Campaigns;
import dev.firn.publication.Dois;
import dev.firn.publication.OaiRoutes;
import dev.firn.publication.PublicationRoutes;
import dev.firn.publication.Publications;
import dev.firn.publication.PublishingRoutes;
import dev.firn.server.config.SiteConfig;
import dev.firn.staging.StageRoutes;
import dev.firn.staging.Stages;
import dev.firn.storage.StorageArea;
import dev.firn.storage.journal.ChangeJournal;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.TrustedIssuer;
import dev.firn.transfer.TransferConfig;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.SiteFetcher;
import dev.firn.transfer.site.SiteFetcher.Strangers;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

/// What only a hub has: the record, the issuer, the engines that make true what rules say, and the
/// console.
final class Hub implements AutoCloseable {
  private final SiteConfig site;
  private final SiteConfig.Hub config;
  private final Clock clock = Clock.systemUTC();
  private final Cleanup parts;
  private final TokenSigner signer;
  private final Database database;
  private final RevocationRecord revocations;
  private final HubIssuer issuer;
  private final Catalog catalog;
  private final Sites sites;
  private final HubMovement movement;
  private final HubArchive archive;
  private final WayIn wayIn;
  private final Publications publications;
  private final StorageArea area;
  private final HubEvents events;
  private final HubCampaigns campaigns;
  private final HubAlerts alerts;
  private final Optional<Dois> dois;
  private final HubReports reports;
  private final ChangeJournal journal;
  private final Health health;
  private final AreaComparison comparison;

  /// The hub's own area, what it sends of it, what is noted of its changes, and what is looked at.
  record Ground(StorageArea area, OwnFiles own, ChangeJournal journal, Health health) {}

  /// What speaks to servers that are known, and to those that sites send it on to.
  record Clients(HttpFetcher known, HttpFetcher strangers) {}

  private Hub(SiteConfig site, SiteConfig.Hub config, Ground ground, Clients clients, Cleanup parts)
      throws IOException {
    HttpFetcher client = clients.known();
    StorageArea area = ground.area();
    this.journal = ground.journal();
    this.health = ground.health();
    this.parts = parts;
    this.site = site;
    this.config = config;
    this.signer =
        TokenSigner.open(config.issuing().keys(), site.url().toString(), clock, UUID::randomUUID);
    this.database = parts.add(HubDatabase.open(config.database())).database();
    health.watch(database);
    this.revocations = new RevocationRecord(database, clock);
    this.issuer = new HubIssuer(site, config, signer, new HubIssuer.Kept(database, revocations));
    this.catalog = new Catalog(database, List.of(RequestedFiles::needs, Campaigns::needs));
    this.sites = knownSites();
    // A name of its own at every start: leases of a process that is gone are never taken for ours.
    String owner = site.name() + "-" + ProcessHandle.current().pid() + "-" + clock.millis();
    TransferTokens tokens = new HubTokens(signer);
    SiteFetcher toSites =
        new SiteFetcher(
            sites,
            client,
            new Strangers(clients.strangers(), PeerPolicy.PUBLIC_ONLY::allowsRedirect));
    this.movement =
        new HubMovement(
            database,
            catalog,
            sites,
            new HubMovement.Outward(owner, toSites, tokens, ground.own(), transferConfig()));
    this.archive =
        new HubArchive(
            site,
            config,
            new HubArchive.Parts(database, catalog, sites, area, movement.transfers()),
            new HubArchive.Outward(owner, toSites, tokens),
            clock);
    this.wayIn =
        new WayIn(site, new WayIn.Ground(database, catalog, area, archive.inboxes()), clock);
    this.publications = new Publications(database, catalog, new Datasets(database, catalog), clock);
    this.area = area;
    HubEvents.Parts known = new HubEvents.Parts(database, catalog, area);
    this.events = new HubEvents(site, config, known, owner);
    this.comparison = comparison();
    this.campaigns =
        new HubCampaigns(
            site, config, new HubCampaigns.Parts(database, catalog, events.passes(), area, signer));
    this.reports =
        new HubReports(config.reports(), database, sites, new RemoteCopy(toSites, tokens), clock);
    this.alerts = new HubAlerts(config.alerts(), database, client, clock);
    this.dois =
        config
            .publishing()
            .datacite()
            .map(d -> HubDois.of(d, site.url(), database, publications, client));
  }

  /// Opens the record and the keys; nothing is answered and nothing moves yet.
  static Hub open(SiteConfig site, SiteConfig.Hub config, Ground ground, Clients clients)
      throws IOException {
    Cleanup parts = new Cleanup();
    try {
      return new Hub(site, config, ground, clients, parts);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private Sites knownSites() {
    List<Site> sites = new ArrayList<>();
    sites.add(
        new Site(site.name(), site.url(), site.url().toString(), Site.Kind.FIRN, false, true)
            .withAttributes(config.attributes()));
    for (SiteConfig.Remote r : config.remotes()) {
      Site.Kind kind = Site.Kind.ofLabel(r.kind());
      sites.add(
          new Site(r.name(), r.url(), r.url().toString(), kind, r.nearline(), r.pulls())
              .withAttributes(r.attributes())
              .withRedirectHosts(r.redirectHosts()));
    }
    return new Sites(sites);
  }

  private TransferConfig transferConfig() {
    return TransferConfig.DEFAULT
        .withPerLink(config.transfers().perLink())
        .withLease(config.transfers().lease())
        .withFirstDelay(config.transfers().retryDelay());
  }

  /// The hub's own issuer, as its door trusts it.
  TrustedIssuer trustedIssuer() {
    return TrustedIssuer.of(site.url().toString(), LogicalName.ROOT, signer.keys()).asOwn();
  }

  /// Makes what is revoked here known to this process, and keeps it known.
  void follow(RevocationWatch watch) {
    parts.add(watch.follow(revocations, database));
  }

  CatalogRegistrar registrar() {
    return new CatalogRegistrar(catalog, site.name(), archive.prefix(), journal);
  }

  /// Puts in order what a crash between publishing and recording left, before anything is answered.
  void settle() throws IOException {
    wayIn.recover();
    comparison.begin();
  }

  private AreaComparison comparison() {
    // A bundle is staged before it is recorded; once recorded, it must be there like any file.
    // So are the files of event tables: recorded by the commit that needs them, or by none.
    Predicate<LogicalName> staged =
        name ->
            (name.startsWith(archive.prefix())
                    || events.holds(name)
                    || name.startsWith(site.models().staging()))
                && catalog.find(name).isEmpty();
    Path started = site.door().storage().resolveSibling("changes").resolve("start");
    return new AreaComparison(
        new AreaComparison.Place(site.name(), area, journal, started),
        new AreaComparison.Record(
            database,
            new Consistency(catalog, database, site.name()),
            staged,
            registrar()::metadata),
        clock,
        UUID::randomUUID);
  }

  Publications publications() {
    return publications;
  }

  Path operatorFile() {
    return config.issuing().operatorFile();
  }

  /// @param trusted the other issuers that this site trusts
  void addTo(Router router, Guard guard, Admission admission, List<TrustedIssuer> trusted) {
    Authenticator authenticator = guard.authenticator();
    AccessPolicy policy = guard.policy();
    issuer.addTo(router, guard, trustedIssuer(), trusted);
    new CatalogRoutes(catalog, database, authenticator, policy).addTo(router);
    new FileCatalogRoutes(catalog, database, authenticator, policy, UUID::randomUUID).addTo(router);
    new LoadRoutes(catalog, authenticator, policy).addTo(router);
    new DumpRoutes(catalog, database, authenticator, policy).addTo(router);
    new DatasetRoutes(new Datasets(database, catalog), authenticator, policy).addTo(router);
    SiteCheck check = new SiteCheck(database, Path.of(System.getProperty("java.io.tmpdir")));
    new TruthRoutes(check, authenticator, policy, clock).addTo(router);
    new ReportRoutes(reports.reports(), authenticator, policy).addTo(router);
    new UsageRoutes(new Accounting(database), authenticator, policy, clock).addTo(router);
    movement.addTo(router, authenticator, policy);
    wayIn.addTo(router, guard, signer);
    new AreaRoutes(comparison::progress, authenticator, policy).addTo(router);
    archive.addTo(router, guard, admission);
    publish(router, authenticator, policy);
    events.addTo(router, authenticator, policy);
    campaigns.addTo(router, authenticator, policy);
    alerts.addTo(router, authenticator, policy);
    Stages stages = addStages(router, authenticator, policy);
    HubOverview.Rooms rooms =
        new HubOverview.Rooms(catalog, movement.transfers(), archive.archivist(), wayIn.ingests());
    HubOverview overview = new HubOverview(site.name(), sites, rooms, health, clock);
    Viewers viewers =
        new Viewers(authenticator, policy)
            .withSessions(issuer.sessions(guard), config.consoleFreeHere());
    HubArchiveView kept = new HubArchiveView(catalog, archive.archivist());
    EventPages passes = new EventPages(events.look(), viewers);
    List<HubConsole.Pages> pages =
        List.of(
            HubPages.of(database, catalog, area, reports.reports())::addTo,
            new IngestPages(wayIn.view(comparison::progress), clock)::addTo,
            movement::addTo,
            new ArchivePage(kept, kept)::addTo,
            console -> passes.addTo(router, console),
            new CampaignPages(campaigns.campaigns())::addTo,
            new AnswerPages(stages::list, () -> ScoreRuns.tables(database))::addTo,
            new NoticePages(alerts.notices())::addTo);
    parts.add(HubConsole.add(router, overview, pages, viewers, admission));
  }

  void addTo(Instruments instruments) {
    parts.add(instruments.watch(database));
  }

  /// Scores for the events of passes, by the models of this site.
  void addScores(Router router, Guard guard, SiteModels models) {
    ScoreRuns.Means means =
        new ScoreRuns.Means(
            database,
            new DerivedTables(events.means()),
            models.models(),
            site.models().directory(),
            models.servers(),
            site.models().work());
    new ScoreRoutes(
            new ScoreRuns(means), events.means().passes(), guard.authenticator(), guard.policy())
        .addTo(router);
  }

  private Stages addStages(Router router, Authenticator authenticator, AccessPolicy policy) {
    Stages stages =
        new Stages(
            new Stages.Means(
                database,
                catalog,
                new DerivedTables(events.means()),
                area,
                site.name(),
                site.models().staging(),
                site.models().work(),
                site.models().stagingQuota()));
    new StageRoutes(stages, events.means().passes(), authenticator, policy).addTo(router);
    return stages;
  }

  private void publish(Router router, Authenticator authenticator, AccessPolicy policy) {
    new PublicationRoutes(publications, area, site.name(), site.url(), clock).addTo(router);
    PublishingRoutes.Ground ground =
        new PublishingRoutes.Ground(publications, database, catalog, area, site.name());
    new PublishingRoutes(ground, site.url(), authenticator, policy, clock).addTo(router);
    String name = config.publishing().name();
    String contact = config.publishing().contact();
    OaiRoutes.Contact named =
        new OaiRoutes.Contact(
            name.isEmpty() ? site.name().value() : name,
            contact.isEmpty() ? OaiRoutes.Contact.postmaster(site.url()) : contact);
    new OaiRoutes(publications, site.url(), named, clock).addTo(router);
  }

  /// Starts what works by itself, once the door answers.
  void run() throws IOException {
    TokenFile operator =
        TokenFile.operator(config.issuing().operatorFile(), signer, issuer.audiences());
    comparison.start();
    parts.add(comparison);
    parts.add(alerts.start());
    parts.add(KeyKeeper.start(signer, operator, issuer, clock));
    parts.add(Chores.start(catalog, new Accounting(database)));
    dois.ifPresent(d -> parts.add(d.start()));
    reports.start();
    parts.add(reports);
    movement.start(parts);
    archive.start(parts);
    wayIn.start();
    parts.add(wayIn);
    events.start();
    parts.add(events);
    campaigns.start();
    parts.add(campaigns);
  }

  @Override
  public void close() throws IOException {
    parts.close();
  }
}
