package dev.firn.server;

import static dev.firn.transfer.rule.ReplicationRule.Grouping.NONE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.DatabaseAddress;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.server.local.LoopbackPorts;
import dev.firn.server.local.ThrowAwayAuthority;
import dev.firn.transfer.World;
import dev.firn.transfer.rule.NamePattern;
import dev.firn.transfer.rule.ReplicationRule.Handling;
import dev.firn.transfer.rule.ReplicationRule.Placing;
import dev.firn.transfer.rule.ReplicationRule.Selection;
import dev.firn.transfer.rule.ReplicationRule.Wanted;
import dev.firn.transfer.rule.Rules;
import dev.firn.transfer.rule.SiteExpression;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Two hubs, each a process of its own, on one PostgreSQL; two doors, processes too, between which
/// they move files; SIGKILL for one hub after the other, and for both; and a clock that jumps.
@Tag("slow")
@Timeout(600) // it waits for four minutes at most for each thing
class TwoHubsTest {
  private static final List<String> HUBS = List.of("north", "south");
  private static final SiteName SOURCE = new SiteName("source");
  private static final SiteName TARGET = new SiteName("target");
  private static final int FILES = 16; // in each round
  private static final int KILLS = 4; // one hub at a time; at the end both
  private static final int LEASE_SECONDS = 4;

  /// Of Debian's package libfaketime.
  private static final Path FAKETIME =
      Path.of("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1");

  @TempDir Path dir;

  private final long seed = Long.getLong("firn.seed", 2026);
  private final Random random = new Random(seed);
  private final Map<String, URI> urls = new TreeMap<>();
  private final Map<String, Process> processes = new LinkedHashMap<>();
  private final Map<String, byte[]> files = new TreeMap<>();
  private final TestDatabase test = TestDatabase.create();
  private final Database database = test.database();
  private final Catalog catalog = new Catalog(database);
  private HttpFetcher http;
  private ThrowAwayAuthority authority;

  @BeforeEach
  void start() throws Exception {
    System.out.println("TwoHubsTest seed " + seed + " (repeat with -Dfirn.seed=" + seed + ")");
    authority = ThrowAwayAuthority.in(dir.resolve("ca"), Instant.now());
    http = HttpClients.create(HttpClients.Config.trusting(authority.certificateFile()));
    for (String name : List.of("source", "target", "north", "south")) {
      urls.put(name, URI.create("https://localhost:" + LoopbackPorts.free()));
    }
    for (String hub : HUBS) {
      write(hub, hub(hub));
    }
    for (String site : List.of("source", "target")) {
      write(site, door(site));
    }
    for (String name : urls.keySet()) {
      spawn(name);
    }
    for (String name : urls.keySet()) {
      awaitReady(name);
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (Process process : processes.values()) {
      process.destroy();
    }
    for (Process process : processes.values()) {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    }
    http.close();
    test.close();
  }

  private void write(String name, String toml) throws IOException {
    Path home = Files.createDirectories(dir.resolve(name));
    authority.issueHost(home.resolve("tls"), Instant.now());
    Files.writeString(home.resolve("firn.toml"), toml);
  }

  private String common(String name, boolean hub) {
    return """
    [site]
    name = "%s"
    url = "%s"
    hub = %s
    [door]
    listen = "127.0.0.1:%d"
    allow-peers = ["localhost"]
    pull-limit = 700000
    [tls]
    trust = ["../ca/ca.pem"]
    """
        .formatted(name, urls.get(name), hub, urls.get(name).getPort());
  }

  private String hub(String name) throws IOException {
    DatabaseAddress address = test.address();
    Files.writeString(dir.resolve("password"), address.password());
    String toml =
        common(name, true)
            + """
            [database]
            url = "%s"
            user = "%s"
            password-file = "../password"
            [transfer]
            lease = "%d s"
            retry-delay = "1 s"
            """
                .formatted(address.jdbcUrl(), address.user(), LEASE_SECONDS);
    for (String site : List.of("source", "target")) {
      toml += "[[remotes]]\nname = \"%s\"\nurl = \"%s\"\n".formatted(site, urls.get(site));
    }
    return toml;
  }

  /// Both hubs sign tokens, each with keys of its own.
  private String door(String name) {
    String toml = common(name, false);
    for (String hub : HUBS) {
      toml += "[[issuers]]\nurl = \"%s\"\nshared = true\n".formatted(urls.get(hub));
    }
    return toml;
  }

  private void spawn(String name) throws IOException {
    spawn(name, Map.of());
  }

  private void spawn(String name, Map<String, String> more) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.firn.server.Main",
            "serve",
            "--config",
            dir.resolve(name).resolve("firn.toml").toString(),
            "--until-stdin-ends");
    builder.environment().putAll(more);
    builder.environment().put("LC_ALL", "C.UTF-8");
    Path log = dir.resolve(name + ".log");
    processes.put(
        name, builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile())).start());
  }

  private void awaitReady(String name) throws IOException {
    String line = processes.get(name).inputReader().readLine();
    assertThat(line).as(name + ": " + Files.readString(dir.resolve(name + ".log"))).isNotNull();
    JsonNode ready = Json.mapper().readTree(line);
    assertThat(ready.path("url").asString()).isEqualTo(urls.get(name).toString());
  }

  @Test
  void killedHubsLeaveNoTransferLostAndNoneDoneTwice() throws Exception {
    copyEverything();
    for (int round = 0; round < KILLS; round++) {
      String victim = HUBS.get(round % 2);
      String other = HUBS.get(1 - round % 2);
      List<Lease> left = killHolding(victim);
      await("the leases of " + victim + " move", () -> holders(victim, left).isEmpty());
      report(victim, left);
      takeIn();
      await(other + " goes on alone", () -> !held(other).isEmpty() || unfinished() == 0);
      spawn(victim);
      awaitReady(victim);
    }
    for (String hub : HUBS) {
      killHolding(hub);
    }
    for (String hub : HUBS) {
      spawn(hub);
      awaitReady(hub);
    }
    await("everything is copied", () -> unfinished() == 0);
    assertEverythingThereOnce();
  }

  /// One hub's clock jumps an hour ahead while it moves files, then to an hour behind, and back. In
  /// the first second after a jump it may claim what a door then refuses: that is tried again.
  ///
  /// Java's waiting threads spin under libfaketime, so that it takes both cores for minutes: it
  /// runs when `-Dfirn.clocks=true` asks for it.
  @Test
  void aHubWhoseClockIsAnHourOffLeavesTransfersToTheOther() throws Exception {
    Path clock = Files.writeString(dir.resolve("south.clock"), "+0\n");
    assumeTrue(
        Boolean.getBoolean("firn.clocks"), "takes both cores for minutes: -Dfirn.clocks=true");
    assumeTrue(Files.exists(FAKETIME), "libfaketime is not installed");
    processes.get("south").destroyForcibly().waitFor();
    spawn(
        "south",
        Map.of(
            "LD_PRELOAD", FAKETIME.toString(),
            "FAKETIME_TIMESTAMP_FILE", clock.toString(),
            "FAKETIME_CACHE_DURATION", "1", // it reads the file at most once a second
            "FAKETIME_DONT_FAKE_MONOTONIC", "1",
            "DONT_FAKE_MONOTONIC", "1"));
    awaitReady("south");
    copyEverything();
    for (String off : List.of("+3600\n", "-3600\n")) {
      takeIn();
      await("south moves files", () -> !held("south").isEmpty() || unfinished() == 0);
      Files.writeString(clock, off);
      await("south sees that its clock is off", () -> log("south").contains("until it is set"));
      takeIn();
      await("everything is copied with a clock at " + off.strip(), () -> unfinished() == 0);
      Files.writeString(clock, "+0\n");
      await("south sees that its clock is right", () -> log("south").contains("takes work\n"));
      Files.writeString(dir.resolve("south.log"), "");
    }
    while (held("south").isEmpty()) {
      takeIn();
      await("south has work again", () -> !held("south").isEmpty() || unfinished() == 0);
    }
    await("everything is copied", () -> unfinished() == 0);
    assertThat(query("SELECT count(*) FROM transfer WHERE state <> 'done'", row -> row.getLong(1)))
        .containsExactly(0L);
    assertEverythingThereOnce();
  }

  private String log(String name) {
    try {
      return Files.readString(dir.resolve(name + ".log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A rule for all files.
  private void copyEverything() {
    new Rules(database, catalog, new Sites(List.of(site(SOURCE), site(TARGET))))
        .add(
            new Wanted(
                new Selection(NamePattern.parse("/data/**"), "", ""),
                new Placing(SiteExpression.parse("target"), 1, NONE, false),
                Handling.USUAL),
            "operator");
  }

  private Site site(SiteName name) {
    URI url = urls.get(name.value());
    return new Site(name, url, url.toString(), Site.Kind.FIRN, false, true);
  }

  /// New files at the source, in the catalog.
  private void takeIn() throws IOException {
    for (int i = 0; i < FILES; i++) {
      String path = "/data/exp/" + files.size() + ".dat";
      byte[] bytes = new byte[50_000 + random.nextInt(500_000)];
      random.nextBytes(bytes);
      Request put =
          Request.of("PUT", urls.get("source").resolve(path))
              .withBearer(Files.readString(dir.resolve("north/operator.token")).strip())
              .withBody(BodySource.bytes(bytes));
      try (var answer = http.send(put)) {
        assertThat(answer.status()).as(answer.bodyText(1000)).isEqualTo(201);
      }
      LogicalName name = LogicalName.parse(path);
      catalog.register(
          new NewFile(name, bytes.length, World.sums(bytes), FileMetadata.NONE),
          SOURCE,
          name,
          "test",
          "taken in");
      files.put(path, bytes);
    }
  }

  private record Lease(long transfer, Instant until) {}

  /// Kills a hub while it holds transfers; brings work until it does.
  ///
  /// @return what it held at its end
  private List<Lease> killHolding(String hub) throws Exception {
    while (held(hub).isEmpty()) {
      takeIn();
      await(hub + " has work", () -> !held(hub).isEmpty() || unfinished() == 0);
    }
    LockSupport.parkNanos(random.nextInt(500) * 1_000_000L);
    processes.get(hub).destroyForcibly().waitFor();
    return held(hub);
  }

  private List<Lease> held(String hub) {
    return query(
        "SELECT id, lease_until FROM transfer WHERE lease_owner LIKE '" + hub + "-%'",
        row -> new Lease(row.getLong(1), row.getObject(2, OffsetDateTime.class).toInstant()));
  }

  private List<Long> holders(String hub, List<Lease> left) {
    List<Long> ids = left.stream().map(Lease::transfer).toList();
    return held(hub).stream().map(Lease::transfer).filter(ids::contains).toList();
  }

  /// A lease that has not ended is nobody else's.
  private void report(String victim, List<Lease> left) {
    for (Lease lease : left) {
      List<Instant> taken =
          query(
              "SELECT max(ended) FROM transfer_attempt WHERE owner LIKE '"
                  + victim
                  + "-%' AND transfer_id = "
                  + lease.transfer()
                  + " AND outcome = 'unknown'",
              row -> row.getObject(1, OffsetDateTime.class).toInstant());
      assertThat(taken).allMatch(at -> !at.isBefore(lease.until()));
      System.out.println(
          "transfer %d of %s was taken over %d ms after its lease"
              .formatted(
                  lease.transfer(),
                  victim,
                  Duration.between(lease.until(), taken.getFirst()).toMillis()));
    }
  }

  private long unfinished() {
    long done =
        query("SELECT count(*) FROM transfer WHERE state = 'done'", row -> row.getLong(1))
            .getFirst();
    return files.size() - done;
  }

  private void assertEverythingThereOnce() throws IOException {
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path there = dir.resolve("target/storage" + file.getKey().substring("/data".length()));
      assertThat(there).hasBinaryContent(file.getValue());
      assertThat(catalog.find(LogicalName.parse(file.getKey())).orElseThrow().replicaAt(TARGET))
          .hasValueSatisfying(replica -> assertThat(replica.verified()).isNotNull());
    }
    List<Long> ids = query("SELECT id FROM transfer ORDER BY id", row -> row.getLong(1));
    assertThat(ids).hasSize(files.size());
    Map<String, Integer> doneBy = new TreeMap<>();
    for (long id : ids) {
      List<String> owners =
          query(
              "SELECT owner FROM transfer_attempt WHERE outcome = 'done' AND transfer_id = " + id,
              row -> row.getString(1).split("-", 2)[0]);
      assertThat(owners).as("transfer %d", id).hasSize(1);
      doneBy.merge(owners.getFirst(), 1, Integer::sum);
      assertHistory(id);
    }
    System.out.println("done by " + doneBy);
    assertThat(doneBy.keySet()).isEqualTo(new TreeSet<>(HUBS));
  }

  /// Each change follows from the one before, to one end.
  private void assertHistory(long id) {
    List<HistoryRecord> history =
        database
            .read(c -> History.of(c, List.of("transfer"), Long.toString(id), 0, 1000))
            .reversed();
    String state = null;
    int done = 0;
    for (HistoryRecord record : history) {
      assertThat(record.entry().from()).as("%s", history).isEqualTo(state);
      state = record.entry().to();
      done += TransferState.DONE.label().equals(state) ? 1 : 0;
    }
    assertThat(done).as("%s", history).isEqualTo(1);
  }

  private interface Reading<T> {
    T read(ResultSet row) throws SQLException;
  }

  private <T> List<T> query(String sql, Reading<T> reading) {
    return database.read((Connection c) -> {
      List<T> found = new ArrayList<>();
      try (Statement statement = c.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        while (row.next()) {
          found.add(reading.read(row));
        }
      }
      return found;
    });
  }

  /// Looks until it holds; what the hubs said last explains why it does not.
  private void await(String what, BooleanSupplier holds) {
    long end = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "it did not come true that "
                + what
                + " (seed "
                + seed
                + "): "
                + query(
                    "SELECT state, lease_owner, failure_class, failure_reason, count(*) FROM transfer"
                        + " GROUP BY 1, 2, 3, 4",
                    row ->
                        "%s %s %s %s: %d"
                            .formatted(
                                row.getString(1),
                                row.getString(2),
                                row.getString(3),
                                row.getString(4),
                                row.getLong(5))));
      }
      LockSupport.parkNanos(50_000_000);
    }
  }
}
