package dev.firn.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.cli.IngestCommands;
import dev.firn.database.Database;
import dev.firn.database.TestDatabase;
import dev.firn.http.HttpServer;
import dev.firn.http.HttpServerConfig;
import dev.firn.http.Router;
import dev.firn.http.TestCertificates;
import dev.firn.ingest.names.FileNames;
import dev.firn.model.SiteName;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Revocations;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class IngestRoutesTest {
  @TempDir Path directory;

  @Test
  void directoryIsTakenInByCommandAndRefusedFilesAreListed() throws Exception {
    Path drop = Files.createDirectories(directory.resolve("drop"));
    Files.writeString(drop.resolve("notes.txt"), "snow");
    Files.writeString(drop.resolve("broken.i3"), "not frames");
    try (TestDatabase test = TestDatabase.create();
        StorageArea area = TestAreas.open(directory.resolve("area"));
        IngestJobs jobs = jobs(test.database(), area);
        HttpServer open =
            server("open", jobs, AccessPolicy.open(List.of(InetAddress.getLoopbackAddress())));
        HttpServer closed = server("closed", jobs, AccessPolicy.of(List.of(), List.of()))) {
      StringWriter out = new StringWriter();
      int status = run(new IngestCommands.Ingest(), open, out, drop.toString());
      assertThat(status).as(out.toString()).isZero();
      assertThat(out.toString()).contains("done: 1 taken", "1 quarantined");

      StringWriter listed = new StringWriter();
      assertThat(run(new IngestCommands.Quarantine(), open, listed, "ls")).isZero();
      assertThat(listed.toString()).contains("broken.i3");

      assertThat(run(new IngestCommands.Ingest(), closed, new StringWriter(), drop.toString()))
          .isNotZero();
      assertThat(run(new IngestCommands.Ingest(), open, new StringWriter(), drop + "/gone"))
          .isNotZero();
    }
  }

  private IngestJobs jobs(Database database, StorageArea area) {
    Ingestor ingestor =
        new Ingestor(
            database,
            new Catalog(database),
            area,
            FileNames.shipped(),
            new IngestConfig(new SiteName("madison"), directory.resolve("quarantine"), false));
    return new IngestJobs(database, ingestor, Clock.systemUTC(), UUID::randomUUID);
  }

  private HttpServer server(String name, IngestJobs jobs, AccessPolicy policy) throws Exception {
    TestCertificates certificates =
        new TestCertificates(Files.createDirectories(directory.resolve(name)));
    InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Router router = new Router();
    Authenticator nobody =
        new Authenticator(List.of(), Set.of(), Revocations.NONE, Clock.systemUTC());
    new IngestRoutes(jobs, nobody, policy).addTo(router);
    return HttpServer.start(
        HttpServerConfig.https(loopback, certificates.certificate(), certificates.key())
            .withPlain(loopback)
            .withGrace(Duration.ofSeconds(1)),
        router);
  }

  private static int run(Object command, HttpServer server, StringWriter out, String word) {
    CommandLine line = new CommandLine(command);
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(new StringWriter()));
    String url = "http://localhost:" + server.plainPort();
    return line.execute(word, "--url", url);
  }
}
