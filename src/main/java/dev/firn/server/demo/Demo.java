package dev.firn.server.demo;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The demo, step by step. Every step may be repeated: a demo that was ended anywhere goes on where
/// it was when it is started again over the same directory.
final class Demo implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(8);
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final long SLOWEST = 150_000;
  private static final int SECONDS_OF_TRANSFER = 5;

  private final Path home;
  private final Path input;

  /// Whether the input is the season that the demo wrote itself, with a GCD for each run.
  private final boolean own;

  private final Progress progress;
  private final DemoState state;
  private final DemoSites sites;
  private final HubClient hub;
  private final Breakage breakage;
  private long recalled;

  private Demo(
      Path home, Path input, boolean own, Progress progress, DemoState state, DemoSites sites)
      throws IOException {
    this.home = home;
    this.input = input;
    this.own = own;
    this.progress = progress;
    this.state = state;
    this.sites = sites;
    this.hub = new HubClient(sites);
    this.breakage = new Breakage(sites, hub, state, progress);
  }

  /// What the archives are, which are Firn doors with a disk otherwise.
  ///
  /// @param tape the archive whose files lie on simulated tape; empty for none
  /// @param xrootd the archive that is an XRootD; empty for none
  record Archives(String tape, String xrootd) {}

  /// Prepares the input and starts the sites.
  static Demo start(
      Path home, @Nullable Path given, long seed, Archives archives, Progress progress)
      throws IOException, InterruptedException {
    DemoState state = DemoState.in(home);
    if (state.find("tape").isEmpty()) {
      state.put("tape", archives.tape());
      state.put("xrootd", archives.xrootd());
    }
    Path input = given == null ? season(home, seed, state, progress) : given.toRealPath();
    long bytes = size(input);
    progress.say("starting three sites: madison (hub), nersc and desy (archives)");
    DemoSites sites =
        DemoSites.start(home, state, Math.max(SLOWEST, bytes / 2 / SECONDS_OF_TRANSFER));
    try {
      return new Demo(home, input, given == null, progress, state, sites);
    } catch (IOException | RuntimeException e) {
      sites.close();
      throw e;
    }
  }

  private static Path season(Path home, long seed, DemoState state, Progress progress)
      throws IOException {
    Path directory = home.resolve("season");
    if (state.find("season").isEmpty()) {
      progress.say("writing a season of data, seed " + seed);
      Season season =
          new SeasonGenerator(SeasonPlan.demo(seed))
              .write(directory, file -> progress.status("wrote " + file.path().getFileName()));
      state.put("season", season.files().size());
      progress.say(
          season.files().size() + " files, " + new ByteSize(season.bytes()) + ", in " + directory);
    }
    return directory;
  }

  private static long size(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      long total = 0;
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        total += Files.size(file);
      }
      return total;
    }
  }

  DemoSummary run() throws IOException, InterruptedException {
    rules();
    ingest();
    // Where archiving was over before it could be interrupted, the repair is.
    try (Breakage.Killer killer = breakage.killOneArchiveInTheMiddle()) {
      awaitCustody("archiving");
      breakage.flipFindAndRepair();
      awaitCustody("after the repair");
      killer.finish();
    }
    recall();
    DemoCampaigns.Result campaigns =
        own
            ? new DemoCampaigns(input, sites, hub, state, progress).run()
            : DemoCampaigns.Result.NONE;
    awaitCustody("after the campaigns");
    DemoAnswers.Result answers = new DemoAnswers(home, sites, hub, state, progress).run(own);
    progress.say("checking the promises");
    List<Promise> promises = new PromiseChecks(sites, hub, state, answers.open()).all();
    return summary(promises, campaigns, answers);
  }

  private void rules() throws IOException, InterruptedException {
    addRule("/data/exp/*/*/unbiased/**", "nersc");
    addRule("/data/exp/*/*/filtered/**", "desy");
    addRule("/data/ingest/**", "desy");
  }

  private void addRule(String pattern, String site) throws IOException, InterruptedException {
    hub.post("/api/v1/rules", Map.of("pattern", pattern, "site", site, "bundled", true));
    progress.say("rule: " + pattern + " has a bundled copy at " + site);
  }

  private void ingest() throws IOException, InterruptedException {
    JsonNode job = hub.post("/api/v1/ingest", Map.of("directory", input.toString()));
    String id = job.path("id").asString();
    while (true) {
      JsonNode now = hub.get("/api/v1/ingest/" + id);
      progress.status(
          "ingesting: %d taken, %d refused, %s"
              .formatted(
                  now.path("taken").asLong() + now.path("already").asLong(),
                  now.path("quarantined").asLong(),
                  new ByteSize(now.path("bytes").asLong())));
      String word = now.path("state").asString();
      if (word.equals("done")) {
        break;
      }
      if (word.equals("failed")) {
        throw new IOException("ingest failed: " + now.path("reason").asString());
      }
      Thread.sleep(LOOK);
    }
    for (JsonNode refused : hub.get("/api/v1/quarantine").path("files")) {
      progress.say(
          "refused "
              + relative(refused.path("source").asString())
              + ": "
              + refused.path("reason").asString());
    }
  }

  private String relative(String source) {
    Path path = Path.of(source);
    return path.startsWith(input) ? input.relativize(path).toString() : source;
  }

  /// Waits until every file of the catalog has a verified copy at an archive.
  private void awaitCustody(String what) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (true) {
      Holdings holdings = Holdings.look(hub);
      progress.status(
          "%s: %d of %d files verified at an archive, %d transfers running"
              .formatted(what, holdings.verified(), holdings.files(), holdings.moving()));
      if (holdings.complete()) {
        progress.say(
            holdings.verified()
                + " of "
                + holdings.files()
                + " files have a verified archive copy");
        return;
      }
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "not finished after "
                + LIMIT.toMinutes()
                + " minutes: "
                + holdings
                + "; "
                + hub.get("/api/v1/overview").path("custody"));
      }
      Thread.sleep(LOOK);
    }
  }

  /// Fetches the middle file of every bundle.
  private void recall() throws IOException, InterruptedException {
    CatalogView catalog = new CatalogView(hub);
    RangeRecall recall = new RangeRecall(sites, hub);
    for (JsonNode bundle : hub.get("/api/v1/archive/bundles").path("bundles")) {
      JsonNode members =
          hub.get("/api/v1/archive/bundles/" + bundle.path("uuid").asString()).path("members");
      if (!members.isEmpty()) {
        CatalogView.File file =
            catalog.load(members.get(members.size() / 2).path("uuid").asString());
        if (recall.fetchAndCompare(file)) {
          recalled++;
        } else {
          progress.say("what came out of the bundle is NOT " + file.name());
        }
      }
    }
    progress.say(recalled + " files fetched out of their bundles by a byte range, sha512 right");
  }

  private DemoSummary summary(
      List<Promise> promises, DemoCampaigns.Result campaigns, DemoAnswers.Result answers)
      throws IOException, InterruptedException {
    Holdings holdings = Holdings.look(hub);
    List<String> quarantined = new ArrayList<>();
    List<DemoSummary.Refusal> refusals = new ArrayList<>();
    for (JsonNode file : hub.get("/api/v1/quarantine").path("files")) {
      String name = relative(file.path("source").asString());
      quarantined.add(name);
      refusals.add(
          new DemoSummary.Refusal(
              name,
              file.path("reason").asString(),
              file.path("frame").asLong(),
              file.path("offset").asLong()));
    }
    return new DemoSummary(
        holdings.files(),
        holdings.bytes(),
        holdings.bundles(),
        holdings.verified(),
        quarantined,
        refusals,
        recalled,
        state.number("kills_survived"),
        state.number("corruptions_found"),
        state.number("corruptions_repaired"),
        campaigns.events(),
        campaigns.units(),
        campaigns.quarantined(),
        campaigns.missing(),
        answers.scores(),
        answers.notices(),
        answers.published(),
        campaigns.good(),
        answers.good(),
        promises.stream().map(DemoSummary.Kept::of).toList(),
        progress.elapsed().toMillis() / 1000.0,
        sites.console());
  }

  /// Every file with its copies, for the table.
  List<DemoSummary.FileLine> fileLines() throws IOException, InterruptedException {
    List<DemoSummary.FileLine> lines = new ArrayList<>();
    for (CatalogView.File file : new CatalogView(hub).files()) {
      lines.add(new DemoSummary.FileLine(file.name(), file.size(), file.copies(), file.verified()));
    }
    return lines;
  }

  List<String> commandsToTry() {
    String settings =
        "export FIRN_URL=%s FIRN_CA=%s BEARER_TOKEN_FILE=%s"
            .formatted(sites.url(DemoSites.HUB), sites.authority(), sites.tokenFile());
    return List.of(
        settings,
        "./firn find 'level = L2 and at desy'",
        "./firn archive ls",
        "./firn campaign status pass3 --missing",
        "./firn events query 'select event, pulses from events order by pulses desc limit 5'",
        "./firn alert ls",
        "./firn publish check demo-events",
        "./firn ls -l /data/exp/IceCube");
  }

  @Override
  public void close() throws IOException {
    hub.close();
    sites.close();
  }
}
