package dev.firn.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn archive custody`: how well a file is kept.
@Command(
    name = "custody",
    description = {
      "Say how many verified copies of a file there are, where, and when and how they were read.",
      "Exit 1 when there is none."
    })
final class CustodyCommand extends RemoteCommand {
  @Parameters(paramLabel = "FILE", description = "The file's logical name.")
  String name = "";

  @Override
  public Integer call() throws IOException {
    JsonNode answer = remote.get("/api/v1/archive/custody?name=" + Remote.encode(name));
    if (json) {
      out().println(answer);
    } else {
      out().println(Text.printable(name + ": " + answer.path("sentence").asString()));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode copy : answer.path("copies")) {
        rows.add(
            List.of(
                copy.path("site").asString(),
                copy.path("state").asString(),
                copy.path("verified").asString(),
                copy.path("how").asString(),
                copy.path("bundle").asString()));
      }
      out().print(Text.table(List.of("SITE", "STATE", "VERIFIED", "HOW", "BUNDLE"), rows));
    }
    boolean kept = answer.path("verified_copies").asLong() > 0;
    return (kept ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }
}
