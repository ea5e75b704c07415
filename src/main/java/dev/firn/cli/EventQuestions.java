package dev.firn.cli;

import dev.firn.http.BodySource;
import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.http.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// Questions about the rows of passes.
final class EventQuestions {
  private static final Duration IDLE = Duration.ofMinutes(10);

  private EventQuestions() {}

  /// How an answer is written.
  enum Format {
    TABLE,
    JSON,
    CSV,
    ARROW,
    PARQUET
  }

  /// A question whose answer is a table.
  abstract static class Asking extends EventPasses.Verb {
    @Option(
        names = "--format",
        description = "table, json (lines), csv, arrow (IPC stream) or parquet.")
    @Nullable Format format;

    @Option(
        names = {"-o", "--out"},
        paramLabel = "FILE",
        description = "Where to; its ending says the format where --format does not.")
    @Nullable Path out;

    @Option(
        names = "--ref",
        paramLabel = "PASS@REF",
        description = "Show a branch or tag as well, as in \"pass3@pass3-v1\".events.")
    List<String> refs = List.of();

    int ask(String sql) throws IOException {
      Format wanted = format == null ? guessed() : format;
      if (wanted == Format.TABLE) {
        return table(sql);
      }
      Path to = out;
      if (to == null) {
        if (wanted == Format.PARQUET || wanted == Format.ARROW) {
          throw new IllegalArgumentException("a " + wanted + " answer needs --out");
        }
        send(sql, wanted, new Unclosed());
        return ExitCode.DONE.status();
      }
      Path part = to.resolveSibling("." + to.getFileName() + ".part");
      try {
        try (OutputStream file = Files.newOutputStream(part)) {
          send(sql, wanted, file);
        }
        Files.move(part, to, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(part);
      }
      return ExitCode.DONE.status();
    }

    private Format guessed() {
      if (json) {
        return Format.JSON;
      }
      Path to = out;
      if (to == null) {
        return Format.TABLE;
      }
      String name = to.toString();
      return name.endsWith(".parquet")
          ? Format.PARQUET
          : name.endsWith(".arrow") || name.endsWith(".arrows")
              ? Format.ARROW
              : name.endsWith(".csv") ? Format.CSV : Format.JSON;
    }

    /// Standard output stays open, and what comes from data is shown as it is.
    private final class Unclosed extends OutputStream {
      @Override
      public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        System.out.write(bytes, offset, length);
      }

      @Override
      public void flush() {
        System.out.flush();
      }
    }

    private int table(String sql) throws IOException {
      List<String> heads = new ArrayList<>();
      List<List<String>> rows = new ArrayList<>();
      try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
        send(sql, Format.CSV, bytes);
        List<List<String>> lines = Csv.read(bytes.toString(StandardCharsets.UTF_8));
        if (!lines.isEmpty()) {
          heads.addAll(lines.getFirst());
          rows.addAll(lines.subList(1, lines.size()));
        }
      }
      out().print(Text.table(heads, rows));
      return ExitCode.DONE.status();
    }

    void send(String sql, Format as, OutputStream to) throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("sql", sql);
      body.put("format", as.name().toLowerCase(Locale.ROOT));
      body.put("refs", refs);
      Request request =
          Request.of("POST", URI.create(remote.url() + EventPasses.BASE + "/query"))
              .withIdleTimeout(IDLE)
              .withHeader("Content-Type", "application/json")
              .withBody(BodySource.bytes(Json.bytes(body)));
      try (HttpFetcher client = remote.open();
          Response response = remote.send(client, request)) {
        response.body().transferTo(to);
        to.flush();
      }
    }
  }

  @Command(
      name = "query",
      description = {
        "Ask in SQL: PASS.events and PASS.pulses, or events and pulses of the current pass.",
        "One SELECT, answered by DuckDB at the hub; no other file can be read, nothing changed."
      })
  static final class Query extends Asking {
    @Parameters(paramLabel = "SQL")
    String sql = "";

    @Override
    public Integer call() throws IOException {
      return ask(sql);
    }
  }

  @Command(name = "scan", description = "Print columns of a pass, row by row.")
  static final class Scan extends Asking {
    @Option(names = "--pass", paramLabel = "PASS", description = "Which (default: the current).")
    String pass = "";

    @Option(names = "--table", paramLabel = "TABLE", description = "events or pulses.")
    String table = "events";

    @Option(names = "--columns", split = ",", paramLabel = "NAME", description = "Which columns.")
    List<String> columns = List.of("*");

    @Option(names = "--where", paramLabel = "SQL", description = "Which rows.")
    String where = "";

    @Option(names = "--limit", paramLabel = "N", description = "How many rows at most.")
    long limit = -1;

    @Override
    public Integer call() throws IOException {
      String from = pass.isEmpty() ? table : "\"" + pass + "\"." + table;
      return ask(
          "SELECT "
              + String.join(", ", columns)
              + " FROM "
              + from
              + (where.isEmpty() ? "" : " WHERE " + where)
              + (limit < 0 ? "" : " LIMIT " + limit));
    }
  }

  @Command(
      name = "check",
      description = {
        "Look at a run of a pass event by event: the same event twice, numbers missing inside a"
            + " file, files that the catalog describes otherwise, livetime.",
        "Exit 1 if something is not as it should be."
      })
  static final class Check extends EventPasses.Verb {
    @Option(names = "--pass", paramLabel = "PASS", description = "Which (default: the current).")
    String pass = "";

    @Option(names = "--run", required = true, paramLabel = "RUN", description = "Which run.")
    long run;

    @Option(
        names = "--livetime",
        paramLabel = "SECONDS",
        description = "In place of what the newest good-run list says; a difference of 1 s counts.")
    @Nullable Double livetime;

    @Override
    public Integer call() throws IOException {
      JsonNode found =
          remote.get(Remote.query(EventPasses.BASE + "/check", Map.of("pass", pass, "run", run)));
      double seen = found.path("livetime").asDouble();
      JsonNode list = found.path("good_run_list");
      boolean off =
          livetime == null ? list.path("differs").asBoolean(false) : Math.abs(livetime - seen) > 1;
      boolean clean = !off && isClean(found, livetime != null);
      if (json) {
        out().println(found);
      } else {
        out()
            .println(
                "run %d: %d files, %d events, %.1f s"
                    .formatted(
                        run, found.path("files").asLong(), found.path("events").asLong(), seen));
        EventFindings.lines(found).forEach(line -> out().println(Text.printable("  " + line)));
        if (off) {
          String says =
              livetime == null
                  ? list.path("list").asString("") + " says " + list.path("livetime").asDouble()
                  : "it should be " + livetime;
          out().println(Text.printable("  livetime: " + says + " s"));
        }
      }
      return (clean ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  /// Whether nothing was found; the list's livetime does not count where another was given.
  private static boolean isClean(JsonNode found, boolean otherLivetime) {
    return otherLivetime
        ? Stream.of("duplicates", "gaps", "different").allMatch(w -> found.path(w).isEmpty())
        : found.path("clean").asBoolean(false);
  }

  @Command(
      name = "locate",
      description = "Where the data files of a pass, or of one event, lie: the best copy first.")
  static final class Locate extends EventPasses.Verb {
    @Option(names = "--pass", paramLabel = "PASS", description = "Which (default: the current).")
    String pass = "";

    /// All of it or nothing.
    static final class One {
      @Option(names = "--run", paramLabel = "RUN", required = true)
      long run;

      @Option(names = "--subrun", paramLabel = "SUBRUN", description = "Of simulation.")
      @Nullable Long subrun;

      @Option(names = "--event", paramLabel = "EVENT", required = true)
      long event;
    }

    @ArgGroup(exclusive = false)
    @Nullable One one;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> question = new LinkedHashMap<>();
      question.put("pass", pass);
      One wanted = one;
      if (wanted != null) {
        question.put("run", wanted.run);
        question.put("subrun", wanted.subrun);
        question.put("event", wanted.event);
      }
      JsonNode found = remote.get(Remote.query(EventPasses.BASE + "/locate", question));
      if (json) {
        out().println(found);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode file : found.path("files")) {
        for (JsonNode copy : file.path("copies")) {
          String place =
              copy.has("bundle")
                  ? "in bundle " + copy.path("bundle").asString()
                  : copy.path("path").asString();
          String verified = copy.path("verified").asString("");
          rows.add(
              List.of(file.path("file").asString(), copy.path("site").asString(), verified, place));
        }
      }
      out().print(Text.table(List.of("FILE", "SITE", "VERIFIED", "PATH"), rows));
      return (rows.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }
}
