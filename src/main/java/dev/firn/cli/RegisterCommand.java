package dev.firn.cli;

import dev.firn.http.BodySource;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn file register`: one file into the catalog, or field by field why not.
@Command(
    name = "register",
    description = "Register one file from a JSON document.",
    footer = {
      "",
      "  firn file show --json NAME | firn file register --url https://other.hub:8443 -",
      "",
      "The document is a line of 'firn catalog load'. The same again changes nothing. Where the",
      "catalog knows another file by that name, what differs is shown, and nothing is changed."
    })
final class RegisterCommand extends RemoteCommand {
  private static final int CONFLICT = 409;

  @Parameters(paramLabel = "FILE", description = "A JSON document; - for standard input.")
  String file = "-";

  @Option(names = "--why", paramLabel = "TEXT", description = "What the history is to say.")
  @Nullable String why;

  @Override
  public Integer call() throws IOException {
    Map<String, @Nullable String> parameters = new LinkedHashMap<>();
    parameters.put("why", why);
    JsonNode answer;
    try {
      answer = remote.json("POST", Remote.query("/api/v1/files", parameters), document());
    } catch (Remote.Failure e) {
      if (e.status() != CONFLICT || !e.body().has("differs")) {
        throw e;
      }
      differs(e.body());
      return ExitCode.NEGATIVE.status();
    }
    if (json) {
      out().println(answer);
    } else {
      boolean completed =
          answer.path("outcome").asString().equals("same") && answer.path("added").asBoolean();
      String outcome = completed ? "completed" : answer.path("outcome").asString();
      JsonNode known = answer.path("file");
      String line = outcome + " " + known.path("name").asString();
      out().println(Text.printable(line + " (" + known.path("uuid").asString() + ")"));
    }
    return ExitCode.DONE.status();
  }

  private BodySource document() throws IOException {
    try (InputStream in = file.equals("-") ? System.in : Files.newInputStream(Path.of(file))) {
      return BodySource.bytes(in.readAllBytes());
    }
  }

  private void differs(JsonNode problem) {
    PrintWriter out = out();
    if (json) {
      out.println(problem);
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode d : problem.path("differs")) {
      rows.add(
          List.of(
              d.path("field").asString(),
              d.path("known").asString(),
              d.path("offered").asString()));
    }
    String name = problem.path("name").asString();
    out.println(Text.printable("conflict: " + name + " is another file; nothing was changed"));
    out.print(Text.table(List.of("FIELD", "RECORDED", "ASKED"), rows));
  }
}
