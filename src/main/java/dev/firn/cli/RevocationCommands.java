package dev.firn.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn token revoke`, `revocations` and `reinstate`.
final class RevocationCommands {
  private static final String API = "/api/v1/revocations";

  private RevocationCommands() {}

  /// What to take back: one of these.
  static final class What {
    @Option(names = "--id", paramLabel = "JTI", description = "One token, by its jti.")
    @Nullable String token;

    @Option(names = "--subject", paramLabel = "SUB", description = "All tokens of a subject.")
    @Nullable String subject;

    @Option(names = "--client", paramLabel = "ID", description = "All tokens of a client.")
    @Nullable String client;

    @Option(names = "--key", paramLabel = "KID", description = "All tokens signed with a key.")
    @Nullable String key;

    @Option(names = "--all", description = "All tokens of the issuer.")
    boolean all;

    void describe(Map<String, Object> body) {
      put(body, "token", token);
      put(body, "subject", subject);
      put(body, "client", client);
      put(body, "key", key);
      if (all) {
        put(body, "issuer", "");
      }
    }

    private static void put(Map<String, Object> body, String kind, @Nullable String value) {
      if (value != null) {
        body.put("kind", kind);
        body.put("value", value);
      }
    }
  }

  @Command(
      name = "revoke",
      description = {
        "Take back tokens before they run out, at every site that trusts the hub, within seconds.",
        "A subject, client or issuer can get new tokens, which are good, unless --block is given."
      })
  static final class Revoke extends RemoteCommand {
    @ArgGroup(multiplicity = "1")
    What what = new What();

    @Option(
        names = "--issuer",
        paramLabel = "URL",
        description = "The issuer of the tokens. Default: the hub.")
    @Nullable String issuer;

    @Option(
        names = "--issued-before",
        paramLabel = "TIME",
        description = "Only tokens issued before 2026-11-23T12:00:00Z. Default: now.")
    @Nullable String before;

    @Option(names = "--block", description = "New tokens too, until it is lifted.")
    boolean block;

    @Option(names = "--reason", paramLabel = "TEXT", description = "For the record.")
    String reason = "";

    @Override
    public Integer call() throws IOException {
      Map<String, Object> body = new LinkedHashMap<>();
      what.describe(body);
      if (issuer != null) {
        body.put("issuer", issuer);
      }
      if (before != null) {
        body.put("issued_before", before);
      }
      body.put("block", block);
      body.put("reason", reason);
      JsonNode answer = remote.json("POST", API, body);
      spec.commandLine()
          .getOut()
          .println(
              json
                  ? answer.toString()
                  : Text.printable(
                      "revocation %d is in force; firn token reinstate %1$d lifts it"
                          .formatted(answer.path("id").asLong())));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "revocations", description = "List the revocations in force.")
  static final class Ls extends RemoteCommand {
    @Override
    public Integer call() throws IOException {
      JsonNode answer = remote.get(API);
      if (json) {
        spec.commandLine().getOut().println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode each : answer.path("revocations")) {
        rows.add(
            List.of(
                each.path("id").asString(""),
                each.path("kind").asString(""),
                each.path("value").asString(""),
                each.path("issued_before").asString("any time"),
                each.path("forgotten").asString("lifted"),
                each.path("made_by").asString(""),
                each.path("reason").asString("")));
      }
      List<String> head = List.of("ID", "KIND", "WHAT", "ISSUED BEFORE", "UNTIL", "BY", "REASON");
      spec.commandLine().getOut().print(Text.table(head, rows));
      return ExitCode.DONE.status();
    }
  }

  @Command(name = "reinstate", description = "Lift a revocation.")
  static final class Reinstate implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "ID", description = "Its number in firn token revocations.")
    long id;

    @Override
    public Integer call() throws IOException {
      remote.json("DELETE", API + "/" + id, null);
      return ExitCode.DONE.status();
    }
  }
}
