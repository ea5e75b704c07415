package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.http.CuttingProxy;
import dev.firn.http.RawClient.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Third-party copy between a door and an XRootD, each as the active side.
@Tag("peer")
class XrootdPeerTest {
  @TempDir Path directory;
  private XrootdPeer xrootd;
  private TestSite site;
  private Command command;
  private byte[] bytes;
  private CuttingProxy network;

  @BeforeEach
  void start() throws Exception {
    xrootd = XrootdPeer.start();
    network = new CuttingProxy(xrootd.port);
    TestSite.Options options = new TestSite.Options();
    options.config =
        config ->
            config.withPeers(
                PeerPolicy.PUBLIC_ONLY
                    .trustingPlain("localhost:" + xrootd.port)
                    .trustingPlain("localhost:" + network.port()));
    site = TestSite.start(Files.createDirectories(directory.resolve("site")), options);
    command = new Command(directory);
    bytes = new byte[20_000_003];
    new Random(6).nextBytes(bytes);
    Files.write(xrootd.files.resolve("source"), bytes);
  }

  @AfterEach
  void stop() throws IOException {
    if (site != null) {
      site.close();
    }
    if (network != null) {
      network.close();
    }
    if (xrootd != null) {
      xrootd.close();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pull", "push"})
  void gfalCopiesBothWays(String mode) throws Exception {
    Command.assumeInstalled("gfal-copy");
    String here = site.plain("/data/tpc/" + mode).toString();
    copy(mode, xrootd.url("source"), here);
    assertThat(Files.readAllBytes(site.files.resolve("tpc/" + mode))).isEqualTo(bytes);
    copy(mode, here, xrootd.url("back"));
    assertThat(Files.readAllBytes(xrootd.files.resolve("back"))).isEqualTo(bytes);
  }

  private void copy(String mode, String from, String to) throws Exception {
    command
        .run(
            "gfal-copy",
            "-f",
            "-p",
            "-K",
            "adler32",
            "--checksum-mode",
            "both",
            "--copy-mode",
            mode,
            from,
            to)
        .assertDone();
  }

  @Test
  void severalStreamsPullOneFileFromIt() throws Exception {
    Answer pull =
        new Asking(site.plainPort())
            .ask(
                "COPY",
                "/data/f",
                "Source: " + xrootd.url("source"),
                "X-Number-Of-Streams: 3",
                "RequireChecksumVerification: true");
    assertThat(pull.text()).endsWith("success: Created\n");
    assertThat(Files.readAllBytes(site.files.resolve("f"))).isEqualTo(bytes);
  }

  @Test
  void pullFromItGoesOnAfterACut() throws Exception {
    network.cutAfter(12_000_000);
    network.cutAfter(3_000_000);
    Answer pull =
        new Asking(site.plainPort())
            .ask("COPY", "/data/f", "Source: http://localhost:" + network.port() + "/source");
    assertThat(pull.text()).endsWith("success: Created\n");
    assertThat(network.cutsLeft()).isZero();
    assertThat(Files.readAllBytes(site.files.resolve("f"))).isEqualTo(bytes);
  }

  @Test
  void doorPullsFromAndPushesToIt() throws Exception {
    Asking door = new Asking(site.plainPort());
    String required = "RequireChecksumVerification: true";
    Answer pull = door.ask("COPY", "/data/f", "Source: " + xrootd.url("source"), required);
    assertThat(pull.text()).endsWith("success: Created\n");
    Answer push = door.ask("COPY", "/data/f", "Destination: " + xrootd.url("pushed"), required);
    assertThat(push.text()).endsWith("success: Created\n");
    assertThat(Files.readAllBytes(xrootd.files.resolve("pushed"))).isEqualTo(bytes);
    Answer absent = door.ask("COPY", "/data/g", "Source: " + xrootd.url("absent"));
    assertThat(absent.text()).endsWith("failure: the source answered 404 to HEAD\n");
  }
}
