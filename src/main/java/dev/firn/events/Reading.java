package dev.firn.events;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.run.Runs;
import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.TableWriter;
import dev.firn.columnar.iceberg.IcebergTables;
import dev.firn.columnar.iceberg.TableName;
import dev.firn.events.query.Queries;
import dev.firn.http.BodyStream;
import dev.firn.http.Exchange;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Answers questions about the rows of passes.
final class Reading {
  private static final int FOUND = 1_000;

  /// Rows of one event that are shown: simulation may have its number in every subrun.
  private static final int PARTS = 100;

  private final Catalog catalog;
  private final Runs runs;
  private final Passes passes;
  private final Queries queries;
  private final PassViews views;
  private final EventFinder finder;
  private final Geometry geometry;

  Reading(EventRoutes.Means means) {
    this.catalog = means.catalog();
    this.runs = new Runs(means.database());
    this.passes = means.passes();
    this.queries = means.queries();
    this.views = new PassViews(passes, means.storage());
    this.geometry = new Geometry(means.database(), passes.tables().files().area());
    this.finder = new EventFinder(means.database(), passes.tables().files().area());
  }

  /// A file's logical name, or its number when the catalog has it no more.
  String name(long file) {
    return catalog.find(file).map(f -> f.name().toString()).orElse("file " + file);
  }

  Map<String, Object> check(Pass pass, String ref, long run) throws IOException {
    PassCheck.Findings found =
        new PassCheck(queries, catalog, runs, FOUND)
            .check(Queries.Tables.of(views.of(pass, ref)), run);
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("pass", pass.name());
    view.put("ref", ref);
    view.put("run", run);
    view.put("clean", found.clean());
    view.put("files", found.files());
    view.put("events", found.events());
    view.put("livetime", found.livetime());
    found
        .listed()
        .ifPresent(listed -> {
          Map<String, Object> says = new LinkedHashMap<>();
          says.put("list", listed.list());
          says.put("good_in_ice", listed.goodInIce());
          listed.seconds().ifPresent(seconds -> says.put("livetime", seconds));
          says.put("differs", found.livetimeDiffers());
          view.put("good_run_list", says);
        });
    Map<Long, String> names = new HashMap<>();
    found
        .duplicates()
        .forEach(row ->
            row.put(
                "names",
                Stream.of(row.getOrDefault("files", "").toString().split(" "))
                    .filter(id -> !id.isEmpty())
                    .map(id -> names.computeIfAbsent(Long.valueOf(id), this::name))
                    .toList()));
    found
        .gaps()
        .forEach(row -> {
          if (row.get("file_id") instanceof Long file) {
            row.put("file", names.computeIfAbsent(file, this::name));
          }
        });
    view.put("duplicates", found.duplicates());
    view.put("gaps", found.gaps());
    view.put("different", found.different());
    view.put("without_livetime", found.withoutLivetime());
    return view;
  }

  /// What the second pass made otherwise of the events of the first.
  Map<String, Object> difference(Pass first, Pass second) throws IOException {
    return new PassDifference(queries, views).between(first, second);
  }

  /// The parts of an event, the first hundred; `more` says whether there are others.
  Map<String, Object> event(Pass pass, EventFinder.Wanted wanted, boolean pulses)
      throws IOException {
    List<Map<String, Object>> parts = new ArrayList<>();
    List<EventFinder.Found> all = finder.events(pass, wanted, PARTS + 1);
    for (EventFinder.Found found : all.subList(0, Math.min(PARTS, all.size()))) {
      Map<String, Object> part = new LinkedHashMap<>(found.row());
      if (part.get("file_id") instanceof Long file) {
        part.put("file", name(file));
      }
      part.replaceAll((column, value) -> sendable(value));
      if (pulses) {
        part.put("pulse_rows", columns(finder.pulses(found)));
      }
      parts.add(part);
    }
    if (parts.isEmpty()) {
      String subrun = wanted.subrun().isEmpty() ? "" : ", subrun " + wanted.subrun().getAsLong();
      throw new EventsException(
          "not-found",
          "pass %s has no event %d of run %d%s"
              .formatted(pass.name(), wanted.event(), wanted.run(), subrun));
    }
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("pass", pass.name());
    view.put("run", wanted.run());
    view.put("event", wanted.event());
    view.put("parts", parts);
    view.put("more", all.size() > PARTS);
    return view;
  }

  /// Pulses column by column, without the numbers they all share.
  private static Map<String, Object> columns(List<Map<String, Object>> rows) {
    Map<String, Object> columns = new LinkedHashMap<>();
    for (String name : List.of("string", "om", "pmt", "time", "charge", "width", "flags")) {
      columns.put(
          name, rows.stream().map(row -> sendable(Objects.requireNonNull(row.get(name)))).toList());
    }
    return columns;
  }

  /// JSON has no number for what is not one.
  private static Object sendable(Object value) {
    return value instanceof Double d && !Double.isFinite(d)
            || value instanceof Float f && !Float.isFinite(f)
        ? value.toString()
        : value;
  }

  Map<String, Object> locate(Pass pass) throws IOException {
    List<Map<String, Object>> files = new ArrayList<>();
    for (TableName table : List.of(pass.eventsTable(), pass.pulsesTable())) {
      for (IcebergTables.DataFileView file : passes.tables().dataFiles(table, pass.branch())) {
        files.add(located(passes.tables().files().name(file.location())));
      }
    }
    return Map.of("pass", pass.name(), "files", files);
  }

  Map<String, Object> locate(Pass pass, EventFinder.Wanted wanted) throws IOException {
    List<Map<String, Object>> files = new ArrayList<>();
    for (EventFinder.Found found : finder.events(pass, wanted, PARTS)) {
      if (found.row().get("file_id") instanceof Long id) {
        catalog.find(id).ifPresent(source -> files.add(located(source.name())));
      }
      files.add(located(found.pulses()));
      LogicalName events =
          passes
              .tables()
              .directory(pass.eventsTable())
              .child("data")
              .child(found.pulses().lastSegment());
      files.add(located(events));
    }
    return Map.of("pass", pass.name(), "files", files.stream().distinct().toList());
  }

  /// Copies that were read back and compared come first, of them this site's own before others, and
  /// the newest look before older ones.
  private Map<String, Object> located(LogicalName name) {
    Optional<CatalogFile> file = catalog.find(name);
    List<Map<String, Object>> copies = new ArrayList<>();
    if (file.isPresent()) {
      file.get().replicas().stream()
          .filter(r -> r.state() == ReplicaState.AVAILABLE)
          .sorted(
              Comparator.comparing((Replica r) -> r.verified() == null)
                  .thenComparing(r -> !passes.site().equals(r.site()))
                  .thenComparing(Reading::unseen))
          .forEach(r -> copies.add(copy(r)));
    }
    return Map.of("file", name.toString(), "copies", copies);
  }

  /// The longer ago it was read back, the more; those never read back are all alike.
  private static long unseen(Replica replica) {
    return replica.verified() == null ? 0 : -replica.verified().getEpochSecond();
  }

  private static Map<String, Object> copy(Replica replica) {
    Map<String, Object> copy = new LinkedHashMap<>();
    copy.put("site", replica.site().value());
    copy.put("path", replica.path().toString());
    if (replica.bundle() != null) {
      copy.put("bundle", replica.bundle().toString());
    }
    if (replica.verified() != null) {
      copy.put("verified", replica.verified().toString());
    }
    return copy;
  }

  /// Runs a query over the passes a caller may read and answers with its rows.
  ///
  /// @param refs further branches and tags, `PASS@REF`
  void query(Exchange exchange, String sql, String format, List<Pass> readable, List<String> refs)
      throws IOException {
    List<Queries.View> tables = new ArrayList<>();
    String standard = "";
    for (Pass pass : readable) {
      tables.addAll(views.of(pass, Pass.MAIN));
      standard = pass.current() ? pass.name() : standard;
      for (String ref : refs) {
        if (ref.startsWith(pass.name() + "@")) {
          tables.addAll(views.of(pass, ref.substring(pass.name().length() + 1)));
        }
      }
    }
    Sending sending = new Sending(exchange, format);
    try (sending) {
      queries.run(sql, new Queries.Tables(tables, standard, geometry.tables()), sending);
      sending.finish();
    }
  }

  /// Writes rows into an answer as they come; Parquet, whose end tells where all lies, into a file
  /// first.
  private static final class Sending implements Queries.Answer, AutoCloseable {
    private final Exchange exchange;
    private final String format;
    private @Nullable TableWriter writer;
    private Exchange.@Nullable Body body;
    private @Nullable Path file;

    Sending(Exchange exchange, String format) {
      if (!List.of("json", "csv", "arrow", "parquet").contains(format)) {
        throw new EventsException("bad-query", "formats are json, csv, arrow, parquet");
      }
      this.exchange = exchange;
      this.format = format;
    }

    @Override
    public void begin(TableSchema schema) throws IOException {
      exchange.setHeader("Content-Type", type());
      exchange.setHeader("Cache-Control", "no-store");
      if (format.equals("parquet")) {
        Path directory = Files.createTempDirectory("firn-query");
        file = directory.resolve("answer.parquet");
        writer = TableWriter.parquet(file, schema);
      } else {
        OutputStream out = new BodyStream(begun());
        writer =
            switch (format) {
              case "csv" -> TableWriter.csv(text(out), schema, t -> t);
              case "arrow" -> TableWriter.arrow(out, schema);
              default -> TableWriter.json(text(out), schema);
            };
      }
    }

    private String type() {
      return switch (format) {
        case "csv" -> "text/csv; charset=utf-8";
        case "arrow" -> "application/vnd.apache.arrow.stream";
        case "parquet" -> "application/vnd.apache.parquet";
        default -> "application/x-ndjson";
      };
    }

    private Exchange.Body begun() throws IOException {
      Exchange.Body begun = exchange.start(200);
      body = begun;
      return begun;
    }

    private static Writer text(OutputStream out) {
      return new OutputStreamWriter(out, StandardCharsets.UTF_8);
    }

    @Override
    public void row(Row row) throws IOException {
      Objects.requireNonNull(writer).write(row);
    }

    /// Only a whole answer is ended as one; any other is cut.
    void finish() throws IOException {
      Objects.requireNonNull(writer).close();
      Path written = file;
      if (written != null) {
        Exchange.Body to = begun();
        try (FileChannel from = FileChannel.open(written)) {
          ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
          while (from.read(buffer.clear()) >= 0) {
            to.write(buffer.flip());
          }
        }
      }
      Objects.requireNonNull(body).close();
    }

    @Override
    public void close() throws IOException {
      Path written = file;
      if (written != null) {
        Files.deleteIfExists(written);
        Files.deleteIfExists(Objects.requireNonNull(written.getParent()));
      }
    }
  }
}
