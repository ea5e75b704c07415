package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `firn status`: what a hub has and whether its record is known to be true.
@Command(
    name = "status",
    description = {
      "Show what a hub has, what is wrong with it, and how far its area has been compared with",
      "the catalog.",
      "The comparison goes on beside the work after every start; what a crash left is settled before."
    })
public final class StatusCommand extends RemoteCommand {
  @Override
  public Integer call() throws IOException {
    JsonNode overview = remote.get("/api/v1/overview");
    JsonNode area = remote.get("/api/v1/area");
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      ObjectNode all = ((ObjectNode) area).put("site", overview.path("site").asString());
      out.println(all.set("troubles", overview.path("troubles")));
      return ExitCode.DONE.status();
    }
    out.println(Text.printable(overview.path("site").asString()));
    for (JsonNode trouble : overview.path("troubles")) {
      String words = trouble.path("what").asString() + ": " + trouble.path("words").asString();
      out.println("TROUBLE: " + Text.printable(words));
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode site : overview.path("sites")) {
      rows.add(
          List.of(
              site.path("name").asString(),
              site.path("kind").asString(),
              site.path("files").asString(),
              new ByteSize(site.path("bytes").asLong()).toString()));
    }
    out.print(Text.table(List.of("SITE", "KIND", ">FILES", ">BYTES"), rows));
    out.println(comparison(area));
    if (area.path("unsettled").asLong() > 0) {
      out.println(area.path("unsettled").asLong() + " changes just now are still to be compared");
    }
    return ExitCode.DONE.status();
  }

  private static String comparison(JsonNode area) {
    if (area.path("began").isNull()) {
      return "the area has not been compared with the catalog yet";
    }
    long files = area.path("files").asLong();
    long records = area.path("records").asLong();
    String found =
        "%d differed, %d put right, %d open"
            .formatted(
                area.path("differing").asLong(),
                area.path("repaired").asLong(),
                area.path("open").asLong());
    if (!area.path("ended").isNull()) {
      return "compared with the catalog %s: %d files, %s"
          .formatted(area.path("ended").asString(), files, found);
    }
    String part =
        records == 0
            ? ""
            : String.format(Locale.ROOT, " (%.0f %%)", Math.min(100, 100.0 * files / records));
    return "comparing with the catalog: %d of about %d files%s, at %s; %s"
        .formatted(files, records, part, Text.printable(area.path("reached").asString("")), found);
  }
}
