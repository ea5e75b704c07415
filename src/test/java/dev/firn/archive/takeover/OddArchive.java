package dev.firn.archive.takeover;

import dev.firn.archive.Cable;
import dev.firn.archive.RemoteCopy;
import dev.firn.archive.tape.Staging;
import dev.firn.archive.tape.TapeClient;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.storage.ForwardingArea;
import dev.firn.storage.ReadChannel;
import dev.firn.storage.StorageException;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A site with an archive as nobody would make one on purpose, a hub's catalog beside it, and what
/// takes the one over into the other.
abstract class OddArchive {
  static final SiteName NERSC = new SiteName("nersc");
  static final SiteName HUB = new SiteName("madison");
  static final LogicalName ARCHIVE = LogicalName.parse("/data/archive");
  static final String RAW = "/data/exp/IceCube/2014/unbiased/PFRaw/0101";
  static final byte[] BYTES = OldBundles.utf8("what the detector saw");

  @TempDir Path directory;
  final Set<LogicalName> refused = new HashSet<>();
  final Set<LogicalName> slow = new HashSet<>();
  final CountDownLatch told = new CountDownLatch(1);
  final Cable cable = new Cable();
  TestDatabase test;
  Catalog catalog;
  TestSite nersc;
  HttpFetcher http;
  Sites sites;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    TestSite.Options options = new TestSite.Options();
    options.wrapper =
        area ->
            new ForwardingArea(cable.to(area)) {
              @Override
              public ReadChannel open(LogicalName name) throws IOException {
                awaitTold(name);
                if (refused.contains(name)) {
                  throw new StorageException(StorageException.Kind.SERVER, "bad sector");
                }
                return super.open(name);
              }
            };
    options.routes =
        router ->
            router.mount(
                "/odd",
                exchange ->
                    exchange.respond(
                        207,
                        "application/xml",
                        OldBundles.utf8(listing("data/archive/", "data/archive/a%5Cb.zip"))));
    nersc = TestSite.start(directory, options);
    http = HttpClients.create(HttpClients.Config.trusting(directory.resolve("ca.pem")));
    sites =
        new Sites(
            List.of(Site.firn("nersc", nersc.secure("")), Site.firn("odd", nersc.secure("/odd"))));
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    nersc.close();
    test.close();
  }

  /// Holds the members of a slow bundle, which are asked for last, until it was told how far it is.
  private void awaitTold(LogicalName name) {
    try {
      if (slow.contains(name) && cable.opened.get() >= 2 && !told.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("nobody was told how far " + name + " is");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String listing(String folder, String file) {
    return """
    <D:multistatus xmlns:D="DAV:"><D:response><D:href>/odd/%s</D:href><D:propstat><D:prop>\
    <D:resourcetype><D:collection/></D:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status>\
    </D:propstat></D:response><D:response><D:href>/odd/%s</D:href><D:propstat><D:prop>\
    <D:resourcetype/><D:getcontentlength>7</D:getcontentlength></D:prop>\
    <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>\
    """
        .formatted(folder, file);
  }

  Takeover.Progress takeOver(SiteName site, String folder) throws IOException {
    Takeover.Order order = new Takeover.Order(site, LogicalName.parse(folder), Map.of());
    return takeover().run(order, "test", p -> {});
  }

  Takeover.Progress takeOver(SiteName site, Map<String, Checksums> checksums) throws IOException {
    return takeover().run(new Takeover.Order(site, ARCHIVE, checksums), "test", p -> {});
  }

  Takeover takeover() {
    return takeover(Duration.ofHours(1));
  }

  Takeover takeover(Duration every) {
    return new Takeover(
        test.database(),
        catalog,
        new Takeover.Archives(
            sites,
            new RemoteCopy(http, TransferTokens.NONE),
            new Staging(test.database(), new TapeClient(http, TransferTokens.NONE), Duration.ZERO)),
        FileNames.shipped()::metadata,
        Clock.systemUTC(),
        every);
  }

  Takeover.Progress takeOver() throws IOException {
    return takeOver(NERSC, Map.of());
  }

  void plant(String name, byte[] bytes) throws IOException {
    Path file = nersc.files.resolve("archive").resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  static Map<String, byte[]> one(String path) {
    return new LinkedHashMap<>(Map.of(path, BYTES));
  }

  static String raw(int part) {
    return "PFRaw_PhysicsFiltering_Run00123751_Subrun00000000_%08d.tar.gz".formatted(part);
  }

  long members(String name) {
    CatalogFile file = catalog.find(LogicalName.parse(name)).orElseThrow();
    return count("SELECT count(*) FROM bundle_member WHERE file_id = " + file.id());
  }

  long count(String query) {
    return test.database()
        .read(c -> {
          try (var statement = c.createStatement();
              var row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
          }
        });
  }

  List<Finding> findings() {
    return Survey.of(test.database(), null).findings();
  }

  void known(String name, byte[] bytes) {
    LogicalName logical = LogicalName.parse(name);
    NewFile file =
        new NewFile(
            logical,
            bytes.length,
            Checksums.of(OldBundles.sha512(bytes)),
            FileNames.shipped().metadata(logical).orElse(FileMetadata.NONE));
    catalog.register(file, HUB, logical, "test", "known before");
  }
}
