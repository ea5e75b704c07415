package dev.firn.archive;

import static dev.firn.archive.ArchiveWorld.NERSC;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.firn.archive.ArchiveCare.Custody;
import dev.firn.catalog.CatalogFile;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Custody on the word of the site, and what is remembered of it.
class CustodyByDigestTest {
  private @TempDir Path directory;
  private ArchiveWorld world;
  private CatalogFile file;

  @BeforeEach
  void start() throws Exception {
    world = new ArchiveWorld(directory);
    file = world.put("0101/a.tar.gz", 5000);
  }

  @AfterEach
  void stop() throws IOException {
    world.close();
  }

  private Archivist believing(Custody custody) {
    return world.archivist(
        world
            .config()
            .withCare(
                ArchiveCare.USUAL
                    .withCustody(custody)
                    .withAudits(new ByteSize(1_000_000), Duration.ofDays(365)),
                Map.of()));
  }

  @Test
  void aSha512ThatTheSiteGivesIsCustodyAndNoReading() throws Exception {
    Archivist archivist = believing(Custody.DIGEST);
    archivist.collect(true);
    world.settle(archivist);

    Bundle bundle = world.only(archivist);
    assertThat(bundle.state()).isEqualTo(BundleState.VERIFIED);
    assertThat(bundle.audited()).isNull();
    assertThat(world.replica(file, NERSC).verifiedHow())
        .isEqualTo("bundle site's digest: sha512 of the bundle");
    assertThat(
            world.count(
                "SELECT count(*) FROM custody WHERE how = 'site''s digest: adler32, sha512'"
                    + " AND last_read IS NULL AND reads = 0"))
        .isEqualTo(1);
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'digest' AND bytes = 0"))
        .isEqualTo(1);
    AuditStore.SiteReport report = archivist.report().sites().getFirst();
    assertThat(report.onWord()).isEqualTo(1);
    assertThat(report.readings()).isZero();
    assertThat(archivist.report().csv()).contains("of these accepted on the site's checksum");

    assertThat(archivist.audit()).as("never read in full is first in turn").isEqualTo(1);
    assertThat(world.only(archivist).audited()).isNotNull();
    assertThat(world.replica(file, NERSC).verifiedHow()).contains("fixity audit");
    assertThat(archivist.report().sites().getFirst().onWord()).isZero();
  }

  @Test
  void byDefaultNoWordIsTaken() throws Exception {
    Archivist archivist = world.archivist();
    archivist.collect(true);
    world.settle(archivist);
    assertThat(world.only(archivist).audited()).isNotNull();
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'custody' AND bytes > 5000"))
        .isEqualTo(1);
  }

  @Test
  void whatWasMendedIsReadBackWhateverThePolicy() throws Exception {
    Archivist archivist = believing(Custody.DIGEST);
    archivist.collect(true);
    world.settle(archivist);
    Bundle bundle = world.only(archivist);
    byte[] bytes = Files.readAllBytes(world.archived(bundle));
    bytes[700] ^= 1;
    Files.write(world.archived(bundle), bytes);
    assertThat(archivist.audit()).as("the site's word of it was worth little").isEqualTo(1);
    world.settle(archivist);
    assertThat(world.only(archivist).state()).isEqualTo(BundleState.VERIFIED);
    assertThat(world.only(archivist).audited()).isNotNull();
    assertThat(world.count("SELECT count(*) FROM audit WHERE kind = 'repair' AND bytes > 5000"))
        .isEqualTo(1);
  }

  @Test
  void dCachesPropertyIsReadWhereThereIsNoDigestHeader() throws Exception {
    Checksummed dcache =
        new Checksummed("<R:Checksums>adler32=03da0195,md5=1B2M2Y8AsgTpgAmY7PhCfg==</R:Checksums>");
    try (dcache;
        HttpFetcher http = HttpClients.create(HttpClients.Config.trusting())) {
      RemoteCopy remote = new RemoteCopy(http, TransferTokens.NONE);
      LogicalName name = LogicalName.parse("/data/archive/x.zip");
      RemoteCopy.Claim claim = remote.claim(dcache.site(Site.Kind.WEBDAV), name).orElseThrow();
      assertThat(claim.size()).isEqualTo(42);
      assertThat(claim.how()).isEqualTo("site's checksum property");
      assertThat(claim.checksums().load(ChecksumAlgorithm.ADLER32).hex()).isEqualTo("03da0195");
      assertThat(remote.claim(dcache.site(Site.Kind.FIRN), name).orElseThrow().checksums().values())
          .as("a Firn door is not asked for another's property")
          .isEmpty();
    }
  }

  @Test
  void anEmptyPropertyOrAMalformedOneIsNoChecksum() throws Exception {
    for (String property :
        new String[] {"<R:Checksums/>", "<R:Checksums>adler32=?</R:Checksums>", ""}) {
      try (Checksummed dcache = new Checksummed(property);
          HttpFetcher http = HttpClients.create(HttpClients.Config.trusting())) {
        RemoteCopy remote = new RemoteCopy(http, TransferTokens.NONE);
        assertThat(
                remote
                    .claim(dcache.site(Site.Kind.WEBDAV), LogicalName.parse("/data/x"))
                    .orElseThrow()
                    .checksums()
                    .values())
            .as(property)
            .isEmpty();
      }
    }
  }

  /// Answers as dCache 8's documentation shows it; no package of Debian's has a dCache to ask.
  private record Checksummed(String property, HttpServer server) implements AutoCloseable {
    Checksummed(String property) throws IOException {
      this(
          property,
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5));
      server.createContext("/", this::answer);
      server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
      exchange.getRequestBody().readAllBytes();
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", "42");
        exchange.sendResponseHeaders(200, -1);
        exchange.close();
        return;
      }
      byte[] body =
          """
          <?xml version="1.0" encoding="utf-8"?>
          <D:multistatus xmlns:D="DAV:" xmlns:R="http://www.dcache.org/2013/webdav"><D:response>
          <D:href>/data/archive/x.zip</D:href><D:propstat><D:prop>%s</D:prop>
          <D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>
          """
              .formatted(property)
              .getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(207, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    }

    Site site(Site.Kind kind) {
      URI url = URI.create("http://localhost:" + server.getAddress().getPort());
      return new Site(new SiteName("desy"), url, url.toString(), kind, false, true);
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }
}
