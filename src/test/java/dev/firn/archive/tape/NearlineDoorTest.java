package dev.firn.archive.tape;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.Hands;
import dev.firn.door.TestSite;
import dev.firn.http.RawClient;
import dev.firn.model.LogicalName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What WebDAV clients are told of files that lie on tape.
class NearlineDoorTest {
  private static final LogicalName FILE = LogicalName.parse("/data/raw/a");

  @TempDir Path directory;
  private final Hands clock = new Hands();
  private final TapeLibrary library =
      new TapeLibrary(
          new TapeLibrary.Make(
              1, 1_000_000, Duration.ZERO, Duration.ZERO, 1_000_000, Duration.ofHours(1)),
          clock);

  private String properties(TestSite site) throws IOException {
    String body =
        """
        <D:propfind xmlns:D="DAV:" xmlns:s="http://srm.lbl.gov/StorageResourceManager"><D:prop>
        <s:FileLocality/><s:AccessLatency/></D:prop></D:propfind>\
        """;
    return RawClient.ask(
            site.plainPort(),
            "PROPFIND %s HTTP/1.1\r\nHost: x\r\nDepth: 0\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(FILE, body.length(), body))
        .text();
  }

  private static int head(TestSite site, String header) throws IOException {
    return RawClient.ask(
            site.plainPort(), "HEAD %s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n".formatted(FILE, header))
        .status();
  }

  @Test
  void localityIsOnlineOnlyWhileTheFileIsOnDisk() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.wrapper =
        area -> {
          try {
            return NearlineArea.over(area, library, Clock.systemUTC());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        };
    try (TestSite site = TestSite.start(directory, options)) {
      RawClient.ask(
          site.plainPort(),
          "PUT " + FILE + " HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nbytes");
      library.stored(FILE, 5, clock.instant());
      assertThat(properties(site)).contains(">ONLINE_AND_NEARLINE<", ">NEARLINE<");
      clock.turn(Duration.ofHours(2));
      assertThat(properties(site)).contains(">NEARLINE<").doesNotContain("ONLINE");
      assertThat(head(site, "Want-Digest: md5")).as("which is not recorded").isEqualTo(200);
      library.lose(library.place(FILE).orElseThrow().tape());
      assertThat(properties(site)).contains(">LOST<").doesNotContain("ONLINE");
    }
    try (TestSite onDisk = TestSite.open(directory)) {
      assertThat(properties(onDisk)).contains(">ONLINE<").doesNotContain("NEARLINE");
    }
  }
}
