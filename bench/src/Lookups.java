import dev.firn.columnar.ParquetRows;
import dev.firn.columnar.ParquetTable;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.events.EventTables;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// One event by its run and number, over HTTPS from a whole hub whose pass has a hundred million in a
/// thousand files, with nothing of them in the page cache; beside it, one read of a byte of a file
/// that is not cached either, and the requests that the same files take by ranges.
///
/// All events and two pulses of each are written; only that the files are the pass's is put into the
/// record directly, because loading as many `.i3` files is another measurement.
final class Lookups {
  private static final long RUN = 131_263;
  private static final int PULSES_AN_EVENT = 2;
  private static final String EVENTS = "/api/v1/events";

  private final Bench.Options options;
  private final int files;
  private final int eventsAFile;

  Lookups(Bench.Options options) {
    this.options = options;
    this.files = (int) options.number("files", 1_000);
    this.eventsAFile = (int) options.number("events", 100_000);
  }

  void run() throws Exception {
    // On the disk: what lies in memory cannot be cold.
    Path folder = Files.createTempDirectory("firn-bench-lookup");
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
    Path home = Files.createDirectory(folder.resolve("site"));
    try (HereHub hub = HereHub.start(home);
        HttpFetcher client = HttpClients.create(hub.trust())) {
      json(client, hub, "POST", "/passes", Map.of("name", "pass2", "pulses", "InIcePulses"));
    }
    long began = System.nanoTime();
    long bytes = fill(home);
    record(home);
    System.out.printf(
        "%,d events in %,d files, %,d bytes of events and pulses, written in %.0f s%n",
        (long) files * eventsAFile, files, bytes, (System.nanoTime() - began) / 1e9);
    requests(home);
    try (HereHub hub = HereHub.start(home);
        HttpFetcher client = HttpClients.create(hub.trust())) {
      measure(client, hub, home);
    } catch (IOException e) {
      System.err.println(Files.readString(folder.resolve("hub.log")));
      throw e;
    }
  }

  private static JsonNode json(
      HttpFetcher client, HereHub hub, String method, String path, Map<String, Object> body)
      throws IOException {
    Request request = Request.of(method, URI.create(hub.url() + EVENTS + path)).withBearer(hub.token());
    if (!body.isEmpty()) {
      request = request.withBody(BodySource.bytes(Json.bytes(body)));
    }
    try (Response response = client.send(request)) {
      String text = response.bodyText(10_000_000);
      if (response.status() >= 300) {
        throw new IOException(method + " " + path + " answered " + response.status() + " " + text);
      }
      return Json.mapper().readTree(text);
    }
  }

  private static Path data(Path home, String table) {
    return home.resolve("storage/tables/pass2").resolve(table).resolve("data");
  }

  private static String name(int file) {
    return "%04d.parquet".formatted(file);
  }

  private long fill(Path home) throws IOException {
    TableSchema schema = EventTables.ofPass(List.of());
    Path events = Files.createDirectories(data(home, "events"));
    Path pulses = Files.createDirectories(data(home, "pulses"));
    long bytes = 0;
    for (int file = 0; file < files; file++) {
      write(events.resolve(name(file)), pulses.resolve(name(file)), schema, file);
      bytes += Files.size(events.resolve(name(file))) + Files.size(pulses.resolve(name(file)));
    }
    return bytes;
  }

  private void write(Path events, Path pulses, TableSchema schema, int file) throws IOException {
    Random random = new Random(file);
    Row row = schema.newRow();
    Row pulse = EventTables.PULSES.newRow();
    try (ParquetTable out = new ParquetTable(events, schema, EventTables.EVENTS_A_GROUP);
        ParquetTable pulsesOut = new ParquetTable(pulses, EventTables.PULSES)) {
      for (int i = 0; i < eventsAFile; i++) {
        long event = (long) file * eventsAFile + i;
        long ticks = 4_000_000L * event + random.nextInt(4_000_000);
        row.set(0, 2L * i + 1).set(1, RUN).set(2, 0L).set(3, event).set(4, 0L);
        row.set(5, "InIceSplit").set(6, 1_540_000_000_000_000_000L + 100 * ticks).set(7, 2018L);
        row.set(8, ticks).set(9, 2018L).set(10, ticks + 100_000 + random.nextInt(100_000));
        row.set(11, (long) PULSES_AN_EVENT).set(12, (long) PULSES_AN_EVENT * i);
        row.set(13, (long) PULSES_AN_EVENT * (i + 1) - 1).set(14, 17L).set(15, name(file));
        row.set(16, 0.0004).set(17, "0/0/0/1006");
        row.set(18, i % 3 == 0 ? "MuonFilter_13" : "CascadeFilter_13 OnlineL2Filter_17");
        out.write(row);
        pulse.set(0, RUN).set(1, 0L).set(2, event).set(3, 0L).set(6, 0L).set(9, 8f).set(10, 1L);
        for (int p = 0; p < PULSES_AN_EVENT; p++) {
          pulse.set(4, 1L + random.nextInt(86)).set(5, 1L + random.nextInt(60));
          pulse.set(7, 9_000 + random.nextInt(50_000) / 10.0);
          pulse.set(8, (1 + random.nextInt(200)) * 0.025f);
          pulsesOut.write(pulse);
        }
      }
    }
  }

  private void record(Path home) throws Exception {
    try (EmbeddedPostgres server =
            EmbeddedPostgres.start(EmbeddedPostgresConfig.in(home.resolve("database")));
        Connection record =
            DriverManager.getConnection(
                server.address().jdbcUrl(), server.address().user(), server.address().password());
        PreparedStatement insert =
            record.prepareStatement(
                "INSERT INTO event_batch(id, pass, events_file, pulses_file, events, pulses, first_run,"
                    + " last_run, first_event, last_event) SELECT ?, id, ?, ?, ?, ?, ?, ?, ?, ? FROM"
                    + " event_pass WHERE name = 'pass2'")) {
      for (int i = 0; i < files; i++) {
        insert.setObject(1, new UUID(1, i));
        insert.setString(2, "/data/tables/pass2/events/data/" + name(i));
        insert.setString(3, "/data/tables/pass2/pulses/data/" + name(i));
        insert.setLong(4, eventsAFile);
        insert.setLong(5, (long) PULSES_AN_EVENT * eventsAFile);
        insert.setLong(6, RUN);
        insert.setLong(7, RUN);
        insert.setLong(8, (long) i * eventsAFile);
        insert.setLong(9, (i + 1L) * eventsAFile - 1);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private void requests(Path home) throws IOException {
    Random random = new Random(3);
    int most = 0;
    int mostWithPulses = 0;
    long mostBytes = 0;
    for (int i = 0; i < 50; i++) {
      int file = random.nextInt(files);
      int at = random.nextInt(eventsAFile);
      CountedRanges counting = new CountedRanges(data(home, "events").resolve(name(file)));
      try (counting;
          ParquetRows rows = ParquetRows.open("events", counting)) {
        Map<String, Long> wanted = Map.of("run", RUN, "event", (long) file * eventsAFile + at);
        if (rows.where(wanted).size() != 1) {
          throw new IllegalStateException("not found: " + wanted);
        }
      }
      CountedRanges pulses = new CountedRanges(data(home, "pulses").resolve(name(file)));
      try (pulses;
          ParquetRows rows = ParquetRows.open("pulses", pulses)) {
        rows.range((long) PULSES_AN_EVENT * at, PULSES_AN_EVENT);
      }
      most = Math.max(most, counting.requests());
      mostBytes = Math.max(mostBytes, counting.bytes());
      mostWithPulses = Math.max(mostWithPulses, counting.requests() + pulses.requests());
    }
    System.out.printf(
        "by ranges: at most %d requests and %,d bytes for an event's row, %d requests with its pulses%n",
        most, mostBytes, mostWithPulses);
  }

  private void measure(HttpFetcher client, HereHub hub, Path home) throws Exception {
    Random random = new Random(4);
    drop();
    double first = lookup(client, hub, random.nextLong((long) files * eventsAFile));
    for (int i = 0; i < 30; i++) {
      lookup(client, hub, random.nextLong((long) files * eventsAFile));
    }
    List<Double> cold = new ArrayList<>();
    List<Double> disk = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      drop();
      cold.add(lookup(client, hub, random.nextLong((long) files * eventsAFile)));
      drop();
      disk.add(byteOf(data(home, "events").resolve(name(random.nextInt(files)))));
    }
    cold.sort(null);
    System.out.printf(
        "one event of %,d over HTTPS, page cache dropped: median %.0f ms, 95th percentile %.0f ms,"
            + " slowest %.0f ms; the very first after a start %.0f ms; one byte of such a file %.1f ms%n",
        (long) files * eventsAFile,
        Shell.median(cold),
        cold.get(28),
        cold.getLast(),
        first,
        Shell.median(disk));
    System.out.printf(
        "{\"benchmark\":\"lookup\",%s,\"files\":%d,\"events\":%d,\"median_ms\":%.1f,\"slowest_ms\":%.1f,\"first_ms\":%.1f}%n",
        Shell.machine(), files, (long) files * eventsAFile, Shell.median(cold), cold.getLast(), first);
  }

  private static void drop() throws Exception {
    Shell.run("sync");
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3");
  }

  private static double lookup(HttpFetcher client, HereHub hub, long event) throws IOException {
    long began = System.nanoTime();
    JsonNode found =
        json(client, hub, "GET", "/event?pass=pass2&run=" + RUN + "&event=" + event, Map.of());
    double millis = (System.nanoTime() - began) / 1e6;
    if (found.path("parts").path(0).path("event").asLong() != event) {
      throw new IllegalStateException("another event than " + event + ": " + found);
    }
    return millis;
  }

  private static double byteOf(Path file) throws IOException {
    long began = System.nanoTime();
    try (FileChannel channel = FileChannel.open(file)) {
      channel.read(ByteBuffer.allocate(1), channel.size() / 2);
    }
    return (System.nanoTime() - began) / 1e6;
  }
}
