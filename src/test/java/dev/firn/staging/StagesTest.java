package dev.firn.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.catalog.FileQuery;
import dev.firn.events.DerivedTables;
import dev.firn.events.Pass;
import dev.firn.events.ScoreWorld;
import dev.firn.model.ByteSize;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.publication.LinkedDataReaders;
import dev.firn.storage.Hashes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StagesTest {
  private static final LogicalName ROOT = LogicalName.parse("/data/staging");
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path dir;
  private ScoreWorld world;
  private Stages stages;

  @BeforeEach
  void open() throws IOException {
    world = new ScoreWorld(Files.createDirectories(dir.resolve("one")));
    stages = stages(world, "one", 1L << 40);
  }

  @AfterEach
  void close() throws IOException {
    world.close();
  }

  private Stages stages(ScoreWorld of, String where, long quota) {
    return new Stages(
        new Stages.Means(
            of.database(),
            of.catalog(),
            new DerivedTables(of.means()),
            of.area(),
            new SiteName("madison"),
            ROOT,
            dir.resolve(where).resolve("staging-work"),
            new ByteSize(quota)));
  }

  private static StagePlan plan(String name, String format, long seed) {
    return new StagePlan(name, "pass2", "hpc", "", format, 3, seed, StagePlan.STANDARD);
  }

  private static void make(Stages stages, StagePlan plan, Pass pass) throws IOException {
    stages.plan(plan, pass, "tester");
    assertThat(stages.run(plan.name(), pass, LONG, "tester")).isZero();
    assertThat(stages.load(plan.name()).state()).isEqualTo("ready");
  }

  private Path folder(String where, String stage) {
    return dir.resolve(where).resolve("storage/staging").resolve(stage);
  }

  private static Map<String, String> digests(Path folder) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.put(
            folder.relativize(file).toString(),
            Hashes.checksum(ChecksumAlgorithm.SHA256, file).hex());
      }
    }
    return all;
  }

  @Test
  void theSameSeedMakesTheSameBytesInAnotherHub() throws Exception {
    Pass pass = world.pass("pass2", 100, 3, 40);
    try (ScoreWorld second = new ScoreWorld(Files.createDirectories(dir.resolve("two")))) {
      // The same events under other numbers of the catalog.
      second.pass("before", 7, 2, 3);
      Pass same = second.pass("pass2", 100, 3, 40);
      for (String format : new String[] {"graphnet", "webdataset"}) {
        make(stages, plan(format, format, 1), pass);
        make(stages(second, "two", 1L << 40), plan(format, format, 1), same);
        assertThat(digests(folder("two", format)))
            .isEqualTo(digests(folder("one", format)))
            .hasSizeGreaterThan(8);
      }
      make(stages, plan("other", "graphnet", 2), pass);
      String file = "train/truth/truth_0.parquet";
      assertThat(digests(folder("one", "other")).get(file))
          .isNotEqualTo(digests(folder("one", "graphnet")).get(file));
    }
  }

  @Test
  void duckDbReadsEveryEventOnceWithItsPulses() throws Exception {
    Pass pass = world.pass("pass2", 100, 3, 40);
    make(stages, plan("tracks", "graphnet", 1), pass);
    Path folder = folder("one", "tracks");
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      String truth = "read_parquet('" + folder + "/*/truth/*.parquet', filename = true)";
      String pulses = "read_parquet('" + folder + "/*/pulses/*.parquet', filename = true)";
      assertThat(number(statement, "SELECT count(*) FROM " + truth)).isEqualTo(120);
      assertThat(number(statement, "SELECT count(DISTINCT (run, subrun, event)) FROM " + truth))
          .isEqualTo(120);
      assertThat(number(statement, "SELECT count(*) FROM " + pulses))
          .isEqualTo(number(statement, "SELECT sum(pulses) FROM " + truth))
          .isPositive();
      assertThat(
              number(
                  statement, "SELECT count(*) FROM " + truth + " WHERE filename LIKE '%/train/%'"))
          .isBetween(80L, 112L);
      assertThat(
              number(
                  statement,
                  "SELECT count(*) FROM "
                      + truth
                      + " t WHERE t.pulses <> (SELECT count(*) FROM "
                      + pulses
                      + " p WHERE p.event_no = t.event_no AND split_part(p.filename, '/pulses/', 1)"
                      + " = split_part(t.filename, '/truth/', 1))"))
          .isZero();
    }
  }

  @Test
  void partsOfOneNumberKeepTheirOwnPulses() throws Exception {
    Pass pass = world.ofTwoSplitters("pass2", 100, 10);
    make(stages, plan("parts", "graphnet", 1), pass);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      String folder = folder("one", "parts").toString();
      String of = "SELECT count(*) FROM read_parquet('%s/*/%s/*.parquet')";
      assertThat(number(statement, of.formatted(folder, "truth"))).isEqualTo(20);
      assertThat(number(statement, of.formatted(folder, "pulses"))).isEqualTo(60);
    }
  }

  private static long number(Statement statement, String sql) throws Exception {
    try (ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  @Test
  void tarsHaveASampleForEveryEvent() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 20);
    make(stages, plan("tars", "webdataset", 1), pass);
    int samples = 0;
    for (String path : digests(folder("one", "tars")).keySet()) {
      if (!path.endsWith(".tar")) {
        continue;
      }
      try (TarArchiveInputStream tar =
          new TarArchiveInputStream(Files.newInputStream(folder("one", "tars").resolve(path)))) {
        for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
          byte[] bytes = tar.readAllBytes();
          if (e.getName().endsWith(".json")) {
            JsonNode event = JSON.readTree(bytes);
            TarArchiveEntry next = tar.getNextEntry();
            assertThat(next.getName()).isEqualTo(e.getName().replace(".json", ".pulses.npy"));
            byte[] npy = tar.readAllBytes();
            String head = new String(npy, 10, 118, StandardCharsets.US_ASCII);
            assertThat(head).contains("'shape': (" + event.path("pulses").asInt() + ", 6)");
            assertThat(npy).hasSize(128 + event.path("pulses").asInt() * 24);
            samples++;
          }
        }
      }
    }
    assertThat(samples).isEqualTo(20);
  }

  @Test
  void anEventStaysInItsSplitWhenThePassGrows() {
    StagePlan small = plan("a", "graphnet", 1);
    assertThat(small.all().stream().map(s -> s.split() + s.from()).distinct()).hasSize(3);
    assertThat(small.all().getFirst().from()).isEqualTo("00000000");
    assertThat(small.all().getLast().to()).isEqualTo("g");
  }

  private static String verify(Path folder, int status) throws Exception {
    Process shell =
        new ProcessBuilder("sh", "verify.sh")
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String receipt = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(shell.exitValue()).isEqualTo(status);
    return receipt;
  }

  @Test
  void aFlippedBitIsFoundAndAGoodCopyIsTakenForVerified() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    make(stages, plan("tracks", "graphnet", 1), pass);
    Path there = dir.resolve("hpc");
    try (Stream<Path> files = Files.walk(folder("one", "tracks"))) {
      for (Path file : files.toList()) {
        Path copy = there.resolve(folder("one", "tracks").relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    assertThat(stages.receipt("tracks", verify(there, 0), "hpc")).isEmpty();
    assertThat(stages.load("tracks").state()).isEqualTo("verified");

    Path file = there.resolve("train/pulses/pulses_1.parquet");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);
    assertThat(stages.receipt("tracks", verify(there, 1), "hpc"))
        .containsExactly("train/pulses/pulses_1.parquet differs");
    assertThat(stages.load("tracks").state()).isEqualTo("ready");

    Files.delete(file);
    assertThat(stages.receipt("tracks", verify(there, 1), "hpc"))
        .containsExactly("train/pulses/pulses_1.parquet is missing");
    assertThatThrownBy(() -> stages.receipt("tracks", "hello", "hpc"))
        .isInstanceOf(StagingException.class);
  }

  @Test
  void whatWasUsedIsEvictedAndMakesRoom() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    make(stages, plan("first", "graphnet", 1), pass);
    long used = stages.load("first").bytes();
    Stages narrow = stages(world, "one", used + used / 2);
    narrow.plan(plan("second", "graphnet", 1), pass, "tester");
    assertThatThrownBy(() -> narrow.run("second", pass, LONG, "tester"))
        .isInstanceOfSatisfying(
            StagingException.class, e -> assertThat(e.code()).isEqualTo("quota"));
    Map<String, String> before = digests(folder("one", "first"));
    assertThat(narrow.evict("first", "tester").state()).isEqualTo("evicted");
    assertThat(folder("one", "first")).doesNotExist();
    assertThat(world.catalog().find(ROOT.child("first").child("manifest.json"))).isEmpty();
    assertThat(narrow.run("second", pass, LONG, "tester")).isZero();
    Map<String, String> after = digests(folder("one", "second"));
    assertThat(after.get("SHA256SUMS")).isEqualTo(before.get("SHA256SUMS"));
  }

  @Test
  void whatWasEvictedMeanwhileIsNotMadeAndLeavesNothing() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    stages.plan(plan("tracks", "graphnet", 1), pass, "tester");
    try (ExecutorService other = Executors.newSingleThreadExecutor()) {
      Future<Integer> run = other.submit(() -> stages.run("tracks", pass, LONG, "tester"));
      while (stages.load("tracks").made() == 0) {
        Thread.onSpinWait();
      }
      stages.evict("tracks", "tester");
      assertThatThrownBy(run::get).hasMessageContaining("evicted");
    }
    requireNothingOf("tracks");
  }

  private void requireNothingOf(String stage) {
    assertThat(stages.load(stage).state()).isEqualTo("evicted");
    assertThat(folder("one", stage)).doesNotExist();
    List<String> known = new ArrayList<>();
    world.catalog().queries().<RuntimeException>stream(
        FileQuery.parse("name ~ " + ROOT.child(stage) + "/**"),
        file -> known.add(file.name().toString()));
    assertThat(known).isEmpty();
  }

  @Test
  void anEvictionThatWasBrokenOffIsFinishedByTheNext() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    make(stages, plan("tracks", "graphnet", 1), pass);
    world.area().delete(ROOT.child("tracks"), true);
    stages.evict("tracks", "tester");
    requireNothingOf("tracks");
    // Bytes that came back, or that an eviction of old left, go too.
    Files.createDirectories(folder("one", "tracks").resolve("train"));
    stages.evict("tracks", "tester");
    requireNothingOf("tracks");
  }

  @Test
  void twoRunsAtOnceMakeEachShardOnce() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    stages.plan(plan("tracks", "graphnet", 1), pass, "tester");
    try (ExecutorService both = Executors.newFixedThreadPool(2)) {
      Callable<Integer> run = () -> stages.run("tracks", pass, LONG, "tester");
      for (Future<Integer> one : both.invokeAll(List.of(run, run))) {
        assertThat(one.get()).isZero();
      }
    }
    assertThat(stages.load("tracks").state()).isEqualTo("ready");
    Path there = folder("one", "tracks");
    assertThat(stages.receipt("tracks", verify(there, 0), "hpc")).isEmpty();
  }

  @Test
  void shardsComeFromTheDataFilesThatWereFrozen() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    stages.plan(plan("tracks", "graphnet", 1), pass, "tester");
    world.pass("pass2", 101, 1, 40);
    assertThat(stages.run("tracks", pass, LONG, "tester")).isZero();
    JsonNode manifest =
        JSON.readTree(Files.readAllBytes(folder("one", "tracks").resolve("manifest.json")));
    assertThat(manifest.path("files").path(0).path("sha256").asString()).hasSize(64);
    assertThat(manifest.path("events").asInt()).isEqualTo(40);
    JsonNode croissant =
        JSON.readTree(Files.readAllBytes(folder("one", "tracks").resolve("croissant.json")));
    assertThat(croissant.has("conformsTo")).as("neither licence nor creator is known").isFalse();
    assertThat(croissant.path("distribution").size()).isEqualTo(manifest.path("files").size());
    String shard = ROOT + "/tracks/train/truth/truth_0.parquet";
    assertThat(world.parents(shard)).hasSize(1).first().asString().contains("/pass2/events/data/");
  }

  @Test
  @Tag("peer")
  void independentReadersTakeTheCroissantBesideShards() throws Exception {
    make(stages, plan("tracks", "graphnet", 1), world.pass("pass2", 100, 1, 40));
    JsonNode croissant =
        JSON.readTree(Files.readAllBytes(folder("one", "tracks").resolve("croissant.json")));
    assertThat(LinkedDataReaders.verdicts(List.of(croissant))).containsExactly("true");
  }

  @Test
  void aModelThatCameBackIsDerivedFromTheManifest() throws Exception {
    Pass pass = world.pass("pass2", 100, 1, 40);
    make(stages, plan("tracks", "graphnet", 1), pass);
    LogicalName shard = ROOT.child("tracks").child("SHA256SUMS"); // any file of the catalog
    assertThat(stages.model("tracks", shard, "hpc").models()).containsExactly(shard.toString());
    assertThat(stages.model("tracks", shard, "hpc").models()).hasSize(1);
    assertThat(world.parents(shard.toString())).contains(ROOT + "/tracks/manifest.json");
    assertThatThrownBy(() -> stages.model("tracks", ROOT.child("nothing"), "hpc"))
        .isInstanceOfSatisfying(
            StagingException.class, e -> assertThat(e.code()).isEqualTo("not-found"));
  }
}
