package dev.firn.door;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.http.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// An XRootD with third-party copy on a port of its own: without access control, or over TLS for
/// who has a token. It does not run as root, so its folder is not one that only root can enter.
public final class XrootdPeer implements AutoCloseable {
  private final Path folder;
  private final Process process;
  public final int port;
  public final Path files;

  private XrootdPeer(Path folder, Process process, int port) {
    this.folder = folder;
    this.process = process;
    this.port = port;
    this.files = folder.resolve("data");
  }

  /// Over plain HTTP, for everybody.
  public static XrootdPeer start() throws Exception {
    return prepare().start("");
  }

  /// One that has no files and sends its callers to the server on another port.
  public static XrootdPeer startRedirecting(int port) throws Exception {
    return prepare().start("xrootd.redirect localhost:" + port + " all\n");
  }

  /// A folder in which one can be started, and the authority of its certificate.
  record Prepared(Path folder, Path authority) {
    /// For who has a token of the issuer; calls others that the second authority vouches for.
    XrootdPeer startGuarded(TestTokens tokens, Path trust) throws Exception {
      Files.writeString(authority, Files.readString(authority) + "\n" + Files.readString(trust));
      Files.writeString(folder.resolve("authdb"), "u * /nothing r\n");
      Files.writeString(
          folder.resolve("scitokens.cfg"),
          """
          [Global]
          audience = %s
          [Issuer test]
          issuer = %s
          base_path = /
          """
              .formatted(TestTokens.AUDIENCE, TestTokens.ISSUER));
      cacheKeys(tokens);
      return start(
          """
          xrootd.seclib libXrdSec.so
          sec.protocol ztn
          ofs.authorize 1
          ofs.authlib ++ libXrdAccSciTokens.so config=%1$s/scitokens.cfg
          acc.authdb %1$s/authdb
          """
              .formatted(folder));
    }

    /// The issuer is nowhere to be asked, so its keys are put where they would be kept.
    private void cacheKeys(TestTokens tokens) throws Exception {
      Path cache = Files.createDirectories(folder.resolve("home/scitokens"));
      Path keys = Files.writeString(folder.resolve("keys.json"), tokens.jwks());
      new Command(folder)
          .run(
              "/usr/bin/python3",
              "-c",
              """
              import json, sqlite3, sys, time
              db = sqlite3.connect(sys.argv[1])
              db.execute("CREATE TABLE keycache (issuer text UNIQUE PRIMARY KEY NOT NULL, keys text NOT NULL)")
              now = int(time.time())
              value = {"jwks": json.load(open(sys.argv[3])), "expires": now + 90000, "next_update": now + 80000}
              db.execute("INSERT INTO keycache VALUES (?, ?)", (sys.argv[2], json.dumps(value)))
              db.commit()
              """,
              cache.resolve("scitokens_cpp.sqllite").toString(),
              TestTokens.ISSUER,
              keys.toString())
          .assertDone();
    }

    private XrootdPeer start(String more) throws Exception {
      int port = freePort();
      Files.writeString(folder.resolve("peer.cfg"), config(folder, port) + more);
      boolean root = System.getProperty("user.name").equals("root");
      if (root) {
        new Command(folder).run("chown", "-R", "xrootd:", folder.toString()).assertDone();
        new Command(folder).run("chmod", "755", folder.toString()).assertDone();
      }
      ProcessBuilder builder =
          new ProcessBuilder(command(folder, root))
              .directory(folder.resolve("home").toFile())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("output").toFile());
      builder.environment().put("XDG_CACHE_HOME", folder.resolve("home").toString());
      XrootdPeer peer = new XrootdPeer(folder, builder.start(), port);
      peer.awaitPort();
      return peer;
    }
  }

  static Prepared prepare() throws Exception {
    Command.assumeInstalled("xrootd");
    Path folder = Files.createTempDirectory(Path.of("/var/tmp"), "firn-xrootd");
    for (String name : List.of("data", "run", "log", "home")) {
      Files.createDirectories(folder.resolve(name));
    }
    TestCertificates certificates = new TestCertificates(folder);
    Files.setPosixFilePermissions(
        folder.resolve("host.key"), PosixFilePermissions.fromString("rw-------"));
    return new Prepared(folder, certificates.authorityFile());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static List<String> command(Path folder, boolean root) {
    List<String> command =
        List.of(
            "xrootd",
            "-n",
            "peer",
            "-I",
            "v4",
            "-c",
            folder.resolve("peer.cfg").toString(),
            "-w",
            folder.resolve("home").toString());
    return root ? Stream.concat(command.stream(), Stream.of("-R", "xrootd")).toList() : command;
  }

  private static String config(Path folder, int port) {
    return """
    all.export /
    all.role server
    oss.localroot %1$s/data
    all.adminpath %1$s/run
    all.pidpath %1$s/run
    xrd.network nodnr norpipa
    xrd.port %2$d
    xrd.protocol http:%2$d libXrdHttp.so
    xrd.tls %1$s/host.pem %1$s/host.key
    xrd.tlsca certfile %1$s/ca.pem
    xrootd.chksum max 2 adler32 crc32c md5
    ofs.persist off
    http.selfhttps2http no
    http.listingdeny no
    http.exthandler xrdtpc libXrdHttpTPC.so
    http.header2cgi Authorization authz
    """
        .formatted(folder, port);
  }

  private void awaitPort() throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < end && process.isAlive()) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    String output = Files.readString(folder.resolve("output"));
    close();
    assumeTrue(
        false,
        "xrootd did not start here: " + output.substring(Math.max(0, output.length() - 600)));
  }

  public String url(String path) {
    return "http://localhost:" + port + "/" + path;
  }

  String secure(String path) {
    return "https://localhost:" + port + "/" + path;
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
