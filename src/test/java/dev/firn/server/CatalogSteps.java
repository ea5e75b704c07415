package dev.firn.server;

import dev.firn.archive.request.ArchiveRequests;
import dev.firn.archive.request.RequestConfig;
import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.dataset.Dataset;
import dev.firn.catalog.dataset.Datasets;
import dev.firn.catalog.run.RunPart;
import dev.firn.catalog.run.Runs;
import dev.firn.database.Database;
import dev.firn.database.DatabaseAddress;
import dev.firn.database.DatabaseConfig;
import dev.firn.ingest.inbox.InboxSteps;
import dev.firn.ingest.inbox.Inboxes;
import dev.firn.model.ByteSize;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.TestAreas;
import dev.firn.transfer.site.Sites;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.node.JsonNodeFactory;

/// A program of its own that makes every kind of change to a catalog, one when told, and says when
/// it is done. Made again after a crash, a change is what its caller would make of it: those that
/// the catalog takes twice are said twice, before others one looks.
///
/// Arguments: address, user and password of the database, the directory of an area. Lines in:
/// `STEP<tab>ROUND`; lines out: `ready`, then `done` for each.
final class CatalogSteps {
  /// Every kind of change, in the order in which they build on each other.
  static final Map<String, Step> STEPS = steps();

  private static final SiteName HUB = new SiteName("madison");
  private static final SiteName NERSC = new SiteName("nersc");
  private static final SiteName DESY = new SiteName("desy");
  private static final Instant NOW = Instant.parse("2026-11-26T00:00:00Z");
  private static final Cause CAUSE = new Cause("ana", "to be killed");

  private final Database database;
  private final Catalog catalog;
  private final Datasets datasets;
  private final Runs runs;
  private final StorageArea area;
  private final InboxSteps inboxes;
  private final FileCatalogSteps old;

  /// One change, in a round of changes whose names are its own.
  interface Step {
    void make(CatalogSteps catalog, Round round) throws Exception;
  }

  /// @param number from 0
  record Round(int number) {
    String word() {
      return "round%04d".formatted(number);
    }

    /// A run that no other round has.
    int run() {
      return 300_000 + number;
    }

    LogicalName name(String below) {
      return LogicalName.parse("/data/exp/" + word() + "/" + below);
    }

    LogicalName goal() {
      return LogicalName.parse("/data/ana/" + word());
    }
  }

  private CatalogSteps(
      Database database, Catalog catalog, StorageArea area, Inboxes inboxes, FileCatalogSteps old) {
    this.database = database;
    this.catalog = catalog;
    this.old = old;
    this.datasets = new Datasets(database, catalog);
    this.runs = new Runs(database);
    this.area = area;
    this.inboxes = new InboxSteps(inboxes);
  }

  public static void main(String[] arguments) throws Exception {
    DatabaseAddress address = new DatabaseAddress(arguments[0], arguments[1], arguments[2]);
    try (Database database =
            Database.open(() -> address, new DatabaseConfig(2, Duration.ofSeconds(60)));
        StorageArea area = TestAreas.open(Path.of(arguments[3]));
        Inboxes inboxes = inboxes(database, area)) {
      Catalog catalog = new Catalog(database);
      FileCatalogSteps old = new FileCatalogSteps(database, catalog);
      inboxes.recover();
      CatalogSteps steps = new CatalogSteps(database, catalog, area, inboxes, old);
      System.out.println("ready");
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] said = line.split("\t");
        STEPS.get(said[0]).make(steps, new Round(Integer.parseInt(said[1])));
        System.out.println("done");
      }
    }
  }

  private static Inboxes inboxes(Database database, StorageArea area) {
    Catalog catalog = new Catalog(database);
    RequestConfig requests =
        new RequestConfig(List.of(), new ByteSize(1_000_000), new ByteSize(1_000_000_000));
    ArchiveRequests archive =
        new ArchiveRequests(database, catalog, HUB, LogicalName.parse("/data/archive"), requests);
    return new Inboxes(
        database,
        catalog,
        new Inboxes.Place(area, HUB),
        new HubInboxArchive(archive, new Sites(List.of()), HUB),
        Clock.fixed(NOW, ZoneOffset.UTC));
  }

  private static Map<String, Step> steps() {
    Map<String, Step> steps = new LinkedHashMap<>();
    steps.put("register", (c, r) -> c.register(r, "a", 1, HUB));
    steps.put("register at another site", (c, r) -> c.register(r, "a", 1, NERSC));
    steps.put("load", CatalogSteps::load);
    steps.put("register a parent that is awaited", (c, r) -> c.register(r, "z", 26, HUB));
    steps.put("settle parents", (c, r) -> c.catalog.settleProvenance());
    steps.put("put", (c, r) -> c.stored(r, 5, false));
    steps.put("put over", (c, r) -> c.stored(r, 6, true));
    steps.put("begin a copy", (c, r) -> c.copy(r, DESY, ReplicaState.COPYING));
    steps.put("end a copy", (c, r) -> c.copy(r, DESY, ReplicaState.AVAILABLE));
    steps.put("verify a copy", (c, r) -> c.verify(r, DESY, sums(1)));
    steps.put("find a copy bad", (c, r) -> c.verify(r, NERSC, sums(99)));
    steps.put("remove a copy", CatalogSteps::removeCopy);
    steps.put("describe", CatalogSteps::describe);
    steps.put("move a name", (c, r) -> c.move(r.name("a"), r.name("moved/a")));
    steps.put("move a directory", (c, r) -> c.move(r.name("sub"), r.name("other")));
    steps.put("remove a name", (c, r) -> c.catalog.removed(r.name("e"), HUB, "ana"));
    steps.put("forget", CatalogSteps::forget);
    steps.put("make a set", (c, r) -> c.dataset(r, "set", Dataset.Kind.SET, null));
    steps.put("add to a set", (c, r) -> c.datasets.add(r.word() + "-set", members(r), CAUSE));
    steps.put(
        "take out of a set",
        (c, r) -> c.datasets.remove(r.word() + "-set", List.of(r.name("c")), CAUSE));
    steps.put("make a container", (c, r) -> c.dataset(r, "all", Dataset.Kind.CONTAINER, null));
    steps.put(
        "put into a container",
        (c, r) -> c.datasets.put(r.word() + "-all", r.word() + "-set", CAUSE));
    steps.put(
        "save a query", (c, r) -> c.dataset(r, "query", Dataset.Kind.QUERY, "run = " + r.run()));
    steps.put("take a snapshot", CatalogSteps::snapshot);
    steps.put("keep a good-run list", CatalogSteps::keepList);
    steps.put("keep parts of runs", CatalogSteps::keepParts);
    steps.put("open an inbox", (c, r) -> c.inboxes.open(r.goal()));
    steps.put("fill an inbox", CatalogSteps::fill);
    steps.put("publish an inbox", (c, r) -> c.inboxes.publish(r.goal()));
    steps.put("post to the old catalog", (c, r) -> c.old.post(r));
    steps.put("add locations there", (c, r) -> c.old.addLocations(r));
    steps.put("patch there", (c, r) -> c.old.patch(r));
    steps.put("put there", (c, r) -> c.old.put(r));
    steps.put("remove a location there", (c, r) -> c.old.removeLocation(r));
    steps.put("post another version there", (c, r) -> c.old.postVersion(r));
    steps.put("make a collection there", (c, r) -> c.old.collect(r));
    steps.put("take a snapshot there", (c, r) -> c.old.freeze(r));
    steps.put("delete there", (c, r) -> c.old.delete(r));
    steps.put("add totals up", (c, r) -> c.catalog.foldSummaries());
    return steps;
  }

  private static Checksums sums(int content) {
    byte[] sha512 = new byte[64];
    new Random(content).nextBytes(sha512);
    return Checksums.of(
        Checksum.of(ChecksumAlgorithm.SHA512, sha512),
        Checksum.of(ChecksumAlgorithm.ADLER32, content));
  }

  private static FileMetadata metadata(Round round) {
    return FileMetadata.NONE
        .withSeason(2017)
        .withRun(round.run(), 0, 1)
        .withLevel("level-" + round.word())
        .withExtra(JsonNodeFactory.instance.objectNode().put("family", "processed"));
  }

  private static NewFile file(Round round, String name, int content) {
    return new NewFile(round.name(name), 1_000 + content, sums(content), metadata(round));
  }

  private static List<LogicalName> members(Round round) {
    return List.of(round.name("b"), round.name("c"), round.name("moved/a"));
  }

  private void register(Round round, String name, int content, SiteName site) {
    NewFile file = file(round, name, content);
    accepted(catalog.register(file, site, file.name(), CAUSE.who(), CAUSE.why()));
  }

  private static void accepted(RegisterOutcome outcome) {
    if (outcome instanceof RegisterOutcome.Conflict conflict) {
      throw new IllegalStateException("refused: " + conflict);
    }
  }

  /// Three files with two copies each; one was made from what is there, one from what comes later.
  private void load(Round round) throws IOException {
    StringBuilder lines = new StringBuilder();
    String[][] files = {{"b", "a"}, {"c", "z"}, {"sub/d", "b"}};
    for (int i = 0; i < files.length; i++) {
      lines.append(
          """
          {"name": "%s", "size": %d, "checksums": {"sha512": "%s"}, "metadata": {"run": %d, "level": "L2",\
           "owner": "ana", "extra": {"family": "processed"}}, "replicas": [{"site": "madison"},\
           {"site": "nersc", "path": "/home/%s"}], "parents": ["%s"]}
          """
              .formatted(
                  round.name(files[i][0]),
                  1_002 + i,
                  sums(2 + i).load(ChecksumAlgorithm.SHA512).hex(),
                  round.run(),
                  files[i][0],
                  round.name(files[i][1])));
    }
    byte[] bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    BulkLoad.Totals totals =
        new BulkLoad(catalog).load(new ByteArrayInputStream(bytes), CAUSE, line -> {});
    if (totals.created() + totals.same() != files.length) {
      throw new IllegalStateException("refused: " + totals);
    }
  }

  private void stored(Round round, int content, boolean replaced) {
    accepted(catalog.stored(file(round, "e", content), replaced, HUB, "ana"));
  }

  private CatalogFile load(LogicalName name) {
    return catalog.find(name).orElseThrow();
  }

  private void copy(Round round, SiteName site, ReplicaState state) {
    long id = load(round.name("a")).id();
    database.inTransaction(c -> {
      catalog.setReplica(c, ReplicaChange.to(id, site, state), CAUSE.who(), CAUSE.why());
      return null;
    });
  }

  private void removeCopy(Round round) {
    CatalogFile file = load(round.name("a"));
    if (file.replicaAt(NERSC).isPresent()) {
      database.inTransaction(c -> {
        ReplicaChange marked = ReplicaChange.to(file.id(), NERSC, ReplicaState.DELETING);
        catalog.setReplica(c, marked, CAUSE.who(), CAUSE.why());
        ReplicaChange gone = ReplicaChange.gone(file.id(), NERSC);
        catalog.setReplica(c, gone, CAUSE.who(), CAUSE.why());
        return null;
      });
    }
  }

  /// A copy that was compared is not compared again because its answer was lost.
  private void verify(Round round, SiteName site, Checksums found) {
    CatalogFile file = load(round.name("a"));
    boolean compared =
        file.replicaAt(site)
            .filter(r -> r.verified() != null || r.state() == ReplicaState.BAD)
            .isPresent();
    if (!compared) {
      Verification seen = new Verification(file.id(), site, file.size(), found, "read back", NOW);
      database.inTransaction(c -> catalog.verify(c, seen, CAUSE.who()));
    }
  }

  private void describe(Round round) {
    CatalogFile file = load(round.name("a"));
    FileMetadata better = file.metadata().withRun(round.run(), 0, 7);
    if (!better.equals(file.metadata())) {
      database.inTransaction(c -> {
        catalog.describe(c, file.id(), better, CAUSE);
        return null;
      });
    }
  }

  private void move(LogicalName from, LogicalName to) {
    catalog.moved(from, to, HUB, "ana");
  }

  private void forget(Round round) {
    Optional<CatalogFile> file = catalog.find(round.name("z"));
    if (file.isPresent()) {
      database.inTransaction(c -> {
        catalog.forget(c, file.get().id(), CAUSE);
        return null;
      });
    }
  }

  private void dataset(Round round, String name, Dataset.Kind kind, String query) {
    datasets.create(round.word() + "-" + name, kind, query, "to be killed", CAUSE);
  }

  private void snapshot(Round round) {
    FileQuery query = FileQuery.parse("in dataset " + round.word() + "-set");
    datasets.snapshot(round.word() + "-snapshot", query, "to be killed", CAUSE);
  }

  private void keepList(Round round) {
    String list =
        """
        RunNum  Good_i3 Good_it LiveTime(s) ActiveStrings ActiveDoms ActiveInIce OutDir Comment(s)
        %d   1   1   28800.10   86   5630   5160   /data/exp/IceCube/2017   None
        """
            .formatted(round.run());
    String name = "IC86_2017_GoodRunInfo_" + round.word() + ".txt";
    runs.keep(name, list.getBytes(StandardCharsets.UTF_8), "ana");
  }

  private void keepParts(Round round) {
    runs.keep(
        List.of(
            new RunPart(round.run(), 0, 1, 5L, 9L, NOW, NOW.plusSeconds(60), 59.5, List.of()),
            new RunPart(round.run(), 0, 2, 10L, 19L, NOW, null, null, List.of())));
  }

  /// As the door does it.
  private void fill(Round round) throws IOException {
    LogicalName directory = inboxes.directory(round.goal());
    for (LogicalName name :
        List.of(directory.child("one.i3"), directory.child("sub").child("two.i3"))) {
      area.makeDirectory(name.parent(), true);
      StageOptions options =
          StageOptions.DEFAULT.withAlgorithms(EnumSet.of(ChecksumAlgorithm.SHA512));
      byte[] bytes = name.lastSegment().getBytes(StandardCharsets.UTF_8);
      try (StagedWrite staged = area.stage(name, options)) {
        staged.write(ByteBuffer.wrap(bytes));
        Checksums checksums = staged.finish();
        staged.publish(PublishMode.REPLACE, checksums);
        NewFile file = new NewFile(name, bytes.length, checksums, FileMetadata.NONE);
        accepted(catalog.stored(file, false, HUB, "ana"));
      }
    }
  }
}
