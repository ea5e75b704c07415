package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn find` and `firn file show|ls|history`: what the hub's catalog knows.
public final class CatalogCommands {
  private static final int ROWS_AT_ONCE = 500;

  private CatalogCommands() {}

  /// `firn find QUERY`.
  @Command(
      name = "find",
      description = "Find files by what is known of them.",
      footer = {
        "",
        "  firn find run = 130484 and level = L2",
        "  firn find \"name ~ /data/exp/**/PFRaw/** and not verified at nersc\" --count",
        "  firn find season = 2017 --format parquet -o season.parquet",
        "",
        "Fields: run subrun part season level type events size created start end livetime owner",
        "group copies name sha512 meta.KEY; also: at SITE, STATE at SITE, verified [at SITE],",
        "in bundle UUID, in dataset NAME, contains event RUN:EVENT, derived from NAME, duplicates."
      })
  public static final class Find implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "QUERY", arity = "0..*", description = "Words are joined by blanks.")
    List<String> query = List.of();

    @Option(names = "--json", description = "Print one JSON document a line.")
    boolean json;

    @Option(names = "--names", description = "Print names only, one a line.")
    boolean names;

    @Option(names = "--csv", description = "Print comma-separated values.")
    boolean csv;

    @Option(
        names = "--format",
        paramLabel = "FORMAT",
        description = "table, json, csv, or with --output also parquet, arrow.")
    String format = "table";

    @Option(
        names = {"-o", "--output"},
        paramLabel = "FILE",
        description = "Where Parquet and Arrow go, with every column.")
    @Nullable Path output;

    @Option(
        names = "--group-by",
        paramLabel = "KEYS",
        description = "Print totals by year, season, run, level, type, owner, group, site.")
    String groupBy = "";

    @Option(names = "--count", description = "Print how many files there are.")
    boolean count;

    @Option(names = "--sum", paramLabel = "size", description = "Print the sum of the sizes.")
    String sum = "";

    @Option(names = "--explain", description = "Print how the query is answered.")
    boolean explain;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      String text = String.join(" ", query);
      if (!sum.isEmpty() && !sum.equals("size")) {
        throw new ParameterException(spec.commandLine(), "--sum adds up size and nothing else");
      }
      try {
        if (output != null || !known(format)) {
          return table(text).status();
        }
        if (explain) {
          explain(text);
          return ExitCode.DONE.status();
        }
        if (!groupBy.isEmpty()) {
          return groups(text).status();
        }
        return (count || !sum.isEmpty() ? total(text) : list(text)).status();
      } catch (Remote.Failure e) {
        return refused(text, e);
      }
    }

    /// Whether lines are printed here; what else there is goes into a file.
    private boolean known(String wanted) {
      json |= wanted.equals("json");
      csv |= wanted.equals("csv");
      return wanted.equals("table") || json || csv;
    }

    private ExitCode table(String text) throws IOException {
      Path to = output;
      String wanted = json ? "json" : csv ? "csv" : format;
      if (to == null || !List.of("json", "csv", "parquet", "arrow").contains(wanted)) {
        throw new ParameterException(
            spec.commandLine(),
            "--format is table, json, csv, parquet or arrow; the last two need --output FILE");
      }
      remote.file(Remote.query("/api/v1/find", Map.of("q", text, "format", wanted)), to);
      return ExitCode.DONE;
    }

    private void explain(String text) throws IOException {
      JsonNode answer = remote.get(path(text, "explain"));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
      } else {
        out.println(Text.printable(answer.path("reason").asString()));
        answer.path("plan").asString().lines().forEach(l -> out.println("  " + Text.printable(l)));
      }
    }

    private ExitCode groups(String text) throws IOException {
      JsonNode answer =
          remote.get(Remote.query("/api/v1/find", Map.of("q", text, "group", groupBy)));
      PrintWriter out = spec.commandLine().getOut();
      JsonNode groups = answer.path("groups");
      if (json) {
        groups.forEach(out::println);
      } else if (!groups.isEmpty()) {
        List<String> head = new ArrayList<>(groups.get(0).propertyNames());
        List<List<String>> rows = new ArrayList<>();
        for (JsonNode group : groups) {
          List<String> row = new ArrayList<>();
          for (String key : head) {
            boolean size = key.equals("bytes") && !csv;
            JsonNode value = group.path(key);
            row.add(size ? new ByteSize(value.asLong()).toString() : value.asString("-"));
          }
          rows.add(row);
        }
        if (csv) {
          out.println(Csv.line(head));
          rows.forEach(row -> out.println(Csv.line(row)));
        } else {
          out.print(Text.table(head.stream().map(h -> h.toUpperCase(Locale.ROOT)).toList(), rows));
        }
      }
      return groups.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE;
    }

    private ExitCode total(String text) throws IOException {
      JsonNode answer = remote.get(path(text, "count"));
      PrintWriter out = spec.commandLine().getOut();
      long files = answer.path("files").asLong();
      long bytes = answer.path("bytes").asLong();
      if (json) {
        out.println(answer);
      } else if (sum.isEmpty()) {
        out.println(files);
      } else {
        out.println(files + " files, " + bytes + " bytes (" + new ByteSize(bytes) + ")");
      }
      return files > 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private ExitCode list(String text) throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      List<List<String>> rows = new ArrayList<>();
      long[] found = {0};
      if (csv) {
        out.println(Csv.line(Csv.FILE_HEAD));
      }
      remote.lines(
          "GET",
          path(text, null),
          null,
          file -> {
            found[0]++;
            if (json) {
              out.println(file);
            } else if (csv) {
              out.println(Csv.line(Csv.row(file)));
            } else if (names) {
              out.println(Text.printable(file.path("name").asString()));
            } else {
              rows.add(row(file));
              if (rows.size() == ROWS_AT_ONCE) {
                printRows(out, rows);
              }
            }
          });
      if (!rows.isEmpty()) {
        printRows(out, rows);
      }
      out.flush();
      return found[0] > 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
    }

    private static void printRows(PrintWriter out, List<List<String>> rows) {
      out.print(Text.table(List.of(">SIZE", "LEVEL", ">RUN", "COPIES", "NAME"), rows));
      rows.clear();
    }

    private int refused(String text, Remote.Failure failure) throws Remote.Failure {
      if (failure.status() != 400 || !String.valueOf(failure.getMessage()).contains("bad-query")) {
        throw failure;
      }
      PrintWriter err = spec.commandLine().getErr();
      String message = String.valueOf(failure.getMessage());
      err.println(Text.printable(message.substring(message.indexOf("bad-query: ") + 11)));
      var position = Pattern.compile("at character (\\d+)\\)").matcher(message);
      if (position.find()) {
        int at = Integer.parseInt(position.group(1)) - 1;
        err.println("  " + Text.printable(text));
        String before = Text.printable(text.substring(0, Math.min(at, text.length())));
        err.println("  " + " ".repeat(before.length()) + "^");
      }
      return ExitCode.USAGE.status();
    }

    private static String path(String text, @Nullable String flag) {
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("q", text);
      if (flag != null) {
        parameters.put(flag, "1");
      }
      return Remote.query("/api/v1/find", parameters);
    }
  }

  private static List<String> row(JsonNode file) {
    JsonNode metadata = file.path("metadata");
    return List.of(
        new ByteSize(file.path("size").asLong()).toString(),
        metadata.path("level").asString(""),
        metadata.has("run") ? Long.toString(metadata.path("run").asLong()) : "",
        copies(file),
        file.path("name").asString());
  }

  /// `madison, desy*`: a star for verified, the state where it is not available.
  private static String copies(JsonNode file) {
    List<String> all = new ArrayList<>();
    for (JsonNode replica : file.path("replicas")) {
      String state = replica.path("state").asString();
      all.add(
          replica.path("site").asString()
              + (replica.has("verified") ? "*" : "")
              + (state.equals("available") ? "" : "(" + state + ")"));
    }
    return String.join(", ", all);
  }

  /// `firn file`.
  @Command(
      name = "file",
      description = "Show what the catalog knows of names, and register one.",
      subcommands = {Show.class, Ls.class, History.class, RegisterCommand.class})
  public static final class FileGroup {}

  @Command(name = "show", description = "Show one file with its copies and metadata.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      JsonNode file = load(remote, name);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(file);
        return ExitCode.DONE.status();
      }
      List<List<String>> facts = new ArrayList<>();
      for (String key : List.of("name", "uuid", "size", "created")) {
        facts.add(List.of(key, file.path(key).asString()));
      }
      file.path("checksums")
          .properties()
          .forEach(e -> facts.add(List.of(e.getKey(), e.getValue().asString())));
      file.path("metadata")
          .properties()
          .forEach(e ->
              facts.add(
                  List.of(
                      e.getKey(),
                      e.getValue().isValueNode()
                          ? e.getValue().asString()
                          : e.getValue().toString())));
      out.print(Text.table(List.of("", ""), facts).stripLeading());
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode r : file.path("replicas")) {
        String bundle = r.path("bundle").asString("");
        rows.add(
            List.of(
                r.path("site").asString(),
                r.path("state").asString(),
                r.path("verified").asString("never"),
                r.path("verified_how").asString(""),
                bundle.isEmpty() ? r.path("path").asString() : "in bundle " + bundle));
      }
      out.println();
      out.print(Text.table(List.of("SITE", "STATE", "VERIFIED", "HOW", "WHERE"), rows));
      return ExitCode.DONE.status();
    }
  }

  private static JsonNode load(Remote remote, String name) throws IOException {
    return remote.get(Remote.query("/api/v1/file", Map.of("name", name)));
  }

  @Command(name = "ls", description = "List a directory of the catalog.")
  static final class Ls implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "NAME", defaultValue = "/")
    String name = "/";

    @Option(names = "--json", description = "Print one JSON document a page.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("name", name);
      parameters.put("limit", "1000");
      boolean empty = true;
      while (true) {
        JsonNode page = remote.get(Remote.query("/api/v1/list", parameters));
        empty &= page.path("directories").isEmpty() && page.path("files").isEmpty();
        print(out, page);
        if (!page.has("next")) {
          return (empty ? ExitCode.NEGATIVE : ExitCode.DONE).status();
        }
        parameters.put("after", page.path("next").asString());
      }
    }

    private void print(PrintWriter out, JsonNode page) {
      if (json) {
        out.println(page);
        return;
      }
      page.path("directories").forEach(d -> out.println(Text.printable(d.asString()) + "/"));
      List<List<String>> rows = new ArrayList<>();
      page.path("files").forEach(f -> rows.add(row(f)));
      if (!rows.isEmpty()) {
        out.print(Text.table(List.of(">SIZE", "LEVEL", ">RUN", "COPIES", "NAME"), rows));
      }
    }
  }

  @Command(name = "history", description = "Show what happened to a file and its copies.")
  static final class History extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      String uuid = load(remote, name).path("uuid").asString();
      JsonNode answer =
          remote.get(Remote.query("/api/v1/history", Map.of("file", uuid, "limit", "1000")));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode h : answer.path("history")) {
        rows.add(
            List.of(
                h.path("at").asString(),
                h.path("detail").path("site").asString(""),
                h.path("from").asString("-") + " > " + h.path("to").asString("-"),
                h.path("who").asString(),
                h.path("why").asString()));
      }
      out.print(Text.table(List.of("WHEN", "SITE", "CHANGE", "WHO", "WHY"), rows));
      return ExitCode.DONE.status();
    }
  }
}
