package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.BundleVerification;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.ReplicaChange;
import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.SeekableInputStream;
import org.apache.iceberg.rest.RESTCatalog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Event tables of a whole hub in this process, over real sockets, with Iceberg's own client.
@Tag("slow")
class EventSiteTest extends EventSite {
  @BeforeEach
  void tellIcebergsClient() throws IOException {
    RemoteFiles.client = client;
    RemoteFiles.token = operator();
  }

  @Test
  void icebergsOwnClientReadsWhatWasPromoted() throws Exception {
    pass("pass2", 100, 3);
    JsonNode staged = json(200, "GET", EVENTS + "/pass?name=pass2", null);
    String tag =
        json(200, "POST", EVENTS + "/promote", Map.of("pass", "pass2")).path("tag").asString();
    try (RESTCatalog catalog = new RESTCatalog()) {
      catalog.initialize(
          "firn",
          Map.of(
              "uri", site.ready().http_url() + "/iceberg",
              "token", operator(),
              "io-impl", RemoteFiles.class.getName()));
      assertThat(catalog.listNamespaces())
          .containsExactlyInAnyOrder(Namespace.of("pass2"), Namespace.of("current"));
      assertThat(catalog.listTables(Namespace.of("pass2")))
          .containsExactlyInAnyOrder(
              TableIdentifier.of("pass2", "events"), TableIdentifier.of("pass2", "pulses"));
      assertThat(catalog.tableExists(TableIdentifier.of("pass2", "nothing"))).isFalse();
      assertThat(catalog.namespaceExists(Namespace.of("pass9"))).isFalse();
      Table events = catalog.loadTable(TableIdentifier.of("current", "events"));
      Table pulses = catalog.loadTable(TableIdentifier.of("pass2", "pulses"));
      assertThat(events.refs()).containsKeys("main", tag);
      assertThat(events.schema().findField("start_utc").doc()).contains("readout");
      assertThat(counted(events)).isEqualTo(30);
      assertThat(counted(pulses)).isEqualTo(staged.path("pulses").asLong());
      try (CloseableIterable<FileScanTask> none =
          events.newScan().filter(Expressions.equal("run", 101L)).planFiles()) {
        assertThat(none).as("bounds tell that no file has that run").isEmpty();
      }
    }
  }

  @Test
  void locateNamesTheCopyThatWasReadBackBeforeThisSitesAndThatBeforeOthers() throws Exception {
    pass("pass2", 100, 1);
    Catalog catalog = new Catalog(database.database());
    JsonNode alone = json(200, "GET", EVENTS + "/locate?pass=pass2", null).path("files").path(1);
    assertThat(alone.path("file").asString()).contains("/pulses/");
    assertThat(sites(alone)).containsExactly("here");
    CatalogFile file = catalog.find(LogicalName.parse(alone.path("file").asString())).orElseThrow();
    SiteName zeuthen = new SiteName("zeuthen");
    SiteName nersc = new SiteName("nersc");
    UUID bundle = UUID.randomUUID();
    Checksums sums =
        Checksums.of(
            Checksum.of(ChecksumAlgorithm.SHA512, new byte[64]),
            Checksum.of(ChecksumAlgorithm.ADLER32, 1));
    database
        .database()
        .inTransaction(c -> {
          for (SiteName site : List.of(zeuthen, nersc)) {
            ReplicaChange coming = ReplicaChange.to(file.id(), site, ReplicaState.COPYING);
            catalog.setReplica(
                c, site.equals(zeuthen) ? coming.inBundle(bundle) : coming, "tester", "copied");
          }
          catalog.setReplica(
              c, ReplicaChange.to(file.id(), nersc, ReplicaState.AVAILABLE), "tester", "copied");
          return catalog.verifyMembers(
              c,
              new BundleVerification(
                  bundle, zeuthen, sums, sums, "bundle read back", Instant.now()),
              "tester");
        });
    JsonNode spread = json(200, "GET", EVENTS + "/locate?pass=pass2", null).path("files").path(1);
    assertThat(sites(spread)).containsExactly("zeuthen", "here", "nersc");
    assertThat(spread.path("copies").path(0).path("bundle").asString())
        .isEqualTo(bundle.toString());
    JsonNode one =
        json(200, "GET", EVENTS + "/locate?pass=pass2&run=100&event=3", null).path("files");
    assertThat(one.valueStream().map(f -> f.path("file").asString()))
        .as("what it was made from, its pulses, its row")
        .hasSize(3)
        .anyMatch(name -> name.endsWith(".i3"))
        .contains(file.name().toString());
  }

  private static List<String> sites(JsonNode file) {
    return file.path("copies").valueStream().map(copy -> copy.path("site").asString()).toList();
  }

  /// Rows as the metadata says, as DuckDB counts them in the very files, read over the door.
  private long counted(Table table) throws Exception {
    long planned = 0;
    long read = 0;
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        planned += task.file().recordCount();
        URI at = URI.create(task.file().location());
        Path copy = Files.write(dir.resolve("copy"), send(200, "GET", at.getPath(), null));
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
            Statement statement = duck.createStatement();
            ResultSet row =
                statement.executeQuery("SELECT count(*) FROM read_parquet('" + copy + "')")) {
          row.next();
          read += row.getLong(1);
        }
      }
    }
    assertThat(read).isEqualTo(planned);
    return planned;
  }

  private String narrowed(String scope) throws IOException {
    String exchange = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange";
    String type = "&subject_token_type=urn:ietf:params:oauth:token-type:access_token";
    String form = exchange + type + "&subject_token=" + operator() + "&scope=" + scope;
    Request request =
        Request.of("POST", URI.create(config.url() + "/auth/token"))
            .withHeader("Content-Type", "application/x-www-form-urlencoded")
            .withBody(BodySource.bytes(form.getBytes(StandardCharsets.UTF_8)));
    try (Response response = client.send(request)) {
      String body = response.bodyText(100_000);
      assertThat(response.status()).as(body).isEqualTo(200);
      return Json.mapper().readTree(body).path("access_token").asString();
    }
  }

  @Test
  void tablesAreShownToThoseWhoMayReadThem() throws Exception {
    pass("pass2", 100, 1);
    assertThat(new String(send(401, "GET", "/iceberg/v1/config", null, ""), StandardCharsets.UTF_8))
        .contains("\"error\"");
    String job = narrowed("storage.read:/data/exp");
    assertThat(
            new String(
                send(200, "GET", "/iceberg/v1/namespaces", null, job), StandardCharsets.UTF_8))
        .isEqualTo("{\"namespaces\":[]}");
    send(404, "GET", "/iceberg/v1/namespaces/pass2/tables/events", null, job);
    send(403, "GET", EVENTS + "/event?pass=pass2&run=100&event=1", null, job);
    send(403, "POST", EVENTS + "/query", Map.of("sql", "select 1"), job);
    send(406, "DELETE", "/iceberg/v1/namespaces/pass2/tables/events", null);
  }

  @Test
  void questionsAreAnsweredAndNothingElse() throws Exception {
    pass("pass2", 100, 2);
    json(200, "POST", EVENTS + "/promote", Map.of("pass", "pass2"));
    String sql = "select run, count(*) as n, max(event) as last from events group by run";
    assertThat(json(200, "POST", EVENTS + "/query", Map.of("sql", sql)))
        .hasToString("{\"run\":100,\"n\":20,\"last\":20}");
    String csv =
        new String(
            send(200, "POST", EVENTS + "/query", Map.of("sql", sql, "format", "csv")),
            StandardCharsets.UTF_8);
    assertThat(csv).isEqualTo("run,n,last\n100,20,20\n");
    byte[] arrow =
        send(
            200,
            "POST",
            EVENTS + "/query",
            Map.of("sql", "select * from pulses", "format", "arrow"));
    try (ArrowStreamReader reader =
        new ArrowStreamReader(new ByteArrayInputStream(arrow), new RootAllocator())) {
      long rows = 0;
      while (reader.loadNextBatch()) {
        rows += reader.getVectorSchemaRoot().getRowCount();
      }
      assertThat(rows)
          .isEqualTo(json(200, "GET", EVENTS + "/pass?name=pass2", null).path("pulses").asLong());
    }
    byte[] parquet = send(200, "POST", EVENTS + "/query", Map.of("sql", sql, "format", "parquet"));
    assertThat(new String(parquet, 0, 4, StandardCharsets.US_ASCII)).isEqualTo("PAR1");
    for (String bad :
        List.of(
            "select 1; drop view pass2.events",
            "copy pass2.events to '/tmp/stolen'",
            "select * from read_text('/etc/passwd')",
            "select * from glob('/**')",
            "select * from 'https://localhost/x.parquet'",
            "attach '/tmp/x.db'",
            "set threads = 8",
            "install httpfs",
            "select * from nowhere",
            "")) {
      send(400, "POST", EVENTS + "/query", Map.of("sql", bad));
    }
    JsonNode event = json(200, "GET", EVENTS + "/event?run=100&event=15&pulses=true", null);
    assertThat(event.path("parts").path(0).path("file").asString())
        .isEqualTo("/data/exp/L2/Run00000100_Subrun00000001.i3");
    assertThat(event.path("parts").path(0).path("pulse_rows").path("time").size())
        .isEqualTo(event.path("parts").path(0).path("pulses").asInt());
    send(404, "GET", EVENTS + "/event?run=100&event=21", null);
    JsonNode check = json(200, "GET", EVENTS + "/check?run=100", null);
    assertThat(check.path("clean").asBoolean()).isTrue();
    assertThat(json(200, "POST", EVENTS + "/gc", Map.of("olderThanSeconds", 0, "delete", true)))
        .isNotNull();
    assertThat(json(200, "POST", EVENTS + "/query", Map.of("sql", sql)).path("n").asInt())
        .isEqualTo(20);
  }

  /// Iceberg's files at the URLs of its metadata, read with a token.
  public static final class RemoteFiles implements FileIO {
    private static final long serialVersionUID = 1L;
    private static HttpFetcher client;
    private static String token;

    @Override
    public InputFile newInputFile(String location) {
      return new InputFile() {
        @Override
        public long getLength() {
          return bytes(location).length;
        }

        @Override
        public SeekableInputStream newStream() {
          return new Whole(bytes(location));
        }

        @Override
        public String location() {
          return location;
        }

        @Override
        public boolean exists() {
          return true;
        }
      };
    }

    private static byte[] bytes(String location) {
      Request request = Request.of("GET", URI.create(location)).withBearer(token);
      try (Response response = client.send(request)) {
        assertThat(response.status()).isEqualTo(200);
        return response.body().readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public OutputFile newOutputFile(String location) {
      throw new UnsupportedOperationException(location);
    }

    @Override
    public void deleteFile(String location) {
      throw new UnsupportedOperationException(location);
    }
  }

  private static final class Whole extends SeekableInputStream {
    private final byte[] all;
    private int at;

    Whole(byte[] all) {
      this.all = all;
    }

    @Override
    public long getPos() {
      return at;
    }

    @Override
    public void seek(long position) {
      at = (int) position;
    }

    @Override
    public int read() {
      return at < all.length ? all[at++] & 0xff : -1;
    }
  }
}
