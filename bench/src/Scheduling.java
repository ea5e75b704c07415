import dev.firn.catalog.Catalog;
import dev.firn.database.Database;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.model.SiteName;
import dev.firn.model.TransferState;
import dev.firn.transfer.Explanation;
import dev.firn.transfer.Explanations;
import dev.firn.transfer.TransferConfig;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.link.TransferScheduler;
import dev.firn.transfer.queue.Claim;
import dev.firn.transfer.queue.Older;
import dev.firn.transfer.queue.PostgresBook;
import dev.firn.transfer.queue.ReplicaBook;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferStore;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/// A million queued transfers on 210 links: how long the scheduler takes to look and to decide, to
/// claim, and to say of any one what it waits for. A tenth of them waits for another attempt, all of
/// one link and first in its line, until its site is there again; two sites are silent.
final class Scheduling {
  private static final int SITES = 15;

  private final Bench.Options options;
  private final long transfers;
  private final Map<String, Object> figures = new LinkedHashMap<>();
  private final Instant back = Instant.now().plus(Duration.ofMinutes(4));
  private Database database;

  Scheduling(Bench.Options options) {
    this.options = options;
    this.transfers = options.number("transfers", 1_000_000);
  }

  void run() throws Exception {
    Path folder = Files.createTempDirectory("firn-bench-scheduling");
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
    try (EmbeddedPostgres server =
            EmbeddedPostgres.start(EmbeddedPostgresConfig.in(folder.resolve("postgres")));
        Database opened = Database.open(server, DatabaseConfig.DEFAULT)) {
      database = opened;
      fill();
      plan("", 20);
      explain("");
      Thread.sleep(Duration.between(Instant.now(), back.plusSeconds(1)).toMillis());
      plan("after_outage_", 10);
      explain("after_outage_");
    }
    StringBuilder line = new StringBuilder("{" + Shell.machine());
    line.append(",\"transfers\":").append(transfers);
    figures.forEach((k, v) -> line.append(",\"").append(k).append("\":").append(v));
    System.out.println(line.append("}"));
  }

  private static Sites sites() {
    List<Site> sites = new ArrayList<>();
    for (int i = 0; i < SITES; i++) {
      sites.add(Site.firn("site" + i, URI.create("http://localhost:" + (1_000 + i))));
    }
    return new Sites(sites);
  }

  private void fill() {
    run("INSERT INTO transfer_activity VALUES ('archive'), ('users'), ('production'), ('default')"
        + " ON CONFLICT DO NOTHING");
    // Pairs of different sites, in turn; the hundredth link has a tenth of all, which wait.
    run("""
        INSERT INTO transfer (subject_kind, subject_id, source, source_path, destination,
          destination_path, size, checksums, priority, overwrite, activity, why, not_before, due,
          attempts, failure_class, failure_reason)
        SELECT 'bundle', gen_random_uuid(), 'site' || link / %1$d, '/data/f' || i,
          'site' || (link / %1$d + 1 + link %% %1$d) %% %2$d, '/data/f' || i,
          1000000 + i, 'adler32:0a0b0c0d sha512:' || repeat('ab', 64),
          CASE WHEN late THEN 5 ELSE 1 + i %% 4 END, false,
          (ARRAY['archive', 'users', 'production', 'default'])[1 + i / 210 %% 4], 'asked for',
          CASE WHEN late THEN timestamptz '%5$s' ELSE now() END, NOT late,
          CASE WHEN late THEN 3 ELSE 0 END, CASE WHEN late THEN 'capacity' ELSE '' END,
          CASE WHEN late THEN 'PUT answered 507' ELSE '' END
        FROM (SELECT i, i %% 10 = 0 AS late,
            (CASE WHEN i %% 10 = 0 THEN 100 ELSE i %% %3$d END)::int AS link
          FROM generate_series(1, %4$d) i) made
        """
        .formatted(SITES - 1, SITES, SITES * (SITES - 1), transfers, back));
    run("INSERT INTO transfer_site_pause (site, failures, retry_at, why) VALUES"
        + " ('site3', 4, now() + interval '1 hour', 'connection refused'),"
        + " ('site7', 1, now() - interval '1 second', 'connection refused')");
    run("ANALYZE transfer");
  }

  private void plan(String when, int passes) {
    PostgresBook book =
        new PostgresBook(
            database, new TransferStore(new Nobody()), sites(), LinkPolicy.adaptive(4, 16));
    TransferScheduler scheduler = new TransferScheduler();
    List<Double> whole = new ArrayList<>();
    List<Double> looking = new ArrayList<>();
    List<Double> deciding = new ArrayList<>();
    List<Double> claiming = new ArrayList<>();
    int claimed = 0;
    for (int run = 0; run < passes; run++) {
      long[] at = new long[3];
      long begin = System.nanoTime();
      List<Claim> claims =
          book.claim(
              new TransferBook.Holder("bench", Duration.ofMinutes(10)),
              24,
              (view, now) -> {
                at[0] = System.nanoTime();
                TransferScheduler.Plan plan = scheduler.plan(view, now);
                at[1] = System.nanoTime();
                return plan;
              });
      long end = System.nanoTime();
      claimed += claims.size();
      looking.add((at[0] - begin) / 1e6);
      deciding.add((at[1] - at[0]) / 1e6);
      claiming.add((end - at[1]) / 1e6);
      whole.add((end - begin) / 1e6);
    }
    System.out.printf("%sfirst pass: %.1f ms%n", when.replace('_', ' '), whole.getFirst());
    figures.put(when + "first_pass_ms", Math.round(whole.getFirst() * 10) / 10.0);
    report(when + "pass_ms", "a planning pass", whole);
    report(when + "look_ms", "reading what the scheduler sees", looking);
    report(when + "decide_ms", "deciding", deciding);
    report(when + "claim_ms", "claiming 24, with history", claiming);
    System.out.println(claimed + " claimed");
  }

  private void explain(String when) {
    Sites sites = sites();
    Catalog catalog = new Catalog(database);
    Transfers all = new Transfers(database, catalog, sites);
    Explanations explanations = new Explanations(all, catalog, TransferConfig.DEFAULT);
    Random random = new Random(options.number("seed", 1));
    List<Double> took = new ArrayList<>();
    Map<String, String> kinds = new LinkedHashMap<>();
    for (int i = 0; i < 500; i++) {
      long id =
          switch (i % 3) {
            case 0 -> 1 + random.nextLong(transfers);
            case 1 -> transfers - random.nextLong(1_000); // last in their lines
            default -> 10 * (1 + random.nextLong(transfers / 10)); // behind a failed attempt
          };
      long begin = System.nanoTime();
      Explanation one = explanations.transfer(id).orElseThrow();
      took.add((System.nanoTime() - begin) / 1e6);
      kinds.putIfAbsent(one.sentence().replaceAll("[0-9]+", "N"), one.sentence());
    }
    kinds.values().stream().limit(4).forEach(s -> System.out.println("  e.g. " + s));
    report(when + "explain_ms", "explaining one", took);
  }

  private void report(String name, String what, List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    double most = sorted.getLast();
    double late = sorted.get((sorted.size() - 1) * 99 / 100);
    System.out.printf(
        "%s: median %.1f ms, 99 of 100 within %.1f ms, most %.1f ms of %d (number %d)%n",
        what, Shell.median(values), late, most, values.size(), values.indexOf(most));
    figures.put(name, Math.round(Shell.median(values) * 10) / 10.0);
    figures.put(name + "_most", Math.round(most * 10) / 10.0);
  }

  private void run(String sql) {
    database.inTransaction(c -> {
      try (Statement statement = c.createStatement()) {
        return statement.executeUpdate(sql);
      }
    });
  }

  /// Bundles are no files of the catalog: nobody has to be told.
  private static final class Nobody implements ReplicaBook {
    @Override
    public void copying(Connection connection, List<Transfer> some) {}

    @Override
    public void arrived(Connection connection, List<Arrival> arrivals) {}

    @Override
    public void gone(Connection connection, Transfer transfer, String why) {}

    @Override
    public void sourceSuspect(Connection connection, Transfer transfer, String why) {}

    @Override
    public List<Older> older(Connection connection, Transfer transfer) {
      return List.of();
    }

    @Override
    public Optional<String> letGo(Connection connection, Transfer transfer, Set<Long> found) {
      return Optional.empty();
    }

    @Override
    public void followed(Connection connection, Map<Long, String> whys, TransferState to) {}
  }
}
