package dev.firn.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.catalog.Catalog;
import dev.firn.database.History;
import dev.firn.database.HistoryRecord;
import dev.firn.database.TestDatabase;
import dev.firn.door.TestSite;
import dev.firn.http.BodySource;
import dev.firn.http.HttpClients;
import dev.firn.http.HttpFetcher;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.queue.Attempt;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A hub and two far sites in a network of their own, and the wire between them pulled: no
/// connection is refused or reset, packets are simply lost. Needs root, for the network.
@Tag("slow")
class NetworkCutTest {
  /// More than the buffers of the connections between hold.
  private static final int LARGE = 24_000_000;

  private static final int SMALL = 4_000_000;
  private static final SiteName MADISON = new SiteName("madison");
  private static final SiteName POLE = new SiteName("pole");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final TransferConfig CONFIG =
      new TransferConfig(
          2,
          2,
          Duration.ofSeconds(2),
          Duration.ofMillis(200),
          Duration.ofMillis(800),
          Duration.ofSeconds(8));

  @TempDir Path directory;

  private final TestDatabase test = TestDatabase.create();
  private final int number = 1 + new Random().nextInt(250);
  private final String space = "firn-" + ProcessHandle.current().pid() + "-" + number;
  private final String near = "fn" + number;
  private final String far = "ff" + number;
  private final String nearAddress = "10.213." + number + ".1";
  private final String farAddress = "10.213." + number + ".2";
  private boolean networked;
  private Process doors;
  private TestSite madison;
  private Gate gate;
  private HttpFetcher http;
  private Transfers transfers;
  private Explanations explanations;
  private Sites sites;
  private TransferEngine engine;

  @BeforeEach
  void start() throws Exception {
    networked = ip("netns", "add", space);
    Assumptions.assumeTrue(networked, "networks can be made by root only");
    must("link", "add", near, "type", "veth", "peer", "name", far, "netns", space);
    must("addr", "add", nearAddress + "/30", "dev", near);
    must("link", "set", near, "up");
    must("-n", space, "addr", "add", farAddress + "/30", "dev", far);
    must("-n", space, "link", "set", far, "up");
    must("-n", space, "link", "set", "lo", "up");
    madison = TestSite.open(directory.resolve("madison"));
    gate = new Gate(InetAddress.getByName(nearAddress));
    gate.to(madison.plainPort());
    List<Integer> ports = startDoors();
    http = HttpClients.create(HttpClients.Config.trusting());
    sites =
        new Sites(
            List.of(
                site(MADISON, nearAddress, gate.port()),
                site(POLE, farAddress, ports.get(0)),
                site(NERSC, farAddress, ports.get(1))));
    Catalog catalog = new Catalog(test.database());
    transfers = new Transfers(test.database(), catalog, sites);
    explanations = new Explanations(transfers, catalog, CONFIG);
    engine =
        new TransferEngine(
                "hub",
                transfers,
                catalog,
                new TransferEngine.Outward(http, TransferTokens.NONE, new Random(5)),
                CONFIG)
            .start();
  }

  private static Site site(SiteName name, String address, int port) {
    return Site.firn(name.value(), URI.create("http://" + address + ":" + port));
  }

  private List<Integer> startDoors() throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            "ip",
            "netns",
            "exec",
            space,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--sun-misc-unsafe-memory-access=allow",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            FarDoors.class.getName(),
            farAddress,
            nearAddress,
            directory.resolve("pole").toString(),
            directory.resolve("nersc").toString());
    Path log = directory.resolve("doors.log");
    doors = builder.redirectError(log.toFile()).start();
    String line = doors.inputReader().readLine();
    assertThat(line).as(Files.readString(log)).isNotNull();
    return List.of(line.split(" ")).stream().map(Integer::valueOf).toList();
  }

  @AfterEach
  void stop() throws Exception {
    if (engine != null) {
      engine.close();
    }
    if (doors != null) {
      doors.getOutputStream().close();
      if (!doors.waitFor(20, TimeUnit.SECONDS)) {
        doors.destroyForcibly().waitFor();
      }
    }
    if (madison != null) {
      http.close();
      madison.close();
      gate.close();
    }
    if (networked) {
      ip("link", "del", near);
      ip("netns", "del", space);
    }
    test.close();
  }

  private static boolean ip(String... words) throws Exception {
    String[] command = new String[words.length + 1];
    command[0] = "ip";
    System.arraycopy(words, 0, command, 1, words.length);
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false; // there is no such command
    }
  }

  private static void must(String... words) throws Exception {
    assertThat(ip(words)).as("ip %s", String.join(" ", words)).isTrue();
  }

  /// A new bundle at `from`, to be moved to nersc.
  private long queued(SiteName from, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(7).nextBytes(bytes);
    LogicalName name = LogicalName.parse("/data/archive/b.zip");
    var put =
        HttpFetcher.Request.of("PUT", sites.load(from).at(name)).withBody(BodySource.bytes(bytes));
    try (var answer = http.send(put)) {
      assertThat(answer.status()).isEqualTo(201);
    }
    TransferRequest request =
        TransferRequest.of(
            Subject.bundle(new UUID(1, 2)),
            new Place(from, name),
            new Place(NERSC, name),
            size,
            World.sums(bytes));
    return transfers.queue(request, "test", "asked");
  }

  private Transfer now(long id) {
    return transfers.find(id).orElseThrow();
  }

  private boolean isUnknown(long id) {
    return now(id).state() == TransferState.UNKNOWN;
  }

  private List<String> tried(long id) {
    return transfers.attempts(id, 100).stream()
        .filter(a -> !a.action().equals("look"))
        .map(Attempt::outcome)
        .toList();
  }

  private Path atNersc() {
    return directory.resolve("nersc/files/archive/b.zip");
  }

  private void await(long id, String what, BooleanSupplier holds) {
    long end = System.nanoTime() + Duration.ofSeconds(50).toNanos();
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "it did not come true that %s: %s %s"
                .formatted(what, now(id), transfers.attempts(id, 100)));
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  /// Done once, each change following from the one before, never failed.
  private void assertOneHistory(long id) {
    List<HistoryRecord> history =
        test.database()
            .read(c -> History.of(c, List.of(TransferStore.KIND), Long.toString(id), 0, 1000))
            .reversed();
    String state = null;
    for (HistoryRecord record : history) {
      assertThat(record.entry().from()).as("%s", history).isEqualTo(state);
      state = record.entry().to();
      assertThat(state).isNotEqualTo(TransferState.FAILED.label());
    }
    assertThat(history.stream().filter(h -> "done".equals(h.entry().to()))).hasSize(1);
  }

  @Test
  void aCopyCutInTheMiddleIsUnknownUntilTheSiteCanBeAskedAndThenMade() throws Exception {
    long id = queued(MADISON, LARGE);
    await(id, "bytes move", () -> now(id).state() == TransferState.ACTIVE);
    LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    must("-n", space, "link", "set", far, "down");
    await(id, "the outcome is unknown", () -> isUnknown(id));
    await(id, "it was looked for in vain", () -> transfers.attempts(id, 100).size() >= 2);
    assertThat(now(id).state()).isEqualTo(TransferState.UNKNOWN);
    assertThat(explanations.transfer(id).orElseThrow().sentence())
        .contains("has an unknown outcome")
        .contains("nersc");
    assertThat(atNersc()).doesNotExist();
    must("-n", space, "link", "set", far, "up");
    await(id, "it is done", () -> now(id).state() == TransferState.DONE);
    assertThat(atNersc()).hasSize(LARGE);
    assertOneHistory(id);
  }

  @Test
  void aCopyThatEndedDuringTheCutIsFoundAndNotMadeAgain() throws Exception {
    long id = queued(POLE, SMALL);
    await(id, "it is under way", () -> now(id).state() == TransferState.ACTIVE);
    LockSupport.parkNanos(Duration.ofMillis(500).toNanos());
    must("link", "set", near, "down");
    await(id, "the far sites end it by themselves", () -> Files.exists(atNersc()));
    await(id, "the outcome is unknown", () -> isUnknown(id));
    must("link", "set", near, "up");
    await(id, "it is done", () -> now(id).state() == TransferState.DONE);
    assertThat(tried(id)).containsExactly("unknown");
    assertThat(atNersc()).hasSize(SMALL);
    assertOneHistory(id);
  }
}
