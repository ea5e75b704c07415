package dev.firn.archive;

import dev.firn.cli.ArchiveCommands;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import picocli.CommandLine;

/// The archive's routes behind a real server that asks nobody who he is, and the commands that an
/// operator types against it.
final class ArchiveApi implements AutoCloseable {
  record Result(int status, String out, String err) {}

  /// Whoever comes from this machine may do everything.
  static final AccessPolicy OPEN = AccessPolicy.open(List.of(InetAddress.getLoopbackAddress()));

  private final HttpServer server;

  private ArchiveApi(HttpServer server) {
    this.server = server;
  }

  static ArchiveApi start(Path directory, Archivist archivist) throws Exception {
    return start(directory, router -> new ArchiveRoutes(archivist, anybody(), OPEN).addTo(router));
  }

  static ArchiveApi start(Path directory, Consumer<Router> routes) throws Exception {
    TestCertificates certificates =
        new TestCertificates(Files.createDirectories(directory.resolve("api")));
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Router router = new Router();
    routes.accept(router);
    return new ArchiveApi(
        HttpServer.start(
            HttpServerConfig.https(loopback, certificates.certificate(), certificates.key())
                .withPlain(loopback)
                .withGrace(Duration.ofSeconds(1)),
            router));
  }

  static Authenticator anybody() {
    return new Authenticator(List.of(), Set.of(), Revocations.NONE, Clock.systemUTC());
  }

  URI url() {
    return URI.create("http://localhost:" + server.plainPort());
  }

  /// Runs `firn archive WORDS`.
  Result archive(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line = new CommandLine(new ArchiveCommands());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    String[] all = new String[words.length + 2];
    System.arraycopy(words, 0, all, 0, words.length);
    all[words.length] = "--url";
    all[words.length + 1] = url().toString();
    return new Result(line.execute(all), out.toString(), err.toString());
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
