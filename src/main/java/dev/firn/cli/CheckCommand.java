package dev.firn.cli;

import dev.firn.http.BodySource;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

/// `firn catalog check`: a site's listing against the catalog.
@Command(
    name = "check",
    description = "Compare a listing of a site with the catalog; changes nothing.",
    footer = {
      "",
      "  find /data -type f -printf '%%p\\t%%s\\t%%T@\\n' > listing",
      "  firn catalog check nersc listing --area /data/exp"
    })
final class CheckCommand implements Callable<Integer> {
  @Mixin Remote remote = new Remote();

  @Parameters(index = "0", paramLabel = "SITE")
  String site = "";

  @Parameters(
      index = "1",
      paramLabel = "LISTING",
      description = "A line for each file: its path, and after tabs size and time of change.")
  Path listing = Path.of("");

  @Option(names = "--area", paramLabel = "NAME", description = "Only what lies below.")
  String area = "/";

  @Option(
      names = "--taken",
      paramLabel = "TIME",
      description = "When the listing was begun (default: when its file was last changed).")
  @Nullable Instant taken;

  @Option(names = "--grace", paramLabel = "DURATION", description = "In flight: PT1H.")
  Duration grace = Duration.ofHours(1);

  @Option(names = "--json", description = "Print one JSON document a line.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("site", site);
    parameters.put("area", area);
    Instant changed = Files.getLastModifiedTime(listing).toInstant();
    parameters.put("taken", (taken == null ? changed : taken).toString());
    parameters.put("grace", grace.toString());
    PrintWriter out = spec.commandLine().getOut();
    long[] differences = {-1};
    remote.lines(
        "POST",
        Remote.query("/api/v1/site-check", parameters),
        BodySource.file(listing, 0, Files.size(listing)),
        line -> {
          if (line.path("done").asBoolean(false)) {
            differences[0] =
                line.path("dark").asLong()
                    + line.path("lost").asLong()
                    + line.path("size").asLong();
          }
          out.println(json ? line.toString() : Text.printable(text(line)));
        });
    if (differences[0] < 0) {
      throw new IOException("the comparison was cut off");
    }
    return (differences[0] == 0 ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }

  private static String text(JsonNode line) {
    if (line.path("done").asBoolean(false)) {
      return "%d listed, %d on record: %d dark, %d lost, %d of another size, %d in flight"
          .formatted(
              line.path("listed").asLong(),
              line.path("records").asLong(),
              line.path("dark").asLong(),
              line.path("lost").asLong(),
              line.path("size").asLong(),
              line.path("in_flight").asLong());
    }
    String sizes =
        line.path("kind").asString().equals("size")
            ? " (%d, not %d)".formatted(line.path("found").asLong(), line.path("known").asLong())
            : "";
    return line.path("kind").asString()
        + " "
        + line.path("path").asString()
        + sizes
        + ": "
        + line.path("proposal").asString();
  }
}
