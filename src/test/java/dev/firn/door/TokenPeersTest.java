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

/// Ordinary clients with a token over TLS, and third-party copies between two doors.
@Tag("peer")
class TokenPeersTest {
  private static final String SCOPES = "storage.modify:/data/mine storage.read:/data/mine";
  @TempDir Path directory;
  private TestTokens tokens;
  private TestSite site;
  private TestSite second;
  private Path file;
  private Command command;
  private String token;

  @BeforeEach
  void open() throws Exception {
    tokens = new TestTokens();
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    site = TestSite.start(Files.createDirectories(directory.resolve("site")), options);
    byte[] bytes = new byte[5_000_011];
    new Random(8).nextBytes(bytes);
    file = Files.write(directory.resolve("file"), bytes);
    command = new Command(directory);
    token = tokens.token(SCOPES);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
    if (second != null) {
      second.close();
    }
  }

  private String url(String path) {
    return site.secure("/data/" + path).toString();
  }

  private String authority() {
    return directory.resolve("site/ca.pem").toString();
  }

  @Test
  void curlPutsListsAndGets() throws Exception {
    Command.assumeInstalled("curl");
    String auth = "Authorization: Bearer " + token;
    String ca = authority();
    command
        .run("curl", "-sSf", "--cacert", ca, "-H", auth, "-T", file.toString(), url("mine/a/file"))
        .assertDone();
    assertThat(
            command
                .run("curl", "-sSf", "--cacert", ca, "-H", auth, url("mine/a/"))
                .assertDone()
                .output())
        .contains("5,000,011");
    command
        .run("curl", "-sSf", "--cacert", ca, "-H", auth, "-o", "back", url("mine/a/file"))
        .assertDone();
    assertThat(Files.mismatch(file, directory.resolve("back"))).isEqualTo(-1);
    assertThat(
            command
                .run(
                    "curl",
                    "-sS",
                    "-o",
                    "x",
                    "-w",
                    "%{http_code}",
                    "--cacert",
                    ca,
                    "-H",
                    auth,
                    "-T",
                    file.toString(),
                    url("yours"))
                .output())
        .endsWith("403");
  }

  @Test
  void rclonePutsListsAndGets() throws Exception {
    Command.assumeInstalled("rclone");
    Path config = directory.resolve("rclone.conf");
    Files.writeString(
        config,
        "[firn]\ntype = webdav\nvendor = other\nurl = %s\nbearer_token = %s\n"
            .formatted(url(""), token));
    command.with("RCLONE_CONFIG", config.toString()).with("RCLONE_CA_CERT", authority());
    command.run("rclone", "copyto", file.toString(), "firn:mine/a/b/file").assertDone();
    assertThat(command.run("rclone", "lsf", "-R", "firn:mine").assertDone().output())
        .contains("a/b/file");
    command.run("rclone", "copyto", "firn:mine/a/b/file", "back").assertDone();
    assertThat(Files.mismatch(file, directory.resolve("back"))).isEqualTo(-1);
  }

  private Command gfal() throws Exception {
    Command.assumeInstalled("gfal-copy", "openssl");
    Path trusted = Files.createDirectories(directory.resolve("trusted"));
    Files.copy(directory.resolve("site/ca.pem"), trusted.resolve("one.pem"));
    if (second != null) {
      Files.copy(directory.resolve("second/ca.pem"), trusted.resolve("two.pem"));
    }
    command.run("openssl", "rehash", trusted.toString()).assertDone();
    return command.with("X509_CERT_DIR", trusted.toString()).with("BEARER_TOKEN", token);
  }

  @Test
  void gfalPutsListsAndGets() throws Exception {
    Command gfal = gfal();
    String remote = url("mine/g/file");
    gfal.run(
            "gfal-copy", "-p", "-K", "adler32", "--checksum-mode", "both", "file://" + file, remote)
        .assertDone();
    assertThat(gfal.run("gfal-ls", url("mine/g")).assertDone().output()).contains("file");
    gfal.run(
            "gfal-copy",
            "-K",
            "adler32",
            "--checksum-mode",
            "both",
            remote,
            "file://" + directory.resolve("back"))
        .assertDone();
    assertThat(Files.mismatch(file, directory.resolve("back"))).isEqualTo(-1);
    assertThat(gfal.run("gfal-rm", url("yours")).status()).isNotZero();
  }

  @Test
  void gfalCopiesBetweenTwoDoorsByPullAndByPush() throws Exception {
    TestSite.Options options = new TestSite.Options();
    options.access = tokens.access();
    options.trust = List.of(directory.resolve("site/ca.pem"));
    options.config =
        c -> c.withPeers(PeerPolicy.PUBLIC_ONLY.trusting("localhost:" + site.server.securePort()));
    second = TestSite.start(Files.createDirectories(directory.resolve("second")), options);
    Command gfal = gfal();
    gfal.run("gfal-copy", "-p", "file://" + file, url("mine/file")).assertDone();
    String there = second.secure("/data/mine/new/file").toString();
    gfal.run(
            "gfal-copy",
            "-p",
            "-K",
            "adler32",
            "--checksum-mode",
            "both",
            "--copy-mode",
            "pull",
            url("mine/file"),
            there)
        .assertDone();
    gfal.run(
            "gfal-copy",
            "-p",
            "-K",
            "adler32",
            "--checksum-mode",
            "both",
            "--copy-mode",
            "push",
            there,
            url("mine/back"))
        .assertDone();
    assertThat(Files.mismatch(file, site.files.resolve("mine/back"))).isEqualTo(-1);
  }
}
