package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn recall`: many archived files back to the hub.
@Command(
    name = "recall",
    description = "Bring archived files back to the hub, bundle by bundle and tape by tape.",
    subcommands = {
      RecallCommands.Add.class,
      RecallCommands.Ls.class,
      RecallCommands.Show.class,
      RecallCommands.Cancel.class
    })
public final class RecallCommands {
  private static final String API = "/api/v1/recalls";

  @Command(
      name = "add",
      description = {
        "Bring back single files, all below a folder, or all that a query finds.",
        "A file replaces another only with --replace, and only after its sha512 was found right."
      })
  static final class Add extends RemoteCommand {
    private static final long POLL_MILLIS = 1000;

    @Parameters(paramLabel = "NAME", arity = "0..*", description = "Logical names of files.")
    List<String> names = List.of();

    @Option(names = "--under", paramLabel = "DIR", description = "All files below DIR.")
    @Nullable String under;

    @Option(names = "--query", paramLabel = "QUERY", description = "As for 'firn find'.")
    @Nullable String query;

    @Option(
        names = "--map",
        paramLabel = "FROM=TO",
        description = "Files below FROM go to the same places below TO.")
    @Nullable String map;

    @Option(names = "--priority", paramLabel = "N", description = "1 (last) to 5 (first).")
    int priority = 3;

    @Option(names = "--replace", description = "Replace other files at the targets.")
    boolean replace;

    @Option(names = "--dry-run", description = "Say what would be read; change nothing.")
    boolean dryRun;

    @Option(names = "--wait", description = "Wait until it has ended; exit 1 if a file failed.")
    boolean wait;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("names", names);
      body.put("under", under);
      body.put("query", query);
      if (map != null) {
        int cut = map.indexOf('=');
        if (cut < 1) {
          spec.commandLine().getErr().println("firn: --map is FROM=TO");
          return ExitCode.USAGE.status();
        }
        body.put("map_from", map.substring(0, cut));
        body.put("map_to", map.substring(cut + 1));
      }
      body.put("priority", priority);
      body.put("replace", replace);
      body.put("dry_run", dryRun);
      JsonNode answer = remote.json("POST", API, body);
      if (dryRun) {
        tell(answer, estimate(answer));
        return ExitCode.DONE.status();
      }
      if (wait) {
        answer = ended(answer.path("id").asString());
      }
      tell(answer, sentence(answer));
      boolean failed = wait && answer.path("failed").asLong() > 0;
      return (failed ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }

    private void tell(JsonNode answer, String text) {
      out().println(json ? answer.toString() : Text.printable(text));
    }

    private static String estimate(JsonNode answer) {
      return "%d files, %s, from %d bundles at %s; %d are here already, %d no archive has"
          .formatted(
              answer.path("files").asLong(),
              new ByteSize(answer.path("bytes").asLong()),
              answer.path("bundles").asLong(),
              answer.path("sites"),
              answer.path("present").asLong(),
              answer.path("unarchived").asLong());
    }

    private JsonNode ended(String id) throws IOException {
      while (true) {
        JsonNode now = remote.get(API + "/" + id);
        if (now.path("ended").asBoolean()) {
          return now;
        }
        try {
          Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("stopped while recall " + id + " goes on");
        }
      }
    }
  }

  private static String sentence(JsonNode recall) {
    return "recall %s: %s; %d waiting, %d done, %d failed, %d cancelled; %s of %s"
        .formatted(
            recall.path("id").asString(),
            recall.path("what").asString(),
            recall.path("waiting").asLong(),
            recall.path("done").asLong(),
            recall.path("failed").asLong(),
            recall.path("cancelled").asLong(),
            new ByteSize(recall.path("done_bytes").asLong()),
            new ByteSize(recall.path("bytes").asLong()));
  }

  @Command(name = "ls", description = "List recalls, newest first.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      for (JsonNode recall : answer.path("recalls")) {
        out().println(Text.printable(sentence(recall)));
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "show", description = "Show a recall and its files.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "RECALL")
    String id = "";

    @Override
    public Integer call() throws IOException {
      String path = API + "/" + Remote.encode(id);
      JsonNode answer = remote.get(path);
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      out().println(Text.printable(sentence(answer)));
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode page = answer.path("list"); !page.isEmpty(); ) {
        for (JsonNode file : page) {
          rows.add(
              List.of(
                  file.path("state").asString(),
                  file.path("site").asString(),
                  file.path("target").asString(),
                  file.path("reason").asString()));
        }
        page = remote.get(path + "?from=" + rows.size()).path("list");
      }
      out().print(Text.table(List.of("STATE", "SITE", "TARGET", "WHY"), rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "cancel", description = "Give up what waits of a recall.")
  static final class Cancel extends RemoteCommand {
    @Parameters(paramLabel = "RECALL")
    String id = "";

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API + "/" + Remote.encode(id) + "/cancel", Map.of());
      out()
          .println(
              json
                  ? answer.toString()
                  : answer.path("cancelled").asLong() + " files are not waited for any more");
      return ExitCode.DONE.status();
    }
  }
}
