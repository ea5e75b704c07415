package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// `firn inbox`: places to put what is to become part of the data, all at once.
@Command(
    name = "inbox",
    description = "Ask for an inbox, upload into it, publish it as a whole.",
    subcommands = {
      InboxCommands.Request.class,
      InboxCommands.Ls.class,
      InboxCommands.Token.class,
      InboxCommands.Publish.class,
      InboxCommands.Expire.class
    },
    footer = {
      "",
      "  firn inbox request /data/ana/cascades/v2 --size '20 GB' --days 14 --token-file inbox.token",
      "  firn inbox request /data/ana/cascades/v3 --size '20 GB' --archive nersc",
      "  BEARER_TOKEN_FILE=inbox.token firn put *.i3.zst /data/inbox/ID/",
      "  firn inbox publish ID"
    })
public final class InboxCommands {
  private static final String INBOXES = "/api/v1/inboxes";
  private static final long POLL_MILLIS = 500;

  private InboxCommands() {}

  abstract static class Verb extends RemoteCommand {
    /// Keeps a token where only its owner reads it, and never prints it.
    static void keep(JsonNode answer, @Nullable Path file) throws IOException {
      if (file != null) {
        Files.deleteIfExists(file);
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.write(file, answer.path("token").asString().getBytes(StandardCharsets.UTF_8));
      }
    }

    void show(JsonNode inbox) {
      if (json) {
        ((ObjectNode) inbox).remove("token");
        out().println(inbox);
        return;
      }
      String reason = inbox.path("reason").asString("");
      String archive = inbox.path("archive").asString("");
      out()
          .println(
              Text.printable(
                  "%s %s: %s%s, write to %s until %s%s"
                      .formatted(
                          inbox.path("id").asString(),
                          inbox.path("state").asString(),
                          inbox.path("path").asString(),
                          archive.isEmpty() ? "" : ", archived at " + archive,
                          inbox.path("directory").asString(),
                          inbox.path("expires").asString(),
                          reason.isEmpty() ? "" : "; " + reason)));
    }
  }

  @Command(
      name = "request",
      description = "Ask for an inbox for PATH, the name its content will have.")
  static final class Request extends Verb {
    @Parameters(paramLabel = "PATH")
    String path = "";

    @Option(names = "--size", paramLabel = "SIZE", required = true, description = "About how much.")
    String size = "";

    @Option(names = "--days", paramLabel = "N", description = "For how long to keep it.")
    int days = 14;

    @Option(
        names = "--archive",
        paramLabel = "SITE",
        description = "Archive it at SITE once it is published.")
    @Nullable String archive;

    @Option(names = "--token-file", paramLabel = "FILE", description = "Where to put its token.")
    @Nullable Path tokenFile;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> wish = new LinkedHashMap<>();
      wish.put("path", path);
      wish.put("size", ByteSize.parse(size).bytes());
      wish.put("days", days);
      if (archive != null) {
        wish.put("archive", archive);
      }
      JsonNode inbox = remote.json("POST", INBOXES, wish);
      keep(inbox, tokenFile);
      show(inbox);
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "ls", description = "List your inboxes, the latest first.")
  static final class Ls extends Verb {
    @Override
    public Integer call() throws IOException {
      JsonNode view = remote.get(INBOXES);
      if (json) {
        out().println(view);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode inbox : view.path("inboxes")) {
        rows.add(
            List.of(
                inbox.path("id").asString(),
                inbox.path("state").asString(),
                inbox.path("owner").asString(),
                inbox.path("path").asString(),
                inbox.path("expires").asString(),
                inbox.path("reason").asString("")));
      }
      List<String> head = List.of("INBOX", "STATE", "OWNER", "PATH", "EXPIRES", "REASON");
      out().print(Text.table(head, rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "token", description = "Get another token of an hour for an inbox.")
  static final class Token extends Verb {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(names = "--token-file", paramLabel = "FILE", required = true)
    @Nullable Path tokenFile;

    @Override
    public Integer call() throws IOException {
      JsonNode inbox = remote.json("POST", INBOXES + "/" + Remote.encode(id) + "/token", null);
      keep(inbox, tokenFile);
      show(inbox);
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "publish", description = "Publish an inbox as a whole, and wait for the end.")
  static final class Publish extends Verb {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Option(names = "--no-wait", description = "Return when it is locked.")
    boolean noWait;

    @Override
    public Integer call() throws IOException, InterruptedException {
      String path = INBOXES + "/" + Remote.encode(id);
      JsonNode inbox = remote.json("POST", path + "/publish", null);
      while (!noWait && List.of("locked", "moving").contains(inbox.path("state").asString())) {
        Thread.sleep(POLL_MILLIS);
        inbox = remote.get(path);
      }
      show(inbox);
      boolean open = inbox.path("state").asString().equals("open");
      return (open ? ExitCode.NEGATIVE : ExitCode.DONE).status();
    }
  }

  @Command(name = "expire", description = "Give an inbox up: what is in it goes.")
  static final class Expire extends Verb {
    @Parameters(paramLabel = "ID")
    String id = "";

    @Override
    public Integer call() throws IOException {
      show(remote.json("DELETE", INBOXES + "/" + Remote.encode(id), null));
      return ExitCode.DONE.status();
    }
  }
}
