package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn file show|ls|history`: what the hub's catalog knows of names.
public final class CatalogCommands {
  static final List<String> HEAD = List.of(">SIZE", "LEVEL", ">RUN", "COPIES", "NAME");

  private CatalogCommands() {}

  /// A file in the columns of [#HEAD].
  static List<String> row(JsonNode file) {
    JsonNode metadata = file.path("metadata");
    return List.of(
        new ByteSize(file.path("size").asLong()).toString(),
        metadata.path("level").asString(""),
        metadata.has("run") ? Long.toString(metadata.path("run").asLong()) : "",
        copies(file),
        file.path("name").asString());
  }

  /// `madison, desy*`: a star for verified, the state where it is not available.
  private static String copies(JsonNode file) {
    List<String> all = new ArrayList<>();
    for (JsonNode replica : file.path("replicas")) {
      String state = replica.path("state").asString();
      all.add(
          replica.path("site").asString()
              + (replica.has("verified") ? "*" : "")
              + (state.equals("available") ? "" : "(" + state + ")"));
    }
    return String.join(", ", all);
  }

  /// `firn file`.
  @Command(
      name = "file",
      description = "Show what the catalog knows of names, and register one.",
      subcommands = {Show.class, Ls.class, History.class, RegisterCommand.class})
  public static final class FileGroup {}

  @Command(name = "show", description = "Show one file with its copies and metadata.")
  static final class Show extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      JsonNode file = load(remote, name);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(file);
        return ExitCode.DONE.status();
      }
      List<List<String>> facts = new ArrayList<>();
      for (String key : List.of("name", "uuid", "size", "created")) {
        facts.add(List.of(key, file.path(key).asString()));
      }
      file.path("checksums")
          .properties()
          .forEach(e -> facts.add(List.of(e.getKey(), e.getValue().asString())));
      file.path("metadata")
          .properties()
          .forEach(e ->
              facts.add(
                  List.of(
                      e.getKey(),
                      e.getValue().isValueNode()
                          ? e.getValue().asString()
                          : e.getValue().toString())));
      out.print(Text.table(List.of("", ""), facts).stripLeading());
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode r : file.path("replicas")) {
        String bundle = r.path("bundle").asString("");
        rows.add(
            List.of(
                r.path("site").asString(),
                r.path("state").asString(),
                r.path("verified").asString("never"),
                r.path("verified_how").asString(""),
                bundle.isEmpty() ? r.path("path").asString() : "in bundle " + bundle));
      }
      out.println();
      out.print(Text.table(List.of("SITE", "STATE", "VERIFIED", "HOW", "WHERE"), rows));
      return ExitCode.DONE.status();
    }
  }

  private static JsonNode load(Remote remote, String name) throws IOException {
    return remote.get(Remote.query("/api/v1/file", Map.of("name", name)));
  }

  @Command(name = "ls", description = "List a directory of the catalog.")
  static final class Ls implements Callable<Integer> {
    @Mixin Remote remote = new Remote();

    @Parameters(paramLabel = "NAME", defaultValue = "/")
    String name = "/";

    @Option(names = "--json", description = "Print one JSON document a page.")
    boolean json;

    @Spec CommandSpec spec;

    @Override
    public Integer call() throws IOException {
      PrintWriter out = spec.commandLine().getOut();
      Map<String, String> parameters = new LinkedHashMap<>();
      parameters.put("name", name);
      parameters.put("limit", "1000");
      boolean empty = true;
      while (true) {
        JsonNode page = remote.get(Remote.query("/api/v1/list", parameters));
        empty &= page.path("directories").isEmpty() && page.path("files").isEmpty();
        print(out, page);
        if (!page.has("next")) {
          return (empty ? ExitCode.NEGATIVE : ExitCode.DONE).status();
        }
        parameters.put("after", page.path("next").asString());
      }
    }

    private void print(PrintWriter out, JsonNode page) {
      if (json) {
        out.println(page);
        return;
      }
      page.path("directories").forEach(d -> out.println(Text.printable(d.asString()) + "/"));
      List<List<String>> rows = new ArrayList<>();
      page.path("files").forEach(f -> rows.add(row(f)));
      if (!rows.isEmpty()) {
        out.print(Text.table(HEAD, rows));
      }
    }
  }

  @Command(name = "history", description = "Show what happened to a file and its copies.")
  static final class History extends RemoteCommand {
    @Parameters(paramLabel = "NAME")
    String name = "";

    @Override
    public Integer call() throws IOException {
      String uuid = load(remote, name).path("uuid").asString();
      JsonNode answer =
          remote.get(Remote.query("/api/v1/history", Map.of("file", uuid, "limit", "1000")));
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(answer);
        return ExitCode.DONE.status();
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode h : answer.path("history")) {
        rows.add(
            List.of(
                h.path("at").asString(),
                h.path("detail").path("site").asString(""),
                h.path("from").asString("-") + " > " + h.path("to").asString("-"),
                h.path("who").asString(),
                h.path("why").asString()));
      }
      out.print(Text.table(List.of("WHEN", "SITE", "CHANGE", "WHO", "WHY"), rows));
      return ExitCode.DONE.status();
    }
  }
}
