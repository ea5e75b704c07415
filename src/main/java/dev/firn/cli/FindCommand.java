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
public final class FindCommand implements Callable<Integer> {
  private static final int ROWS_AT_ONCE = 500;

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
    JsonNode answer = remote.get(Remote.query("/api/v1/find", Map.of("q", text, "group", groupBy)));
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
        out.print(Text.table(head.stream().map(FindCommand::title).toList(), rows));
      }
    }
    return groups.isEmpty() ? ExitCode.NEGATIVE : ExitCode.DONE;
  }

  /// Numbers stand at the right.
  private static String title(String key) {
    boolean number = key.equals("files") || key.equals("bytes");
    return (number ? ">" : "") + key.toUpperCase(Locale.ROOT);
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
            rows.add(CatalogCommands.row(file));
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
    out.print(Text.table(CatalogCommands.HEAD, rows));
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
