package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Replica;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.door.DoorConfig;
import dev.firn.door.OwnFiles;
import dev.firn.door.PeerPolicy;
import dev.firn.door.TestSite;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.deletion.HttpRemovals;
import dev.firn.transfer.deletion.Reaper;
import dev.firn.transfer.execution.HttpDestinations;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.zip.Adler32;

/// Two doors on loopback with a breakable link between them, a database, and engines.
///
/// The source is reached by the destination through [Gate], which cuts, stalls and corrupts; the
/// hub reaches the destination through a second one.
public final class World implements AutoCloseable {
  static final SiteName MADISON = new SiteName("madison");
  static final SiteName NERSC = new SiteName("nersc");
  static final TransferConfig QUICK =
      new TransferConfig(
          4,
          8,
          Duration.ofSeconds(2),
          Duration.ofMillis(50),
          Duration.ofMillis(400),
          Duration.ofSeconds(8));

  final TestSite madison;
  final TestSite nersc;
  final Gate gate;
  final Gate control;
  final TestDatabase test = TestDatabase.create();
  final Database database = test.database();
  final Catalog catalog = new Catalog(database);
  final Sites sites;
  final Transfers transfers;
  final Rules rules;
  final HttpFetcher http = HttpClients.create(HttpClients.Config.trusting());
  private final List<TransferEngine> engines = new ArrayList<>();
  private final Random random;

  private World(TestSite madison, TestSite nersc, Gate gate, Gate control, boolean pulls)
      throws IOException {
    this.madison = madison;
    this.nersc = nersc;
    this.gate = gate;
    this.control = control;
    this.random = new Random(Long.getLong("firn.seed", 23L));
    this.sites =
        new Sites(
            List.of(
                Site.firn("madison", URI.create("http://localhost:" + gate.port())),
                site("nersc", control.port(), pulls)));
    this.transfers = new Transfers(database, catalog, sites);
    this.rules = new Rules(database, catalog, sites);
  }

  private static Site site(String name, int port, boolean pulls) {
    URI url = URI.create("http://localhost:" + port);
    return new Site(new SiteName(name), url, url.toString(), Site.Kind.FIRN, false, pulls);
  }

  static World start(Path directory) throws Exception {
    Gate gate = new Gate();
    Gate control = new Gate();
    TestSite madison = TestSite.open(directory.resolve("madison"));
    TestSite nersc = trusting(directory.resolve("nersc"), gate.port());
    gate.to(madison.plainPort());
    control.to(nersc.plainPort());
    return new World(madison, nersc, gate, control, true);
  }

  /// The same with a destination that only takes what is pushed.
  static World startPushing(Path directory) throws Exception {
    Gate gate = new Gate();
    Gate control = new Gate();
    TestSite madison = trusting(directory.resolve("madison"), control.port());
    TestSite nersc = TestSite.open(directory.resolve("nersc"));
    gate.to(madison.plainPort());
    control.to(nersc.plainPort());
    return new World(madison, nersc, gate, control, false);
  }

  private static TestSite trusting(Path directory, int port) throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.config = c -> c.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost:" + port));
    return TestSite.start(directory, options);
  }

  /// The hub's record of transfers by itself.
  public static TransferBook book(
      Database database, Catalog catalog, Sites sites, LinkPolicy usual) {
    return new PostgresBook(
        database, new Transfers(database, catalog, sites).store(), sites, usual);
  }

  TransferEngine engine(String owner) {
    return engine(owner, QUICK);
  }

  TransferEngine engine(String owner, TransferConfig config) {
    return engine(owner, http, config);
  }

  TransferEngine engine(String owner, HttpFetcher outward) {
    return engine(owner, outward, QUICK);
  }

  /// One in the process of madison's door, which sends small files itself.
  TransferEngine engineAtMadison(HttpFetcher outward, DoorConfig door) {
    OwnFiles own = new OwnFiles(MADISON, madison.area, door);
    return engine(
        "madison",
        new TransferEngine.Outward(outward, TransferTokens.NONE, Optional.of(own), new Random(5)),
        QUICK);
  }

  private TransferEngine engine(String owner, HttpFetcher outward, TransferConfig config) {
    return engine(
        owner, new TransferEngine.Outward(outward, TransferTokens.NONE, new Random(5)), config);
  }

  private TransferEngine engine(
      String owner, TransferEngine.Outward outward, TransferConfig config) {
    TransferEngine engine =
        new TransferEngine(owner + "-" + engines.size(), transfers, catalog, outward, config)
            .start();
    engines.add(engine);
    return engine;
  }

  Reaper reaper() {
    return new Reaper(
        database,
        catalog,
        sites,
        new Reaper.Means(
            new HttpRemovals(http, TransferTokens.NONE, QUICK.silence()),
            new HttpDestinations(http, TransferTokens.NONE, QUICK.silence()),
            QUICK.retries()));
  }

  public static Checksums sums(byte[] bytes) {
    try {
      Adler32 adler32 = new Adler32();
      adler32.update(bytes);
      return Checksums.of(
          Checksum.of(ChecksumAlgorithm.ADLER32, adler32.getValue()),
          Checksum.of(
              ChecksumAlgorithm.SHA512, MessageDigest.getInstance("SHA-512").digest(bytes)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Stores bytes at a door, past the gates.
  void store(TestSite site, String path, byte[] bytes) throws IOException {
    var put = HttpFetcher.Request.of("PUT", site.plain(path)).withBody(BodySource.bytes(bytes));
    try (var response = http.send(put)) {
      assertThat(response.status()).isBetween(200, 204);
    }
  }

  Optional<byte[]> find(TestSite site, String path) throws IOException {
    try (var response = http.send(HttpFetcher.Request.of("GET", site.plain(path)))) {
      return response.status() == 404
          ? Optional.empty()
          : Optional.of(response.body().readAllBytes());
    }
  }

  byte[] bytesAt(TestSite site, String path) throws IOException {
    return find(site, path).orElseThrow();
  }

  /// A new file at madison, in the catalog.
  CatalogFile put(String path, int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    store(madison, path, bytes);
    NewFile file = new NewFile(LogicalName.parse(path), size, sums(bytes), FileMetadata.NONE);
    catalog.register(file, MADISON, file.name(), "test", "taken in");
    return catalog.find(file.name()).orElseThrow();
  }

  /// Other content under a name that madison has, as its door would tell the catalog.
  CatalogFile replace(String path, int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    store(madison, path, bytes);
    NewFile file = new NewFile(LogicalName.parse(path), size, sums(bytes), FileMetadata.NONE);
    catalog.stored(file, true, MADISON, "test");
    return catalog.find(file.name()).orElseThrow();
  }

  /// A new bundle at madison, to be moved to nersc.
  TransferRequest bundleRequest(String path, int size) throws IOException {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    store(madison, path, bytes);
    LogicalName name = LogicalName.parse(path);
    return TransferRequest.of(
        Subject.bundle(new UUID(random.nextLong(), random.nextLong())),
        new Place(MADISON, name),
        new Place(NERSC, name),
        size,
        sums(bytes));
  }

  byte[] bytesOf(TransferRequest request) throws IOException {
    return bytesAt(madison, request.from().path().toString());
  }

  TransferState state(long id) {
    return transfers.find(id).orElseThrow().state();
  }

  Transfer ended(long id) {
    await(() -> transfers.find(id).orElseThrow().ended());
    return transfers.find(id).orElseThrow();
  }

  Optional<Replica> replica(String path, String site) {
    return catalog.find(LogicalName.parse(path)).flatMap(f -> f.replicaAt(new SiteName(site)));
  }

  boolean verifiedAt(String path, String site) {
    return replica(path, site).filter(r -> r.verified() != null).isPresent();
  }

  /// Looks until it holds; the test's own limit ends it otherwise.
  void await(BooleanSupplier holds) {
    long end = System.nanoTime() + Duration.ofSeconds(120).toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("did not come true; transfers: " + describe());
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private String describe() {
    StringBuilder out = new StringBuilder();
    for (Transfer transfer : transfers.list(null, 0, 20)) {
      out.append('\n').append(transfer);
      transfers.attempts(transfer.id(), 20).forEach(a -> out.append("\n    ").append(a));
    }
    return out.toString();
  }

  /// Promises 1, 2, 4, 7 as far as transfers make them.
  void assertPromises() throws IOException {
    for (Transfer transfer : transfers.list(null, 0, 10_000)) {
      TransferRequest request = transfer.request();
      Optional<ReplicaState> state =
          request.subject() instanceof Subject.OfFile(long file)
              ? catalog.find(file).orElseThrow().replicaAt(NERSC).map(Replica::state)
              : Optional.empty();
      Optional<byte[]> there = find(nersc, request.to().path().toString());
      // Whole or absent: what is visible is all of it.
      if (there.isPresent()) {
        assertThat(sums(there.get())).isEqualTo(request.checksums());
      }
      // Done is true; failed left nothing.
      if (transfer.state() == TransferState.DONE) {
        assertThat(there).as("%s", transfer).isPresent();
        assertThat(transfer.verification()).isNotNull();
      }
      // The catalog never points at bytes that are not there.
      if (state.equals(Optional.of(ReplicaState.AVAILABLE))) {
        assertThat(there).as("the catalog points at %s", request.to()).isPresent();
      }
      assertHistory(transfer.id());
    }
  }

  /// Every change follows from the one before, and no transfer is completed twice.
  private void assertHistory(long id) {
    record Moment(TransferState state, List<HistoryRecord> history) {}
    Moment moment =
        database.read(c ->
            new Moment(
                TransferStore.find(c, id).orElseThrow().state(),
                History.of(c, List.of(TransferStore.KIND), Long.toString(id), 0, 1000)));
    List<HistoryRecord> history = moment.history().reversed();
    String state = null;
    for (HistoryRecord record : history) {
      assertThat(record.entry().from()).as("%s", history).isEqualTo(state);
      state = record.entry().to();
    }
    assertThat(state).isEqualTo(moment.state().label());
    assertThat(history.stream().filter(h -> "done".equals(h.entry().to())).count())
        .isLessThanOrEqualTo(1);
  }

  @Override
  public void close() throws Exception {
    gate.release();
    engines.forEach(TransferEngine::close);
    http.close();
    gate.close();
    control.close();
    madison.close();
    nersc.close();
    test.close();
  }
}
