package dev.firn.server;

import dev.firn.door.Door;
import dev.firn.door.DoorConfig;
import dev.firn.door.Fireflies;
import dev.firn.door.OwnFiles;
import dev.firn.door.PeerPolicy;
import dev.firn.door.Registrar;
import dev.firn.door.SciTag;
import dev.firn.door.admission.Admission;
import dev.firn.door.admission.TrafficFile;
import dev.firn.http.Doorman;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.issuer.DelegationHandler;
import dev.firn.model.LogicalName;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.SiteConfig;
import dev.firn.storage.StorageArea;
import dev.firn.storage.journal.ChangeJournal;
import dev.firn.storage.journal.JournaledArea;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.audit.AuditLog;
import dev.firn.token.key.KeySource;
import dev.firn.token.revocation.RevocationList;
import dev.firn.token.ticket.Tickets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One running site: its storage area behind its door and, on a hub, everything else.
///
/// Started in the order storage, hub, door, listener, engines; stopped in the opposite order, so
/// that nothing is asked of a part that is gone.
final class Site implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Site.class);

  /// What a site says of itself when it answers.
  record Ready(
      String site,
      String url,
      @Nullable String http_url,
      @Nullable String ca,
      @Nullable String token_file,
      @Nullable String issuer,
      long pid) {}

  private final SiteConfig config;
  private final Cleanup parts;
  private final Router router;
  private final Ready ready;

  private Site(SiteConfig config, Cleanup parts, Router router, Ready ready) {
    this.config = config;
    this.parts = parts;
    this.router = router;
    this.ready = ready;
  }

  /// Starts a site; when this returns, it answers.
  ///
  /// @throws ConfigException when the configuration cannot be used on this machine
  static Site start(SiteConfig config) throws IOException {
    Cleanup parts = new Cleanup();
    try {
      Router router = new Router();
      Ready ready = build(config, router, parts);
      LOG.info("site {} answers at {}", config.name(), config.url());
      return new Site(config, parts, router, ready);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static Ready build(SiteConfig config, Router router, Cleanup parts) throws IOException {
    SiteTrust.of(config); // which says what is wrong before anything is begun
    Clock clock = Clock.systemUTC();
    Files.createDirectories(config.door().storage());
    parts.add(DirectoryLock.take(config.door().storage().resolveSibling("firn.lock")));
    // Closed after all that records in it.
    AuditLog decisions =
        parts.add(AuditLog.open(config.audit().directory(), config.audit().keep(), clock));
    Audit audit = config.audit().all() ? decisions : decisions.ofChanges();
    HttpFetcher client = parts.add(HttpClients.create(trust(config.tls())));
    StorageArea disk = parts.add(Areas.open(config, clock));
    report(disk.recover());
    Optional<Nearline> nearline = Nearline.before(disk, config, clock);
    StorageArea area = nearline.isPresent() ? nearline.get().area() : disk;
    Optional<ChangeJournal> journal = Optional.empty();
    if (config.hub().isPresent()) {
      Path changes = config.door().storage().resolveSibling("changes");
      journal = Optional.of(parts.add(ChangeJournal.open(changes, clock)));
      area = new JournaledArea(area, journal.get());
    }

    Admission admission = new Admission(config.door().largeTransfers(), config.limits(), clock);
    parts.add(
        TrafficFile.keep(
            admission.traffic(), config.door().storage().resolveSibling("traffic.json")));
    DoorConfig doorConfig = doorConfig(config).withAdmission(admission);
    if (config.sciTags().isPresent()) {
      doorConfig = doorConfig.withFireflies(parts.add(fireflies(config, config.sciTags().get())));
    }

    Health health = new Health().watchStorage(area);
    ExecutorService fetches =
        parts.add(
            Executors.newFixedThreadPool(
                2, Thread.ofPlatform().daemon().name("firn-keys-", 0).factory()));
    List<TrustedIssuer> issuers = trustedIssuers(config, client, clock, fetches);
    SiteModels models = parts.add(new SiteModels(config, area, client, trust(config.tls())));
    Optional<Hub> hub = Optional.empty();
    if (config.hub().isPresent()) {
      OwnFiles own = new OwnFiles(config.name(), area, doorConfig);
      Hub.Ground ground = new Hub.Ground(area, own, journal.orElseThrow(), health);
      // Sites may send this hub on to others; nobody else's requests go through this one.
      HttpFetcher strangers =
          parts.add(HttpClients.create(trust(config.tls()), PeerPolicy.PUBLIC_ONLY::allowsAddress));
      Hub.Clients clients = new Hub.Clients(client, strangers);
      Hub started = parts.add(Hub.open(config, config.hub().get(), ground, clients));
      issuers.add(started.trustedIssuer());
      hub = Optional.of(started);
    }
    RevocationList revocations = new RevocationList(clock);
    RevocationWatch watch = parts.add(new RevocationWatch(revocations));
    follow(watch, config, client);
    if (hub.isPresent()) {
      hub.get().follow(watch);
    }
    Path secrets = config.door().storage().resolveSibling("ticket-secrets.json");
    Tickets tickets = Tickets.open(secrets, config.url().toString(), clock);
    Guard guard =
        new Guard(
            new Authenticator(issuers, audiences(config), revocations, clock)
                .accepting(tickets)
                .recording(audit),
            policy(config, issuers).publishing(published(hub)).recording(audit),
            revocations,
            audit);

    Instruments instruments = parts.add(new Instruments(config.name(), area, health));
    instruments.watch(admission);
    // Clients name the peers of third-party copies; nobody else's requests go through this one.
    HttpFetcher copying =
        parts.add(HttpClients.create(trust(config.tls()), doorConfig.peers()::allowsAddress));
    Door.Access access =
        guard
            .access()
            .withDelegation(
                new DelegationHandler(
                        tickets,
                        name -> reachesAll(issuers, name),
                        guard.authenticator(),
                        guard.policy(),
                        clock)
                    .recording(audit));
    Door door =
        parts.add(
            new Door(
                area,
                access,
                hub.<Registrar>map(Hub::registrar).orElse(Registrar.NONE),
                copying,
                doorConfig));
    router.mount(area.prefix().toString(), door);
    instruments.addTo(router);
    nearline.ifPresent(n -> n.addTo(router, guard, admission));
    models.addTo(router, guard);
    instruments.watch(models.models()::metrics);
    hub.ifPresent(h -> h.addTo(instruments));
    hub.ifPresent(h -> h.addTo(router, guard, admission, issuers));
    hub.ifPresent(h -> h.addScores(router, guard, models));

    if (hub.isPresent()) {
      hub.get().settle();
    }
    HttpServer server =
        parts.add(HttpServer.start(listeners(config, admission), instruments.counting(router)));
    parts.add(CertificateWatch.start(server));
    health.watchCertificate(server::certificateEnds, clock);
    instruments.watchHealth();
    // Closed first: what it looks at is there as long as it looks.
    parts.add(health.start());
    parts.add(LimitsWatch.start(config.file(), admission, guard.policy()));
    if (hub.isPresent()) {
      hub.get().run();
    }
    return ready(config, hub, server);
  }

  private static Fireflies fireflies(SiteConfig config, SiteConfig.SciTags tags)
      throws IOException {
    SciTag own = new SciTag(tags.experiment(), tags.activity());
    return new Fireflies(tags.collector(), own, config.url().getHost(), Clock.systemUTC());
  }

  private static HttpClients.Config trust(SiteConfig.Tls tls) {
    for (Path file : tls.trust()) {
      if (!Files.isReadable(file)) {
        throw new ConfigException("tls.trust: cannot read " + file);
      }
    }
    return new HttpClients.Config(tls.trust(), true, Duration.ofSeconds(10));
  }

  private static void report(StorageArea.Recovery recovery) {
    if (recovery.removed() > 0 || !recovery.kept().isEmpty()) {
      LOG.info(
          "storage: took away {} unfinished writes ({} bytes), kept {} that may be resumed",
          recovery.removed(),
          recovery.removedBytes(),
          recovery.kept().size());
    }
  }

  private static List<TrustedIssuer> trustedIssuers(
      SiteConfig config, HttpFetcher client, Clock clock, Executor fetches) throws IOException {
    List<TrustedIssuer> issuers = new ArrayList<>();
    for (SiteConfig.Issuer issuer : config.issuers()) {
      issuers.add(
          new TrustedIssuer(
              issuer.url(),
              issuer.reach(),
              issuer.acceptance(),
              issuer.jwksFile().isPresent()
                  ? KeySource.file(issuer.jwksFile().get())
                  : KeySource.discovered(
                      issuer.url(), new IssuerDocuments(client), clock, fetches)));
    }
    return issuers;
  }

  /// Whether an issuer's scopes are relative to `/`, as those of tickets are.
  private static boolean reachesAll(List<TrustedIssuer> issuers, String name) {
    return issuers.stream()
        .filter(issuer -> issuer.issuer().equals(name))
        .anyMatch(issuer -> issuer.reach().bases().equals(List.of(LogicalName.ROOT)));
  }

  private static void follow(RevocationWatch watch, SiteConfig config, HttpFetcher client)
      throws IOException {
    Path kept = config.door().storage().resolveSibling("revocations");
    for (SiteConfig.Issuer issuer : config.issuers()) {
      if (issuer.revocations()) {
        watch.follow(issuer.url(), client, kept);
      }
    }
    if (config.revocations().isPresent()) {
      watch.follow(config.revocations().get());
    }
  }

  private static Set<String> audiences(SiteConfig config) {
    Set<String> audiences = new HashSet<>();
    audiences.add(config.url().toString());
    config.door().aliases().forEach(a -> audiences.add(a.toString()));
    return audiences;
  }

  private static Predicate<LogicalName> published(Optional<Hub> hub) {
    return hub.<Predicate<LogicalName>>map(h -> h.publications()::isOpen).orElse(name -> false);
  }

  private static AccessPolicy policy(SiteConfig config, List<TrustedIssuer> issuers) {
    if (!config.door().open()) {
      return AccessPolicy.of(issuers, config.rules());
    }
    List<InetAddress> addresses = new ArrayList<>();
    addresses.add(config.door().listen().getAddress());
    config.door().httpListen().ifPresent(a -> addresses.add(a.getAddress()));
    return AccessPolicy.open(addresses);
  }

  private static DoorConfig doorConfig(SiteConfig config) {
    Set<String> aliases = new HashSet<>();
    aliases.add(hostAndPort(config.url()));
    config.door().aliases().forEach(a -> aliases.add(hostAndPort(a)));
    config.door().httpListen().ifPresent(a -> aliases.add("localhost:" + a.getPort()));
    PeerPolicy peers = PeerPolicy.PUBLIC_ONLY;
    for (String peer : config.door().allowPeers()) {
      peers = peers.trustingPlain(peer);
    }
    DoorConfig.Copies copies =
        new DoorConfig.Copies(
            config.door().maxCopies(),
            config.door().pullLimit().bytes(),
            DoorConfig.Copies.DEFAULT.stall(),
            DoorConfig.Copies.DEFAULT.digestRequired());
    return DoorConfig.of(aliases)
        .withPeers(peers)
        .withCopies(copies)
        .withStaleUploads(config.door().staleUploads());
  }

  private static String hostAndPort(URI url) {
    int port = url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
    return url.getHost().toLowerCase(Locale.ROOT) + ":" + port;
  }

  private static HttpServerConfig listeners(SiteConfig config, Doorman doorman) {
    SiteConfig.Clients clients = config.door().clients();
    HttpServerConfig listeners =
        HttpServerConfig.https(
                config.door().listen(), config.tls().certificate(), config.tls().key())
            .withGrace(clients.grace())
            .withClients(
                new HttpServerConfig.Clients(
                    clients.maxConnections(),
                    clients.maxOfOne(),
                    clients.leastRate().bytes(),
                    clients.patience(),
                    doorman));
    Optional<InetSocketAddress> plain = config.door().httpListen();
    return plain.isPresent() ? listeners.withPlain(plain.get()) : listeners;
  }

  private static Ready ready(SiteConfig config, Optional<Hub> hub, HttpServer server) {
    Path authority = config.tls().certificate().resolveSibling("ca.pem");
    return new Ready(
        config.name().value(),
        config.url().toString(),
        config.door().httpListen().map(a -> "http://localhost:" + server.plainPort()).orElse(null),
        Files.exists(authority) ? authority.toString() : null,
        hub.map(h -> h.operatorFile().toString()).orElse(null),
        hub.map(h -> config.url().toString()).orElse(null),
        ProcessHandle.current().pid());
  }

  Ready ready() {
    return ready;
  }

  /// Every route besides the door's, as `METHOD /its/{template}`.
  List<String> routes() {
    return router.routes();
  }

  @Override
  public void close() throws IOException {
    LOG.info("site {} stops", config.name());
    parts.close();
  }
}
