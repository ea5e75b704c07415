package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Third-party copy between a door and an XRootD over HTTPS, both of which let in only who has a
/// token of one issuer, each as the active side.
@Tag("peer")
class XrootdTokenPeerTest {
  @TempDir Path directory;
  private final byte[] bytes = new byte[5_000_003];
  private TestTokens tokens;
  private XrootdPeer xrootd;
  private TestSite site;
  private Command command;

  @BeforeEach
  void start() throws Exception {
    tokens = new TestTokens();
    XrootdPeer.Prepared prepared = XrootdPeer.prepare();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    options.trust = List.of(prepared.authority());
    options.config = config -> config.withPeers(PeerPolicy.PUBLIC_ONLY.trustingPlain("localhost"));
    site = TestSite.start(Files.createDirectories(directory.resolve("site")), options);
    Path ours = directory.resolve("site/ca.pem");
    Path trusted = Files.createDirectories(directory.resolve("trusted"));
    Files.copy(prepared.authority(), trusted.resolve("xrootd.pem"));
    Files.copy(ours, trusted.resolve("site.pem"));
    command = new Command(directory);
    command.run("openssl", "rehash", trusted.toString()).assertDone();
    command
        .with("X509_CERT_DIR", trusted.toString())
        .with("BEARER_TOKEN", tokens.token("storage.read:/ storage.modify:/"));
    new Random(6).nextBytes(bytes);
    Files.write(prepared.folder().resolve("data/source"), bytes);
    xrootd = prepared.startGuarded(tokens, ours);
  }

  @AfterEach
  void stop() throws IOException {
    if (site != null) {
      site.close();
    }
    if (xrootd != null) {
      xrootd.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"pull, adler32", "push, adler32", "pull, md5"})
  void gfalCopiesBothWaysAndComparesChecksums(String mode, String algorithm) throws Exception {
    Command.assumeInstalled("gfal-copy");
    String here = site.secure("/data/tpc/" + mode).toString();
    copy(mode, algorithm, xrootd.secure("source"), here);
    assertThat(Files.readAllBytes(site.files.resolve("tpc/" + mode))).isEqualTo(bytes);
    copy(mode, algorithm, here, xrootd.secure("back"));
    assertThat(Files.readAllBytes(xrootd.files.resolve("back"))).isEqualTo(bytes);
  }

  private void copy(String mode, String algorithm, String from, String to) throws Exception {
    command
        .run(
            "gfal-copy",
            "-f",
            "-p",
            "-K",
            algorithm,
            "--checksum-mode",
            "both",
            "--copy-mode",
            mode,
            from,
            to)
        .assertDone();
  }

  @Test
  void tokenThatDoesNotReachIsSaidInWords() throws Exception {
    String mine = tokens.bearer("storage.modify:/data");
    String scopeless = tokens.bearer("storage.read:/elsewhere");
    assertThat(pull(mine, tokens.bearer("storage.read:/source"), "3"))
        .endsWith("success: Created\n");
    assertThat(Files.readAllBytes(site.files.resolve("f"))).isEqualTo(bytes);
    assertThat(pull(mine, scopeless, "1")).contains("failure: the source answered 403");
    assertThat(pull(scopeless, scopeless, "1")).contains("403");
  }

  @Test
  void tokensOfTransfersAreTakenByBoth() throws Exception {
    String mine = "Bearer " + tokens.ofTransfer("storage.create:/data/f");
    String theirs = "Bearer " + tokens.ofTransfer("storage.read:/source");
    assertThat(pull(mine, theirs, "1")).endsWith("success: Created\n");
    assertThat(Files.readAllBytes(site.files.resolve("f"))).isEqualTo(bytes);
  }

  private String pull(String here, String there, String streams) throws Exception {
    return command
        .run(
            "curl",
            "-sS",
            "--cacert",
            directory.resolve("site/ca.pem").toString(),
            "-X",
            "COPY",
            "-H",
            "Authorization: " + here,
            "-H",
            "TransferHeaderAuthorization: " + there,
            "-H",
            "Source: " + xrootd.secure("source"),
            "-H",
            "X-Number-Of-Streams: " + streams,
            site.secure("/data/f").toString())
        .assertDone()
        .output();
  }
}
