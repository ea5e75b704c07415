package dev.firn.cli;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn catalog export`: the whole catalog, or what a query finds, as lines of JSON or as a table.
@Command(
    name = "export",
    description = {
      "Write the catalog as lines of JSON, in Firn's form or the old catalog's, or as a table."
    },
    footer = {
      "",
      "  firn catalog export -o all.ndjson                  # firn catalog load takes it",
      "  firn catalog export --form file-catalog 'season = 2017'",
      "",
      "A file appears under its name when all of it is written."
    })
final class ExportCommand implements Callable<Integer> {
  @Mixin Remote remote = new Remote();

  @Parameters(paramLabel = "QUERY", arity = "0..*", description = "What to write; all files.")
  List<String> query = List.of();

  @Option(names = "--form", paramLabel = "FORM", description = "firn or file-catalog.")
  String form = "firn";

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "json, or with --output and without --form parquet, arrow, csv.")
  String format = "json";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "Where to (else: here).")
  @Nullable Path output;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    if (!format.equals("json")) {
      return table();
    }
    long[] files;
    if (output == null) {
      files = export(spec.commandLine().getOut());
    } else {
      Path part = output.resolveSibling(output.getFileName() + ".part");
      try (BufferedWriter to =
          new BufferedWriter(
              new OutputStreamWriter(Files.newOutputStream(part), StandardCharsets.UTF_8))) {
        files = export(to);
      }
      Files.move(part, output, StandardCopyOption.ATOMIC_MOVE);
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(files[1] + " files");
    err.flush();
    return ExitCode.DONE.status();
  }

  private int table() throws IOException {
    Path to = output;
    if (to == null || !form.equals("firn")) {
      throw new ParameterException(
          spec.commandLine(), "--format " + format + " needs --output FILE, and no other --form");
    }
    String text = String.join(" ", query);
    remote.file(Remote.query("/api/v1/find", Map.of("q", text, "format", format)), to);
    return ExitCode.DONE.status();
  }

  private long[] export(Writer to) throws IOException {
    Map<String, Object> parameters = new LinkedHashMap<>();
    parameters.put("form", form);
    parameters.put("q", String.join(" ", query));
    long[] told = {-1, 0};
    remote.lines(
        "GET",
        Remote.query("/api/v1/export", parameters),
        null,
        line -> {
          if (line.path("done").asBoolean(false) && line.has("files")) {
            told[0] = line.path("files").asLong();
          } else {
            write(to, line);
            told[1]++;
          }
        });
    if (told[0] < 0) {
      throw new IOException("the export was cut off; start it again");
    }
    to.flush();
    return told;
  }

  private static void write(Writer to, JsonNode line) {
    try {
      to.write(line + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
