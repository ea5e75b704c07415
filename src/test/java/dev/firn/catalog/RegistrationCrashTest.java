package dev.firn.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.Database;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.database.TestDatabase;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Promises 2 and 7 while PostgreSQL is killed: what was acknowledged is there with its copy and
/// its history, and what is there is there once and whole.
@Tag("slow")
class RegistrationCrashTest {
  private static final SiteName MADISON = new SiteName("madison");
  private static final int THREADS = 6;
  private static final int FILES_A_THREAD = 250;
  private static final int KILLS = 5;

  private Path directory;

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = Files.createTempDirectory("firn-crash-");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
  }

  @AfterEach
  void removeDirectory() throws IOException {
    try (Stream<Path> walk = Files.walk(directory)) {
      walk.sorted(Comparator.reverseOrder()).forEach(RegistrationCrashTest::delete);
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void killedPostgresLosesNoAcknowledgedRegistrationAndDoublesNone() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    AtomicInteger done = new AtomicInteger();
    EmbeddedPostgresConfig config =
        EmbeddedPostgresConfig.in(directory.resolve("postgres"))
            .withBinaries(TestDatabase.binaries());
    try (EmbeddedPostgres postgres = EmbeddedPostgres.start(config);
        Database database = Database.open(postgres, DatabaseConfig.DEFAULT);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      Catalog catalog = new Catalog(database);
      List<Future<?>> workers = new ArrayList<>();
      for (int t = 0; t < THREADS; t++) {
        int thread = t;
        workers.add(threads.submit(() -> registerAll(catalog, thread, acknowledged, done)));
      }
      for (int kill = 1; kill <= KILLS; kill++) {
        int at = kill * THREADS * FILES_A_THREAD / (KILLS + 1) + random.nextInt(50);
        while (done.get() < at) {
          TimeUnit.MILLISECONDS.sleep(1); // waits for progress, not for a time
        }
        kill(postgres, random);
      }
      for (Future<?> worker : workers) {
        worker.get(150, TimeUnit.SECONDS);
      }
      assertThat(acknowledged).hasSize(THREADS * FILES_A_THREAD);
      check(database, catalog, acknowledged);
    }
  }

  private static void registerAll(
      Catalog catalog, int thread, Set<String> acknowledged, AtomicInteger done) {
    for (int i = 0; i < FILES_A_THREAD; i++) {
      String name = "/data/exp/" + i % 10 + "/" + thread + "-" + i;
      NewFile file = CatalogContract.offer(name, thread * FILES_A_THREAD + i);
      RegisterOutcome outcome = catalog.register(file, MADISON, file.name(), "me", "crash");
      assertThat(outcome)
          .as("an aborted attempt leaves nothing, a committed one is looked up, never repeated")
          .isInstanceOf(RegisterOutcome.Registered.class);
      acknowledged.add(name);
      done.incrementAndGet();
    }
  }

  /// The postmaster, or one of its children, which makes it start all of them again.
  private static void kill(EmbeddedPostgres postgres, Random random) {
    ProcessHandle postmaster = ProcessHandle.of(postgres.pid()).orElse(null);
    if (postmaster == null) {
      return; // still being restarted after the last kill
    }
    List<ProcessHandle> children = postmaster.children().toList();
    ProcessHandle victim =
        random.nextBoolean() || children.isEmpty()
            ? postmaster
            : children.get(random.nextInt(children.size()));
    victim.destroyForcibly();
  }

  private static void check(Database database, Catalog catalog, Set<String> acknowledged) {
    for (String name : acknowledged) {
      CatalogFile file = catalog.find(LogicalName.parse(name)).orElseThrow();
      assertThat(file.replicas()).hasSize(1);
    }
    // One file, one copy and two entries of history each, and nothing besides.
    int n = acknowledged.size();
    assertThat(count(database, "SELECT count(*) FROM file")).isEqualTo(n);
    assertThat(count(database, "SELECT count(*) FROM replica")).isEqualTo(n);
    assertThat(count(database, "SELECT count(*) FROM history")).isEqualTo(2 * n);
    assertThat(count(database, "SELECT count(DISTINCT (subject_kind, subject_id)) FROM history"))
        .isEqualTo(2 * n);
    assertThat(catalog.summary().live().files()).isEqualTo(n);
  }

  private static int count(Database database, String sql) {
    return database.read(c -> {
      try (PreparedStatement select = c.prepareStatement(sql);
          ResultSet row = select.executeQuery()) {
        row.next();
        return row.getInt(1);
      }
    });
  }
}
