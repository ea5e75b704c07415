package dev.firn.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn dropbox`: the directories a hub takes files from.
@Command(
    name = "dropbox",
    description = "Watched directories: what waits, what was refused, what came in.",
    subcommands = {DropBoxCommands.Ls.class, DropBoxCommands.Show.class})
public final class DropBoxCommands {
  private DropBoxCommands() {}

  abstract static class Verb extends RemoteCommand {}

  @Command(
      name = "ls",
      description = "List drop boxes; ends with 1 when one cannot be read or has refused files.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode view = remote.get("/api/v1/dropboxes");
      boolean well = true;
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode box : view.path("dropboxes")) {
        well &= !box.has("failure") && box.path("refused").asLong() == 0;
        rows.add(
            List.of(
                box.path("name").asString(),
                box.path("waiting").asString(),
                box.path("taken").asString(),
                box.path("purged").asString(),
                box.path("kept").asString(),
                box.path("refused").asString(),
                box.path("failure").asString("")));
      }
      List<String> head =
          List.of("BOX", ">WAITING", ">FOR COPIES", ">REMOVED", ">KEPT", ">REFUSED", "FAILURE");
      out().print(json ? view + "\n" : Text.table(head, rows));
      return (well ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }
  }

  @Command(name = "show", description = "Show what a drop box waits for, and what it refused.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      JsonNode view = remote.get("/api/v1/dropboxes/" + Remote.encode(name));
      if (json) {
        out().println(view);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      view.path("waiting_for")
          .properties()
          .forEach(e -> rows.add(List.of("waiting", e.getKey(), e.getValue().asString())));
      for (JsonNode file : view.path("taken_files")) {
        rows.add(List.of("taken", file.path("path").asString(), "until copies are verified"));
      }
      for (JsonNode file : view.path("refused_files")) {
        rows.add(List.of("refused", file.path("path").asString(), file.path("reason").asString()));
      }
      out().print(Text.table(List.of("STATE", "FILE", "WHY"), rows));
      return ExitCode.DONE.status();
    }
  }
}
