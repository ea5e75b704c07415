import dev.firn.catalog.BulkLoad;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.FileQuery;
import dev.firn.catalog.NewFile;
import dev.firn.database.Database;
import dev.firn.database.DatabaseConfig;
import dev.firn.database.EmbeddedPostgres;
import dev.firn.database.EmbeddedPostgresConfig;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.catalog.truth.SiteCheck;
import java.io.BufferedWriter;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.PGConnection;

/// The catalog at size: files with two copies and metadata taken in in bulk and one by one, beside
/// `COPY` of the same rows; then the questions people ask, and the totals.
final class Cataloguing {
  private static final SiteName MADISON = new SiteName("madison");
  private static final int CLIENTS = 64;

  private final Bench.Options options;
  private final long files;
  private final Map<String, Object> figures = new LinkedHashMap<>();
  private EmbeddedPostgres postgres;
  private Database database;
  private Catalog catalog;
  private int round;

  Cataloguing(Bench.Options options) {
    this.options = options;
    this.files = options.number("files", 1_000_000);
  }

  void run() throws Exception {
    // On disk: durability is part of what is measured.
    String keep = options.list("keep", "").getFirst();
    Path folder =
        keep.isEmpty()
            ? Files.createTempDirectory("firn-bench-catalog")
            : Files.createDirectories(Path.of(keep));
    boolean loaded = Files.exists(folder.resolve("loaded"));
    folder.toFile().setExecutable(true, false);
    folder.toFile().setReadable(true, false);
    if (keep.isEmpty()) {
      Runtime.getRuntime().addShutdownHook(new Thread(() -> Shell.removeTree(folder)));
    }
    Map<String, String> settings =
        Map.of("shared_buffers", options.list("buffers", "2GB").getFirst(), "max_wal_size", "8GB");
    EmbeddedPostgresConfig config =
        EmbeddedPostgresConfig.in(folder.resolve("postgres")).withSettings(settings);
    String programs = options.list("programs", "").getFirst();
    if (!programs.isEmpty()) {
      config = config.withPrograms(Path.of(programs));
    }
    try (EmbeddedPostgres server = EmbeddedPostgres.start(config);
        Database opened =
            Database.open(server, new DatabaseConfig(CLIENTS, Duration.ofSeconds(60)))) {
      postgres = server;
      database = opened;
      catalog = new Catalog(opened);
      if (!loaded) {
        bulk(folder);
        bare(folder);
        parents();
        sql("VACUUM ANALYZE");
        Files.createFile(folder.resolve("loaded"));
      }
      List<String> steps = options.list("only", "singles,questions,totals,truth,backup");
      if (steps.contains("singles")) {
        singles();
        sql("VACUUM ANALYZE file");
        sql("VACUUM ANALYZE replica");
      }
      // What was written before lies partly on the disk: later rounds ask other questions of the
      // same tables, more of which lie in memory.
      long rounds = steps.contains("questions") ? options.number("rounds", 2) : 0;
      for (round = 1; round <= rounds; round++) {
        System.out.println("round " + round);
        questions();
      }
      if (steps.contains("totals")) {
        totals();
      }
      if (steps.contains("truth")) {
        truth(folder);
      }
      if (steps.contains("backup")) {
        new CatalogBackup(postgres, folder, programs, figures).run();
      }
    }
    System.out.println("{" + Shell.machine() + ",\"catalog\":" + json() + "}");
  }

  private void bulk(Path folder) throws Exception {
    List<Double> cpu = new ArrayList<>();
    List<Double> rate = new ArrayList<>();
    for (int tenth = 0; tenth < 10; tenth++) {
      long first = files * tenth / 10;
      long end = files * (tenth + 1) / 10;
      Path lines = folder.resolve("lines");
      try (InputStream in = CatalogFiles.lines(first, end)) {
        Files.copy(in, lines, StandardCopyOption.REPLACE_EXISTING);
      }
      Usage before = Usage.now(postgres);
      BulkLoad.Totals totals;
      try (InputStream in = Files.newInputStream(lines)) {
        totals = new BulkLoad(catalog).load(in, new Cause("bench", "load"), line -> {});
      }
      Usage used = Usage.now(postgres).minus(before);
      Files.delete(lines);
      if (totals.created() != end - first) {
        throw new IllegalStateException("not all were created: " + totals);
      }
      cpu.add(used.cpu() / (end - first) * 1e6);
      rate.add((end - first) / used.wall());
      System.out.printf(
          "bulk to %,d: %,.0f files/s, %.1f us CPU a file (PostgreSQL %.1f)%n",
          end, rate.getLast(), cpu.getLast(), used.server() / (end - first) * 1e6);
    }
    figures.put("bulk_files_per_s_median", Math.round(Shell.median(rate)));
    figures.put("bulk_files_per_s_last", Math.round(rate.getLast()));
    figures.put("bulk_cpu_us_first", cpu.get(1));
    figures.put("bulk_cpu_us_last", cpu.getLast());
    while (catalog.foldSummaries() > 0) {}
    double bytes =
        number(
            "SELECT pg_total_relation_size('file') + pg_total_relation_size('replica')"
                + " + pg_total_relation_size('dir') + pg_total_relation_size('history')");
    figures.put("bytes_a_file", bytes / files);
    System.out.printf("bytes a file with two copies, indexes included: %.0f%n", bytes / files);
    System.out.println(
        text(
            "SELECT string_agg(format('%s %s', relname, pg_relation_size(oid) / "
                + files
                + "), ', ' ORDER BY pg_relation_size(oid) DESC) FROM pg_class WHERE relkind IN"
                + " ('r', 'i') AND pg_relation_size(oid) > 1000000"));
  }

  /// `COPY` of the last tenth's rows into the same tables with the same indexes and no triggers,
  /// after the first nine tenths: the rows are written out, removed, and copied in again.
  private void bare(Path folder) throws Exception {
    long from = (long) number("SELECT id FROM file ORDER BY id OFFSET " + files * 9 / 10 + " LIMIT 1");
    long count = files - files * 9 / 10;
    Path file = folder.resolve("file.copy");
    Path replica = folder.resolve("replica.copy");
    out("COPY (SELECT * FROM file WHERE id >= " + from + " ORDER BY id) TO STDOUT", file);
    out(
        "COPY (SELECT * FROM replica WHERE file_id >= " + from + " ORDER BY file_id) TO STDOUT",
        replica);
    for (String table : List.of("replica", "file")) {
      sql("ALTER TABLE " + table + " DISABLE TRIGGER USER");
    }
    sql("DELETE FROM replica WHERE file_id >= " + from);
    sql("DELETE FROM file WHERE id >= " + from);
    sql("VACUUM file");
    sql("VACUUM replica");
    Usage before = Usage.now(postgres);
    in("COPY file FROM STDIN", file);
    in("COPY replica FROM STDIN", replica);
    Usage used = Usage.now(postgres).minus(before);
    for (String table : List.of("replica", "file")) {
      sql("ALTER TABLE " + table + " ENABLE TRIGGER USER");
    }
    Files.delete(file);
    Files.delete(replica);
    double cpu = used.cpu() / count * 1e6;
    double ratio = (double) figures.get("bulk_cpu_us_last") / cpu;
    figures.put("copy_cpu_us", cpu);
    figures.put("bulk_to_copy_cpu", ratio);
    System.out.printf(
        "bare COPY of the same rows: %,.0f files/s, %.1f us CPU a file; bulk / COPY %.2f%n",
        count / used.wall(), cpu, ratio);
  }

  private void singles() throws Exception {
    AtomicLong next = new AtomicLong(2_000_000_000L + System.currentTimeMillis());
    long each = Math.max(500, Math.min(files, 256_000) / CLIENTS);
    registerAll(next, each / 4); // warm
    Usage before = Usage.now(postgres);
    registerAll(next, each);
    Usage used = Usage.now(postgres).minus(before);
    double rate = each * CLIENTS / used.wall();
    figures.put("singles_per_s", Math.round(rate));
    figures.put("singles_cpu_us", used.cpu() / (each * CLIENTS) * 1e6);
    System.out.printf(
        "single registrations, %d clients: %,.0f/s, %.0f us CPU each%n",
        CLIENTS, rate, used.cpu() / (each * CLIENTS) * 1e6);
  }

  private void registerAll(AtomicLong next, long each) throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        all.add(
            clients.submit(
                () -> {
                  for (long n = 0; n < each; n++) {
                    register(next.getAndIncrement());
                  }
                }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  private void register(long i) {
    LogicalName name = LogicalName.parse("/data/user/bench/" + i % 1000 + "/" + i);
    Checksum sha512 = new Checksum(ChecksumAlgorithm.SHA512, CatalogFiles.sha512(i));
    NewFile file = new NewFile(name, i, Checksums.of(sha512), FileMetadata.NONE.withRun(1, 0, 1));
    catalog.register(file, MADISON, name, "bench", "single");
  }

  private interface Question {
    void ask(long i);
  }

  private void questions() throws Exception {
    LogicalName huge = LogicalName.parse(CatalogFiles.HUGE);
    percentile("name", 2_000, i -> found(catalog.find(LogicalName.parse(CatalogFiles.name(i)))
        .isPresent()));
    percentile("checksum", 2_000, i -> found(!catalog
        .withContent(new Checksum(ChecksumAlgorithm.SHA512, CatalogFiles.sha512(i)), 10)
        .isEmpty()));
    percentile("directory page of 100", 500, i -> {
      String after = "L2_nugen_numu.021217.%09d".formatted(i);
      catalog.list(huge, after, 100);
    });
    percentile("5 runs, level and JSON key", 500, i -> {
      int run = CatalogFiles.run(i);
      find(
          "run between %d and %d and level = L2 and"
              .formatted(run, run + 4)
              + " meta.offline_processing_metadata.validation_validated = true");
    });
    percentile("contains event", 1_000, i -> find(
        "contains event %d:%d".formatted(CatalogFiles.run(i), CatalogFiles.firstEvent(i) + 7)));
    percentile("derived from", 500, i -> find(
        "derived from " + CatalogFiles.name(i / CatalogFiles.A_RUN % 100 * CatalogFiles.A_RUN)));
  }

  /// The first hundred runs know their first file as their GCD.
  private void parents() throws Exception {
    StringBuilder lines = new StringBuilder();
    for (long i = 0; i < Math.min(files, 100L * CatalogFiles.A_RUN); i++) {
      long first = i / CatalogFiles.A_RUN * CatalogFiles.A_RUN;
      if (i != first) {
        String line = CatalogFiles.line(i).strip();
        lines
            .append(line, 0, line.length() - 1)
            .append(",\"parents\":[\"" + CatalogFiles.name(first) + "\"]}\n");
      }
    }
    new BulkLoad(catalog)
        .load(
            new java.io.ByteArrayInputStream(lines.toString().getBytes()),
            new Cause("bench", "parents"),
            line -> {});
  }

  private static void found(boolean there) {
    if (!there) {
      throw new IllegalStateException("a file that was registered is not found");
    }
  }

  private void find(String query) {
    found(!catalog.queries().page(FileQuery.parse(query), null, 1_000).files().isEmpty());
  }

  private void percentile(String what, int times, Question question) {
    Random random = new Random(options.number("seed", 7) + round);
    double[] millis = new double[times];
    Usage before = Usage.now(postgres);
    for (int warm = -times / 5; warm < times; warm++) {
      long i = random.nextLong(files);
      long begin = System.nanoTime();
      question.ask(i);
      if (warm >= 0) {
        millis[warm] = (System.nanoTime() - begin) / 1e6;
      }
    }
    Usage used = Usage.now(postgres).minus(before);
    Arrays.sort(millis);
    double p99 = millis[times * 99 / 100];
    figures.put(what + " p99 ms", p99);
    int asked = times + times / 5;
    System.out.printf(
        "%-28s p50 %7.2f ms  p99 %7.2f ms  CPU %6.2f ms, PostgreSQL's %6.2f ms%n",
        what, millis[times / 2], p99, used.cpu() / asked * 1e3, used.server() / asked * 1e3);
  }

  private void totals() throws Exception {
    while (catalog.foldSummaries() > 0) {}
    percentile("totals", 100, i -> catalog.summary());
    long begin = System.nanoTime();
    String counted = totals("SELECT 0, state, season, level, data_type, owner, working_group,"
        + " count(*), sum(size) FROM file GROUP BY 1, 2, 3, 4, 5, 6, 7 UNION ALL"
        + " SELECT site, r.state, season, level, data_type, owner, working_group, count(*), sum(size)"
        + " FROM replica r JOIN file f ON f.id = r.file_id GROUP BY 1, 2, 3, 4, 5, 6, 7");
    figures.put("scan_ms", (System.nanoTime() - begin) / 1e6);
    System.out.printf("the same by a scan: %,.0f ms%n", (double) figures.get("scan_ms"));
    String kept = totals("SELECT site, state, nullif(season, 0), level, data_type, owner,"
        + " working_group, sum(files), sum(bytes) FROM (SELECT * FROM volume UNION ALL SELECT * FROM"
        + " volume_delta) v GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(files) <> 0");
    if (!kept.equals(counted)) {
      throw new IllegalStateException("kept totals " + kept + ", counted " + counted);
    }
  }

  /// A digest of totals by site, state, season, level, type, owner and group.
  private String totals(String groups) throws Exception {
    return text("SELECT count(*) || ' ' || md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ("
        + groups + ") t");
  }

  private Connection connect() throws Exception {
    var address = postgres.address();
    return DriverManager.getConnection(address.jdbcUrl(), address.user(), address.password());
  }

  /// A listing of the site with a thousand planted differences, against the record.
  private void truth(Path folder) throws Exception {
    Path listing = folder.resolve("listing");
    long every = Math.max(1, files * 9 / 10 / 1_000);
    long planted = 0;
    long listed = 0;
    try (BufferedWriter out = Files.newBufferedWriter(listing)) {
      for (long i = 0, n = 0; i < files; i++) {
        if (CatalogFiles.simulated(i)) {
          continue;
        }
        long kind = n++ % every == 0 && planted < 1_000 ? planted++ % 3 : -1;
        if (kind == 0) {
          continue;
        }
        out.write(CatalogFiles.name(i) + "\t" + (CatalogFiles.size(i) + (kind == 1 ? 1 : 0)) + "\n");
        listed++;
        if (kind == 2) {
          out.write(CatalogFiles.name(i) + ".dark\t5\n");
          listed++;
        }
      }
    }
    SiteCheck check = new SiteCheck(database, folder);
    AtomicLong found = new AtomicLong();
    Instant later = Instant.now().plusSeconds(86_400);
    SiteCheck.Question question =
        new SiteCheck.Question(
            MADISON, LogicalName.parse("/data/exp"), later, Duration.ofHours(1));
    Usage before = Usage.now(postgres);
    SiteCheck.Totals totals;
    try (InputStream in = Files.newInputStream(listing)) {
      totals = check.check(question, in, difference -> found.incrementAndGet());
    }
    Usage used = Usage.now(postgres).minus(before);
    figures.put("check_names_per_s", Math.round(listed / used.wall()));
    figures.put("check_cpu_us_a_name", used.cpu() / listed * 1e6);
    System.out.printf(
        "a site's %,d names against the record: %,.0f names/s, %.1f us CPU a name (PostgreSQL %.1f),"
            + " %s; planted %d%n",
        listed,
        listed / used.wall(),
        used.cpu() / listed * 1e6,
        used.server() / listed * 1e6,
        totals,
        planted);
    if (found.get() != planted) {
      throw new IllegalStateException("found " + found + " differences, not " + planted);
    }
    long live =
        LiveHeap.most(
            () -> {
              try (InputStream in = Files.newInputStream(listing)) {
                check.check(question, in, difference -> {});
              }
            });
    figures.put("check_live_heap_mib", live >> 20);
    System.out.printf("the same again, its heap collected all the time: at most %d MiB live%n", live >> 20);
  }

  private void sql(String statement) throws Exception {
    try (Connection connection = connect();
        Statement run = connection.createStatement()) {
      run.execute(statement);
    }
  }

  private double number(String query) throws Exception {
    return Double.parseDouble(text(query));
  }

  private String text(String query) throws Exception {
    try (Connection connection = connect();
        Statement ask = connection.createStatement();
        ResultSet row = ask.executeQuery(query)) {
      row.next();
      return row.getString(1);
    }
  }

  private void out(String copy, Path file) throws Exception {
    try (Connection connection = connect();
        OutputStream out = Files.newOutputStream(file)) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyOut(copy, out);
    }
  }

  private void in(String copy, Path file) throws Exception {
    try (Connection connection = connect();
        InputStream in = Files.newInputStream(file)) {
      connection.unwrap(PGConnection.class).getCopyAPI().copyIn(copy, in, 256 * 1024);
    }
  }

  private String json() {
    StringBuilder text = new StringBuilder("{\"files\":" + files);
    figures.forEach((k, v) -> text.append(",\"%s\":%s".formatted(
        k, v instanceof Double d ? "%.2f".formatted(d) : v)));
    return text.append("}").toString();
  }

  /// Seconds of this process, of the database's, and of the clock.
  record Usage(double client, double server, double wall) {
    static Usage now(EmbeddedPostgres postgres) {
      return new Usage(Shell.cpuSecondsHere(), Shell.cpuSeconds(postgres.pid()), System.nanoTime() / 1e9);
    }

    Usage minus(Usage other) {
      return new Usage(client - other.client, server - other.server, wall - other.wall);
    }

    double cpu() {
      return client + server;
    }
  }
}
