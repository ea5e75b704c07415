package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.archive.takeover.Takeover;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.Replica;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.storage.PublishMode;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A hub with a real database and a real area, and an archive behind a real door. Transfers are
/// made by hand, so that a test decides what arrives.
final class ArchiveWorld implements AutoCloseable {
  static final SiteName HUB = new SiteName("madison");
  static final SiteName NERSC = new SiteName("nersc");
  static final SiteName DESY = new SiteName("desy");
  static final LogicalName RAW = LogicalName.parse("/data/exp/IceCube/2018/unbiased/PFRaw");

  final TestDatabase test = TestDatabase.create();
  final Database database = test.database();
  final Catalog catalog = new Catalog(database);
  final Path home;
  StorageArea area;
  final TestSite nersc;

  /// The archive's area as its door has it.
  private final StorageArea archive;

  /// A second archive, where a test wants one.
  final @Nullable TestSite desy;

  final Sites sites;
  final Transfers transfers;
  final HttpFetcher http;
  private int holders;

  ArchiveWorld(Path directory) throws Exception {
    this(directory, new TestSite.Options(), false);
  }

  static ArchiveWorld ofTwo(Path directory) throws Exception {
    return ofTwo(directory, new TestSite.Options());
  }

  /// @param options of the first archive
  static ArchiveWorld ofTwo(Path directory, TestSite.Options options) throws Exception {
    return new ArchiveWorld(directory, options, false, true);
  }

  /// @param nearline whether the archive is taken for one on tape
  ArchiveWorld(Path directory, TestSite.Options options, boolean nearline) throws Exception {
    this(directory, options, nearline, false);
  }

  private ArchiveWorld(Path directory, TestSite.Options options, boolean nearline, boolean two)
      throws Exception {
    home = directory.resolve("hub");
    area = TestAreas.open(home);
    nersc = TestSite.start(Files.createDirectories(directory.resolve("nersc")), options);
    archive = options.wrapper.apply(nersc.area);
    desy = two ? TestSite.open(Files.createDirectories(directory.resolve("desy"))) : null;
    List<Site> all = new ArrayList<>();
    all.add(Site.firn("madison", URI.create("https://localhost:1")));
    all.add(
        new Site(
            NERSC, nersc.secure(""), nersc.secure("").toString(), Site.Kind.FIRN, nearline, true));
    List<Path> trusted = new ArrayList<>(List.of(directory.resolve("nersc/ca.pem")));
    if (desy != null) {
      all.add(Site.firn(DESY.value(), desy.secure("")));
      trusted.add(directory.resolve("desy/ca.pem"));
    }
    sites = new Sites(all);
    http = HttpClients.create(HttpClients.Config.trusting(trusted.toArray(Path[]::new)));
    transfers = new Transfers(database, catalog, sites);
    sql(
        "INSERT INTO replication_rule(pattern, site, bundled, created_by)"
            + " VALUES ('/data/exp/**', 'nersc', true, 'test')");
  }

  ArchivistConfig config() {
    return ArchivistConfig.of(HUB).withTarget(new ByteSize(100_000)).withLease(Duration.ZERO);
  }

  Archivist archivist() {
    return archivist(area);
  }

  Archivist archivist(StorageArea on) {
    return archivist(on, config());
  }

  Archivist archivist(ArchivistConfig config) {
    return archivist(area, config);
  }

  private Archivist archivist(StorageArea on, ArchivistConfig config) {
    return new Archivist(
        new Archivist.Means(database, catalog, on, transfers, sites, TransferTokens.NONE, http),
        config,
        Clock.systemUTC(),
        "holder-" + holders++,
        UUID::randomUUID);
  }

  /// Takes over what others packed at an archive.
  Takeover takeover() {
    RemoteCopy remote = new RemoteCopy(http, TransferTokens.NONE);
    TapeClient tape = new TapeClient(http, TransferTokens.NONE);
    return new Takeover(
        database,
        catalog,
        new Takeover.Archives(sites, remote, new Staging(database, tape, Duration.ZERO)),
        FileNames.shipped()::metadata,
        Clock.systemUTC());
  }

  /// As after the death of the process: a new look at the same directory.
  void reopenArea() throws IOException {
    area.close();
    area = TestAreas.open(home);
  }

  /// A file in the area and the catalog whose bundled copy is asked for.
  CatalogFile put(String name, int size) throws IOException {
    CatalogFile file = keep(name, size);
    want(file, NERSC);
    return file;
  }

  /// Asks for a bundled copy of a file at an archive.
  void want(CatalogFile file, SiteName site) {
    sql(
        "INSERT INTO copy_request(file_id, rule_id, site, bundled, why) VALUES (%d, (SELECT min(id) FROM replication_rule), '%s', true, 'test')"
            .formatted(file.id(), site));
  }

  /// A file in the area and the catalog.
  private CatalogFile keep(String name, int size) throws IOException {
    LogicalName logical = RAW.resolve(List.of(name.split("/")));
    byte[] bytes = content(name, size);
    Checksums sums;
    try (StagedWrite staged = area.stage(logical, StageOptions.DEFAULT)) {
      staged.write(ByteBuffer.wrap(bytes));
      sums = staged.finish();
      staged.publish(PublishMode.CREATE_NEW, sums);
    }
    RegisterOutcome outcome =
        catalog.register(
            new NewFile(logical, size, sums, FileMetadata.NONE.withLevel("PFRaw").withSeason(2018)),
            HUB,
            logical,
            "test",
            "put");
    return ((RegisterOutcome.Registered) outcome).file();
  }

  private StorageArea at(SiteName site) {
    if (site.equals(HUB)) {
      return area;
    }
    return site.equals(NERSC) ? archive : Objects.requireNonNull(desy).area;
  }

  static byte[] content(String name, int size) {
    byte[] bytes = new byte[size];
    new Random(name.hashCode()).nextBytes(bytes);
    return bytes;
  }

  /// Makes all queued transfers as a transfer engine would.
  int deliver() throws IOException {
    int done = 0;
    for (Transfer transfer : transfers.list(TransferState.QUEUED, 0, 100)) {
      LogicalName name = transfer.request().to().path();
      StorageArea from = at(transfer.request().from().site());
      StorageArea to = at(transfer.request().to().site());
      boolean there = to.find(name).isPresent();
      if (from.find(transfer.request().from().path()).isEmpty()
          || (there && !transfer.request().overwrite())) {
        sql(
            "UPDATE transfer SET state = 'failed', finished = now(), failure_reason = 'refused'"
                + " WHERE id = "
                + transfer.id());
        continue;
      }
      try (ReadChannel source = from.open(transfer.request().from().path());
          StagedWrite copy = to.stage(name, StageOptions.DEFAULT)) {
        copy.writeFrom(source);
        copy.publish(PublishMode.REPLACE, transfer.request().checksums());
      }
      sql(
          "UPDATE transfer SET state = 'done', finished = now(), verified = now(), verified_how ="
              + " 'test' WHERE id = "
              + transfer.id());
      done++;
    }
    return done;
  }

  /// Works until nothing moves any more.
  void settle(Archivist archivist) throws IOException {
    for (int i = 0; i < 60; i++) {
      sql("UPDATE bundle SET not_before = '-infinity', lease_until = '-infinity'");
      boolean worked = archivist.step();
      int delivered = deliver();
      if (!worked && delivered == 0) {
        return;
      }
    }
    throw new AssertionError("the archive does not come to rest: " + archivist.list(10));
  }

  Bundle only(Archivist archivist) {
    List<Bundle> all = archivist.list(10);
    assertThat(all).hasSize(1);
    return all.getFirst();
  }

  Path archived(Bundle bundle) {
    return nersc.files.resolve(String.join("/", bundle.name().segments().subList(1, 4)));
  }

  Replica replica(CatalogFile file, SiteName site) {
    return catalog.find(file.id()).orElseThrow().replicaAt(site).orElseThrow();
  }

  /// Promises 2 and 3, looked at from outside: each available copy at the hub has its bytes; each
  /// verified copy at the archive lies in a bundle that reads right; a staged copy is gone only
  /// when the archive's is verified.
  void checkPromises(List<CatalogFile> files) throws IOException {
    for (CatalogFile file : files) {
      CatalogFile now = catalog.find(file.id()).orElseThrow();
      if (now.replicaAt(HUB).orElseThrow().state() == ReplicaState.AVAILABLE) {
        assertThat(
                area.reread(now.name(), Set.of(ChecksumAlgorithm.SHA512))
                    .load(ChecksumAlgorithm.SHA512))
            .isEqualTo(now.checksums().load(ChecksumAlgorithm.SHA512));
      }
    }
    for (Bundle bundle : archivist().list(100)) {
      if (bundle.state() == BundleState.VERIFIED) {
        assertThat(
                at(bundle.site())
                    .reread(bundle.name(), Set.of(ChecksumAlgorithm.SHA512))
                    .load(ChecksumAlgorithm.SHA512))
            .isEqualTo(bundle.checksums().load(ChecksumAlgorithm.SHA512));
      }
      catalog
          .find(bundle.name())
          .flatMap(f -> f.replicaAt(HUB))
          .filter(r -> r.state() == ReplicaState.AVAILABLE)
          .ifPresent(r -> assertThat(present(bundle)).as("staged copy").isTrue());
      if (bundle.staged() && bundle.state() != BundleState.VERIFIED) {
        assertThat(present(bundle)).as("staged copy of " + bundle.state()).isTrue();
      }
    }
  }

  private boolean present(Bundle bundle) {
    try {
      return area.find(bundle.name()).isPresent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  void sql(String statement) {
    database.inTransaction(c -> {
      try (var s = c.createStatement()) {
        return s.execute(statement);
      }
    });
  }

  long count(String query) {
    return database.read(c -> {
      try (var s = c.createStatement();
          var row = s.executeQuery(query)) {
        row.next();
        return row.getLong(1);
      }
    });
  }

  @Override
  public void close() throws IOException {
    http.close();
    nersc.close();
    if (desy != null) {
      desy.close();
    }
    area.close();
    test.close();
  }
}
