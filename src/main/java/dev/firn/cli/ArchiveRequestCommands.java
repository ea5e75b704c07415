package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn archive request`: archive what there is now, once.
@Command(
    name = "request",
    description = {
      "Ask for files that there are now to be archived at a site, once.",
      "What shall hold for files to come too is a rule: firn rule add --bundled."
    },
    subcommands = {
      ArchiveRequestCommands.Add.class,
      ArchiveRequestCommands.Ls.class,
      ArchiveRequestCommands.Show.class,
      ArchiveRequestCommands.Cancel.class
    })
final class ArchiveRequestCommands {
  private static final String API = "/api/v1/archive/requests";

  private ArchiveRequestCommands() {}

  @Command(
      name = "add",
      description = "Archive all below a folder, a dataset, or what a query finds, at a site.")
  static final class Add extends RemoteCommand {
    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(names = "--path", paramLabel = "DIR", description = "All files below DIR.")
    @Nullable String path;

    @Option(names = "--dataset", paramLabel = "NAME", description = "The files of a dataset.")
    @Nullable String dataset;

    @Option(names = "--query", paramLabel = "QUERY", description = "As for 'firn find'.")
    @Nullable String query;

    @Option(names = "--force", description = "Also when it is smaller than requests should be.")
    boolean force;

    @Option(names = "--dry-run", description = "Say what would be archived; change nothing.")
    boolean dryRun;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("path", path);
      body.put("dataset", dataset);
      body.put("query", query);
      body.put("site", site);
      body.put("force", force);
      body.put("dry_run", dryRun);
      JsonNode answer = remote.json("POST", API, body);
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      String what =
          "%d files, %s, in about %d bundles; left out: %d archived or on their way, %d elsewhere"
              .formatted(
                  answer.path("files").asLong(),
                  new ByteSize(answer.path("bytes").asLong()),
                  answer.path("estimated_bundles").asLong(),
                  answer.path("already").asLong(),
                  answer.path("offline").asLong());
      String head = dryRun ? "would take " : "request " + answer.path("id").asLong() + ": ";
      out().println(Text.printable(head + what));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List requests, newest first.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      if (json) {
        out().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      answer.path("requests").forEach(r -> rows.add(row(r)));
      out().print(Text.table(HEAD, rows));
      return ExitCode.DONE.status();
    }
  }

  private static final List<String> HEAD =
      List.of(
          "REQUEST", "SITE", "STATE", ">FILES", ">BYTES", ">VERIFIED", ">REFUSED", "WHO", "WHAT");

  private static List<String> row(JsonNode request) {
    return List.of(
        request.path("id").asString(),
        request.path("site").asString(),
        request.path("state").asString(),
        request.path("files").asString(),
        new ByteSize(request.path("bytes").asLong()).toString(),
        request.path("verified").asString(),
        request.path("refused").asString(),
        request.path("who").asString(),
        request.path("query").asString());
  }

  @Command(name = "show", description = "Show how far a request is.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "REQUEST")
    long id;

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API + "/" + id);
      out().print(json ? answer + "\n" : Text.table(HEAD, List.of(row(answer))));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "cancel", description = "Give up what no bundle was closed for yet.")
  static final class Cancel extends RemoteCommand {
    @Parameters(paramLabel = "REQUEST")
    long id;

    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.json("POST", API + "/" + id + "/cancel", Map.of());
      out().print(json ? answer + "\n" : Text.table(HEAD, List.of(row(answer))));
      return ExitCode.DONE.status();
    }
  }

  /// `firn archive drain`.
  @Command(
      name = "drain",
      description = "Let no new bundles be closed for a site; what is under way goes on.")
  static final class Drain extends RemoteCommand {
    @Parameters(paramLabel = "SITE")
    String site = "";

    @Option(names = "--off", description = "Let bundles be closed again.")
    boolean off;

    @Option(names = "--why", paramLabel = "TEXT", description = "For the history.")
    String why = "";

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      body.put("drained", !off);
      body.put("why", why);
      JsonNode answer =
          remote.json("POST", "/api/v1/archive/sites/" + Remote.encode(site) + "/drain", body);
      out()
          .println(
              json
                  ? answer.toString()
                  : Text.printable(site + (off ? " takes bundles again" : " is drained")));
      return ExitCode.DONE.status();
    }
  }
}
