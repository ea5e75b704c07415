import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A server on loopback that takes and gives files without asking who one is.
///
/// @param tls base of `https://` addresses, without a slash at its end
/// @param plain base of `http://` addresses
/// @param ca whom its clients trust
record Peer(
    String name, String version, Process process, long pid, String tls, String plain, Path ca) {
  private static final Path HOME = Path.of(System.getProperty("firn.home"));
  private static final boolean ROOT = System.getProperty("user.name").equals("root");

  static List<Peer> start(List<String> names, Path folder) throws Exception {
    List<Peer> peers = new ArrayList<>();
    for (String name : names) {
      Path own = Files.createDirectory(folder.resolve(name));
      switch (name) {
        case "firn" -> peers.add(door(own));
        case "hub" -> peers.add(hub(own));
        case "nginx", "xrootd" -> {
          if (Shell.has(name)) {
            peers.add(name.equals("nginx") ? nginx(own) : xrootd(own));
          } else {
            System.err.println("bench: " + name + " is not installed and is left out");
          }
        }
        case "netty" -> peers.add(netty(own));
        default -> throw new IllegalArgumentException("no such server: " + name);
      }
    }
    return peers;
  }

  /// Who a token for this server is for.
  String audience() {
    return tls.substring(0, tls.lastIndexOf('/'));
  }

  void stop() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }

  /// A plain door, as a remote site runs it: no catalog, no database, adler32 and crc32c inline.
  private static Peer door(Path folder) throws Exception {
    certificate(folder);
    int plain = freePort();
    int tls = freePort();
    Path config = configured("firn.toml", folder, plain, tls);
    return firn("firn", folder, "--config", config.toString());
  }

  /// A plain door that lets in who has a token of `issuer`.
  static Peer guarded(Path folder, String issuer, Path keys) throws Exception {
    certificate(folder);
    int plain = freePort();
    int tls = freePort();
    Path config = configured("firn.toml", folder, plain, tls);
    String issuers = "\n[[issuers]]\nurl = \"%s\"\njwks-file = \"%s\"\n".formatted(issuer, keys);
    Files.writeString(
        config, Files.readString(config).replace("open = true", "open = false") + issuers);
    return firn("firn", folder, "--config", config.toString());
  }

  /// What a door believes: tokens of `issuer`, whose scopes are relative to the area.
  record Area(String name, String issuer, Path keys) {}

  /// A plain door over the area, with access rules of its own, as tables of `firn.toml`. Its files
  /// lie in a folder with the area's name.
  static Peer guarded(Path folder, Area area, String rules) throws Exception {
    certificate(folder);
    Path config = configured("firn.toml", folder, freePort(), freePort());
    String name = area.name().substring(1);
    String text =
        Files.readString(config)
            .replace("open = true", "open = false\narea = \"" + area.name() + "\"")
            .replace("storage = \"data\"", "storage = \"" + name + "\"")
            .replace("[\"localhost\"]", "[\"localhost\", \"127.0.0.1\"]");
    String issuer =
        "\n[[issuers]]\nurl = \"%s\"\nbase = \"%s\"\njwks-file = \"%s\"\nrevocations = false\n"
            .formatted(area.issuer(), area.name().equals("/data") ? "/" : area.name(), area.keys());
    Files.writeString(config, text + issuer + rules);
    Peer peer = firn("firn", folder, "--config", config.toString());
    return new Peer(
        peer.name(),
        peer.version(),
        peer.process(),
        peer.pid(),
        peer.tls().replaceFirst("/data$", area.name()),
        peer.plain().replaceFirst("/data$", area.name()),
        peer.ca());
  }

  /// A hub, which also knows every file by its sha512 and records it before it answers.
  private static Peer hub(Path folder) throws Exception {
    return firn("hub", folder, "--here", folder.resolve("site").toString(), "--open");
  }

  private static Peer firn(String name, Path folder, String... how) throws Exception {
    List<String> command = new ArrayList<>(List.of(HOME.resolve("firn").toString(), "serve"));
    command.addAll(List.of(how));
    Process process =
        new ProcessBuilder(command).redirectError(folder.resolve("log").toFile()).start();
    String ready = process.inputReader().readLine();
    if (ready == null) {
      throw new IOException("firn did not start: " + Files.readString(folder.resolve("log")));
    }
    Path own = folder.resolve("host.pem");
    return new Peer(
        name,
        Shell.run(HOME.resolve("firn").toString(), "--version").strip(),
        process,
        Long.parseLong(field(ready, "\"pid\":(\\d+)")),
        field(ready, "\"url\":\"([^\"]+)\"") + "/data",
        field(ready, "\"http_url\":\"([^\"]+)\"") + "/data",
        Files.exists(own) ? own : Path.of(field(ready, "\"ca\":\"([^\"]+)\"")));
  }

  private static String field(String json, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(json);
    if (!matcher.find()) {
      throw new IllegalStateException("no " + pattern + " in " + json);
    }
    return matcher.group(1);
  }

  private static Peer nginx(Path folder) throws Exception {
    Files.createDirectory(folder.resolve("data"));
    Files.createDirectory(folder.resolve("tmp"));
    certificate(folder);
    int plain = freePort();
    int tls = freePort();
    Path config = configured("nginx.conf", folder, plain, tls);
    if (ROOT) {
      Shell.run("chown", "-R", "www-data", folder.toString());
    }
    Process process =
        new ProcessBuilder("/usr/sbin/nginx", "-c", config.toString(), "-p", folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    awaitPort(plain, process, folder);
    return new Peer(
        "nginx",
        Shell.run("/usr/sbin/nginx", "-v").strip().replace("nginx version: ", ""),
        process,
        process.pid(),
        "https://localhost:" + tls,
        "http://localhost:" + plain,
        folder.resolve("host.pem"));
  }

  /// What `bench/netty` holds, compiled by `bench/run`.
  private static Peer netty(Path folder) throws Exception {
    Files.createDirectory(folder.resolve("data"));
    certificate(folder);
    int plain = freePort();
    int tls = freePort();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-Xmx1g",
                "--enable-native-access=ALL-UNNAMED",
                "--class-path",
                System.getProperty("firn.netty"),
                "NettyFiles",
                Integer.toString(plain),
                Integer.toString(tls),
                folder.resolve("data").toString(),
                folder.resolve("host.pem").toString(),
                folder.resolve("host.key").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    awaitPort(tls, process, folder);
    return new Peer(
        "netty",
        "4.2.18 with BoringSSL",
        process,
        process.pid(),
        "https://localhost:" + tls,
        "http://localhost:" + plain,
        folder.resolve("host.pem"));
  }

  private static Peer xrootd(Path folder) throws Exception {
    Files.createDirectory(folder.resolve("data"));
    Files.createDirectory(folder.resolve("run"));
    certificate(folder);
    int port = freePort();
    Path config = configured("xrootd.cfg", folder, port, port);
    List<String> command =
        new ArrayList<>(
            List.of("xrootd", "-c", config.toString(), "-l", folder.resolve("log").toString()));
    if (ROOT) {
      Shell.run("chown", "-R", "xrootd", folder.toString());
      command.addAll(List.of("-R", "xrootd"));
    }
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("output").toFile())
            .start();
    awaitPort(port, process, folder);
    // XRootD tells the two apart by the first byte on one port.
    return new Peer(
        "xrootd",
        Shell.run("xrootd", "-v").strip(),
        process,
        process.pid(),
        "https://localhost:" + port,
        "http://localhost:" + port,
        folder.resolve("host.pem"));
  }

  /// A certificate for localhost: the one of the folder above, when there is one.
  static void certificate(Path folder) throws Exception {
    Path above = folder.getParent().getParent().resolve("host.pem");
    if (Files.exists(above)) {
      Files.copy(above, folder.resolve("host.pem"));
      Files.copy(above.resolveSibling("host.key"), folder.resolve("host.key"));
      return;
    }
    Shell.run(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
        folder.resolve("host.key").toString(), "-out", folder.resolve("host.pem").toString());
  }

  private static Path configured(String template, Path folder, int plain, int tls)
      throws IOException {
    String text =
        Files.readString(HOME.resolve("bench/peers").resolve(template))
            .replace("@WORK@", folder.toString())
            .replace("@PLAIN@", Integer.toString(plain))
            .replace("@TLS@", Integer.toString(tls))
            .replace("@USER@", ROOT ? "user www-data;" : "");
    return Files.writeString(folder.resolve(template), text);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port, Process process, Path folder) throws Exception {
    for (int i = 0; i < 200; i++) {
      try (Socket socket = new Socket("localhost", port)) {
        return;
      } catch (IOException e) {
        if (!process.isAlive()) {
          throw new IOException("a server did not start; its log is in " + folder, e);
        }
        Thread.sleep(100);
      }
    }
    throw new IOException("a server does not answer; its log is in " + folder);
  }
}
