package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients and test suites nobody of us wrote, against a door without access control.
@Tag("peer")
class WebdavPeersTest {
  @TempDir Path directory;
  private TestSite site;
  private Path file;
  private Command command;

  @BeforeEach
  void open() throws Exception {
    site = openSite(Files.createDirectories(directory.resolve("site")));
    command = new Command(directory);
    byte[] bytes = new byte[3_000_017];
    new Random(5).nextBytes(bytes);
    file = Files.write(directory.resolve("file"), bytes);
  }

  TestSite openSite(Path home) throws Exception {
    return TestSite.open(home);
  }

  @AfterEach
  void close() throws IOException {
    site.close();
  }

  private String url(String path) {
    return site.plain("/data/" + path).toString();
  }

  @ParameterizedTest
  @CsvSource({"basic, 16", "copymove, 13", "props, 30", "locks, 41", "http, 4"})
  void litmusPasses(String suite, int tests) throws Exception {
    Command.assumeInstalled("litmus");
    String output = command.with("TESTS", suite).run("litmus", "-k", url("")).output();
    assertThat(output)
        .contains(
            "<- summary for `%s': of %d tests run: %d passed, 0 failed"
                .formatted(suite, tests, tests))
        .doesNotContain("SKIPPED")
        .doesNotContain("WARNING:");
  }

  @Test
  void davixTesterPasses() throws Exception {
    Command.assumeInstalled("davix-tester", "openssl");
    command
        .run(
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "user.key",
            "-out",
            "user.pem",
            "-subj",
            "/CN=user",
            "-days",
            "2")
        .assertDone();
    Path pem = directory.resolve("both.pem");
    Files.writeString(
        pem,
        Files.readString(directory.resolve("user.pem"))
            + Files.readString(directory.resolve("user.key")));
    String output =
        command
            .run(
                "davix-tester",
                "--auth",
                "proxy",
                "--cert",
                pem.toString(),
                "--uri",
                url("davix-tests"),
                "--command",
                "fulltest")
            .assertDone()
            .output();
    assertThat(output.split("\\[OK]", -1).length - 1).isEqualTo(108);
    assertThat(output).doesNotContain("[FAIL]");
  }

  @Test
  void curlPutsReadsAndResumes() throws Exception {
    Command.assumeInstalled("curl");
    command.run("curl", "-sf", "-T", file.toString(), url("c/file")).assertDone();
    command.run("curl", "-sf", "-o", "whole", url("c/file")).assertDone();
    assertSame("whole");
    byte[] half = new byte[1_000_000];
    System.arraycopy(Files.readAllBytes(file), 0, half, 0, half.length);
    Files.write(directory.resolve("half"), half);
    command.run("curl", "-sf", "-C", "-", "-o", "half", url("c/file")).assertDone();
    assertSame("half");
    assertThat(command.run("curl", "-sf", "-T", file.toString(), url("c")).status()).isEqualTo(22);
  }

  private void assertSame(String copy) throws IOException {
    assertThat(Files.mismatch(file, directory.resolve(copy))).isEqualTo(-1);
  }

  @Test
  void curlSpeaksHttp2OverTls() throws Exception {
    Command.assumeInstalled("curl");
    String ca = directory.resolve("site/ca.pem").toString();
    String address = site.secure("/data/h2/file").toString();
    String[] put = {
      "curl",
      "-sSf",
      "--http2",
      "--cacert",
      ca,
      "-w",
      "%{http_version}",
      "-T",
      file.toString(),
      address
    };
    assertThat(command.run(put).assertDone().output()).endsWith("2");
    command.run("curl", "-sSf", "--http2", "--cacert", ca, "-o", "copy", address).assertDone();
    assertSame("copy");
  }

  @ParameterizedTest
  @ValueSource(strings = {"other", "owncloud"})
  void rcloneCopiesChecksAndSyncs(String vendor) throws Exception {
    Command.assumeInstalled("rclone");
    Path config = directory.resolve("rclone.conf");
    Files.writeString(
        config, "[firn]\ntype = webdav\nurl = " + url("") + "\nvendor = " + vendor + "\n");
    command.with("RCLONE_CONFIG", config.toString());
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.copy(file, tree.resolve("file"));
    Files.writeString(tree.resolve("ü x%20#;+.txt"), "hi");
    command.run("rclone", "copy", "tree", "firn:copy").assertDone();
    assertThat(command.run("rclone", "lsl", "firn:copy").assertDone().output())
        .contains("3000017", "a/b/ü x%20#;+.txt");
    command.run("rclone", "check", "--download", "tree", "firn:copy").assertDone();
    Files.writeString(tree.resolve("more"), "more");
    Files.delete(tree.resolve("file"));
    command.run("rclone", "sync", "tree", "firn:copy").assertDone();
    command.run("rclone", "check", "--download", "tree", "firn:copy").assertDone();
    command.run("rclone", "moveto", "firn:copy/a/b/more", "firn:copy/moved").assertDone();
    command.run("rclone", "purge", "firn:copy").assertDone();
  }

  @Test
  void gfalWorksOnFilesAndDirectories() throws Exception {
    Command.assumeInstalled("gfal-copy");
    String remote = url("g/sub/file");
    command
        .run(
            "gfal-copy", "-p", "-K", "adler32", "--checksum-mode", "both", "file://" + file, remote)
        .assertDone();
    assertThat(command.run("gfal-ls", "-l", url("g/sub")).assertDone().output())
        .contains("3000017");
    String local = sum("file://" + file, "adler32");
    assertThat(sum(remote, "adler32")).isEqualTo(local);
    assertThat(sum(remote, "md5")).isEqualTo(sum("file://" + file, "md5"));
    command.run("gfal-copy", remote, "file://" + directory.resolve("back")).assertDone();
    assertSame("back");
    command.run("gfal-mkdir", "-p", url("g/new/dir")).assertDone();
    command.run("gfal-rename", url("g/new"), url("g/renamed")).assertDone();
    command.run("gfal-stat", url("g/renamed/dir")).assertDone();
    command.run("gfal-rm", "-r", url("g")).assertDone();
    assertThat(command.run("gfal-stat", url("g")).status()).isNotZero();
  }

  private String sum(String url, String algorithm) throws Exception {
    String output = command.run("gfal-sum", url, algorithm).assertDone().output().strip();
    return output.substring(output.lastIndexOf(' ') + 1);
  }

  @Test
  void aria2ReadsOverEightConnections() throws Exception {
    Command.assumeInstalled("aria2c", "curl");
    byte[] bytes = new byte[17_000_003];
    new Random(8).nextBytes(bytes);
    Path big = Files.write(directory.resolve("big"), bytes);
    command.run("curl", "-sf", "-T", big.toString(), url("x/big")).assertDone();
    command
        .run(
            "aria2c",
            "-q",
            "--no-conf",
            "-x8",
            "-s8",
            "--min-split-size=1M",
            "--file-allocation=none",
            "-d",
            directory.toString(),
            "-o",
            "copy",
            url("x/big"))
        .assertDone();
    assertThat(Files.mismatch(big, directory.resolve("copy"))).isEqualTo(-1);
  }

  @Test
  void cadaverLocksSetsPropertiesAndRemoves() throws Exception {
    Command.assumeInstalled("cadaver");
    Files.writeString(
        directory.resolve("script"),
        "open %s\nmkcol l\ncd l\nput %s\nlock file\npropset file note here\npropget file note\n"
                .formatted(url(""), file)
            + "unlock file\ndelete file\ncd ..\nrmcol l\nquit\n");
    String output = command.run("sh", "-c", "cadaver < script").assertDone().output();
    assertThat(output).contains("succeeded").contains("here").doesNotContain("failed");
    assertThat(new Asking(site.plainPort()).ask("HEAD", "/data/l/").status()).isEqualTo(404);
  }

  @Test
  void cadaverFindsItsWay() throws Exception {
    Command.assumeInstalled("cadaver");
    Path script = directory.resolve("script");
    Files.writeString(
        script,
        "open %s\nmkcol box\ncd box\nput %s\nls\ncopy file two\nmove two three\nget three\nquit\n"
            .formatted(url(""), file));
    command.run("sh", "-c", "cadaver < script").assertDone();
    assertSame("three");
  }
}
