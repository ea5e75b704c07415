package dev.firn.cli;

import dev.firn.http.BodySource;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `firn catalog load`: registers files in bulk.
public final class LoadCommands {
  private LoadCommands() {}

  /// `firn catalog`.
  @Command(
      name = "catalog",
      description = "Fill the catalog, and compare it with what lies at a site.",
      subcommands = {Load.class, Import.class, ExportCommand.class, CheckCommand.class})
  public static final class CatalogGroup {}

  @Command(
      name = "load",
      description = "Register files from lines of JSON.",
      footer = {
        "",
        "  firn catalog load files.ndjson",
        "  firn find --json ... | firn catalog load --url https://other.hub:8443 -",
        "",
        "Prints lines that conflict or are invalid, then totals. The same load again changes",
        "nothing, so one that was interrupted is simply started again."
      })
  static final class Load extends Sending {
    @Override
    String path() {
      return "/api/v1/load";
    }
  }

  @Command(
      name = "import",
      description = "Register the documents of a dump of the old File Catalog, one a line.",
      footer = {
        "",
        "  mongoexport --collection files | firn catalog import -",
        "",
        "Locations, dates and uuids are kept. Prints documents that conflict or are invalid, then",
        "totals. The same import again changes nothing."
      })
  static final class Import extends Sending {
    @Override
    String path() {
      return "/api/v1/import";
    }
  }

  /// Sends lines in parts that can be repeated, and tells what became of them.
  abstract static class Sending implements Callable<Integer> {
    private static final int AT_ONCE = 64 * 1024 * 1024;

    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "FILE", description = "Lines of JSON; - for standard input.")
    String file = "-";

    @Option(names = "--why", paramLabel = "TEXT", description = "What the history is to say.")
    @Nullable String why;

    @Option(names = "--json", description = "Print one JSON document a line.")
    boolean json;

    @Spec CommandSpec spec;

    abstract String path();

    private final Map<String, Long> totals = new LinkedHashMap<>();
    private long before;

    @Override
    public Integer call() throws IOException {
      try (InputStream in =
          new BufferedInputStream(
              file.equals("-") ? System.in : Files.newInputStream(Path.of(file)), 1 << 20)) {
        for (byte[] part = part(in); part.length > 0; part = part(in)) {
          send(part);
        }
      }
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        ObjectNode view = JsonNodeFactory.instance.objectNode().put("done", true);
        totals.forEach(view::put);
        out.println(view);
      } else {
        totals.forEach((what, n) -> out.println(n + " " + what));
      }
      boolean well = total("conflicts") + total("invalid") == 0;
      return (well ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private long total(String what) {
      return totals.getOrDefault(what, 0L);
    }

    /// Whole lines, some megabytes of them: a request that can be repeated as it is.
    private static byte[] part(InputStream in) throws IOException {
      ByteArrayOutputStream part = new ByteArrayOutputStream();
      byte[] block = in.readNBytes(AT_ONCE);
      part.write(block);
      if (block.length == AT_ONCE && block[AT_ONCE - 1] != '\n') {
        for (int b = in.read(); b >= 0; b = in.read()) {
          part.write(b);
          if (b == '\n') {
            break;
          }
        }
      }
      return part.toByteArray();
    }

    private void send(byte[] part) throws IOException {
      Map<String, @Nullable String> parameters = new LinkedHashMap<>();
      parameters.put("outcomes", "problems");
      parameters.put("why", why);
      boolean[] done = {false};
      remote.lines(
          "POST",
          Remote.query(path(), parameters),
          BodySource.bytes(part),
          line -> {
            if (line.path("done").asBoolean(false)) {
              done[0] = true;
              line.properties().stream()
                  .filter(e -> e.getValue().isNumber())
                  .forEach(e -> totals.merge(e.getKey(), e.getValue().asLong(), Long::sum));
            } else {
              problem(line);
            }
          });
      if (!done[0]) {
        throw new IOException("the load was cut off; start it again");
      }
      for (byte b : part) {
        before += b == '\n' ? 1 : 0;
      }
    }

    private void problem(JsonNode line) {
      PrintWriter out = spec.commandLine().getOut();
      long number = before + line.path("line").asLong();
      if (json) {
        out.println(((ObjectNode) line).put("line", number));
        return;
      }
      String name = line.path("name").asString("");
      String text = "line " + number + ": " + (name.isEmpty() ? "" : name + ": ");
      out.println(Text.printable(text + HubRegistry.problem(line)));
    }
  }
}
