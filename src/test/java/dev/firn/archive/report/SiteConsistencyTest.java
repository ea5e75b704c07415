package dev.firn.archive.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.archive.RemoteCopy;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.report.ReportSource;
import dev.firn.catalog.report.Reports;
import dev.firn.catalog.truth.SiteCheck;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A door walked over WebDAV, against the catalog: exactly what differs.
class SiteConsistencyTest {
  private static final SiteName NERSC = new SiteName("nersc");
  private static final Instant LATER = Instant.now().plus(Duration.ofDays(1));

  private @TempDir Path directory;
  private @TempDir Path temporary;
  private TestDatabase test;
  private Catalog catalog;
  private TestSite nersc;
  private HttpFetcher http;

  @BeforeEach
  void start() throws Exception {
    test = TestDatabase.create();
    catalog = new Catalog(test.database());
    nersc = TestSite.open(directory);
    http = HttpClients.create(HttpClients.Config.trusting(directory.resolve("ca.pem")));
  }

  @AfterEach
  void stop() throws IOException {
    http.close();
    nersc.close();
    test.close();
  }

  private void there(String below, int size, Duration age) throws IOException {
    Path file = nersc.files.resolve(below);
    Files.createDirectories(file.getParent());
    Files.write(file, new byte[size]);
    Files.setLastModifiedTime(file, FileTime.from(LATER.minus(age)));
  }

  private void known(String below, long size) {
    byte[] sha512 = new byte[64];
    sha512[0] = (byte) below.hashCode();
    sha512[1] = (byte) (below.hashCode() >> 8);
    sha512[2] = (byte) (below.hashCode() >> 16);
    LogicalName name = LogicalName.parse("/data/" + below);
    Checksums sums = Checksums.of(Checksum.of(ChecksumAlgorithm.SHA512, sha512));
    NewFile file = new NewFile(name, size, sums, FileMetadata.NONE);
    catalog.register(file, NERSC, name, "ana", "test");
  }

  private Reports reports(String area) {
    SiteCheck check = new SiteCheck(test.database(), temporary);
    RemoteCopy remote = new RemoteCopy(http, TransferTokens.NONE);
    ReportSource source =
        new SiteConsistency(
            Site.firn("nersc", nersc.secure("")),
            LogicalName.parse(area),
            remote,
            check,
            temporary,
            Clock.fixed(LATER, java.time.ZoneOffset.UTC));
    return new Reports(test.database(), List.of(source), Clock.systemUTC());
  }

  @Test
  void whatDiffersIsReportedWithAProposalAndNothingIsDone() throws IOException {
    for (int i = 0; i < 300; i++) {
      String name = "exp/%02d/file %d ü.i3".formatted(i % 7, i);
      if (i != 50) {
        there(name, i == 60 ? 7 : 5, Duration.ofDays(2));
      }
      if (i != 70 && i != 80) {
        known(name, 5);
      }
    }
    there("exp/00/just-written", 5, Duration.ofMinutes(10)); // in flight
    there("elsewhere/dark", 5, Duration.ofDays(2)); // not in the area

    Reports reports = reports("/data/exp");
    assertThat(reports.take("consistency", "nersc:/data/exp").found()).isEqualTo(4);

    assertThat(reports.lines("consistency", "nersc:/data/exp", 0, 100))
        .extracting(l -> l.line().path("kind").asString() + " " + l.line().path("path").asString())
        .containsExactlyInAnyOrder(
            "lost /data/exp/01/file 50 ü.i3",
            "size /data/exp/04/file 60 ü.i3",
            "dark /data/exp/00/file 70 ü.i3",
            "dark /data/exp/03/file 80 ü.i3");
    assertThat(reports.lines("consistency", "nersc:/data/exp", 0, 100))
        .allMatch(l -> !l.line().path("proposal").asString().isEmpty());
    assertThat(nersc.files.resolve("exp/00/file 70 ü.i3")).exists();
    assertThat(catalog.find(LogicalName.parse("/data/exp/01/file 50 ü.i3"))).isPresent();
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void aWalkThatBreaksOffIsNoReport() throws IOException {
    known("exp/a", 5);
    Reports reports = reports("/data/nowhere");
    assertThatThrownBy(() -> reports.take("consistency", "nersc:/data/nowhere"))
        .hasMessageContaining("PROPFIND");
    assertThat(reports.load("consistency", "nersc:/data/nowhere").taken()).isNull();
    assertThat(reports.load("consistency", "nersc:/data/nowhere").trouble()).contains("404");
  }
}
