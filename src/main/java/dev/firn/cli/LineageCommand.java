package dev.firn.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

/// `firn lineage FILE`: what a file was made from, and what was made from it.
@Command(
    name = "lineage",
    description = "Show what a file was made from and what was made from it.")
public final class LineageCommand implements Callable<Integer> {
  @Mixin Remote remote = new Remote();

  @Parameters(paramLabel = "FILE")
  String name = "";

  @Option(names = "--depth", paramLabel = "N", description = "At most so many steps.")
  int depth = 50;

  @Option(names = "--json", description = "Print one JSON document: nodes and edges.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    JsonNode answer =
        remote.get(Remote.query("/api/v1/lineage", Map.of("name", name, "depth", depth)));
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer);
      return ExitCode.DONE.status();
    }
    Map<String, String> names = new HashMap<>();
    answer
        .path("nodes")
        .forEach(n -> names.put(n.path("uuid").asString(), n.path("name").asString()));
    String own = answer.path("nodes").path(0).path("uuid").asString();
    out.println(Text.printable(names.getOrDefault(own, name)));
    out.println("made from:");
    tree(out, answer, names, List.of("child", "parent"), own);
    answer
        .path("awaited")
        .forEach(a -> out.println("  " + Text.printable(a.asString()) + " (not registered)"));
    out.println("made into:");
    tree(out, answer, names, List.of("parent", "child"), own);
    if (!answer.path("whole").asBoolean(true)) {
      out.println("there is more than is shown");
    }
    return ExitCode.DONE.status();
  }

  /// @param along from which end of an edge to which
  private static void tree(
      PrintWriter out,
      JsonNode answer,
      Map<String, String> names,
      List<String> along,
      String from) {
    Map<String, Set<String>> next = new HashMap<>();
    for (JsonNode edge : answer.path("edges")) {
      next.computeIfAbsent(edge.path(along.getFirst()).asString(), k -> new TreeSet<>())
          .add(edge.path(along.getLast()).asString());
    }
    Tree tree = new Tree(out, names, next, new HashSet<>());
    tree.print(from, 1);
  }

  /// A file that is reached twice is followed once.
  private record Tree(
      PrintWriter out, Map<String, String> names, Map<String, Set<String>> next, Set<String> seen) {
    void print(String from, int depth) {
      for (String to : next.getOrDefault(from, Set.of())) {
        boolean first = seen.add(to);
        String more = first || !next.containsKey(to) ? "" : " (see above)";
        out.println("  ".repeat(depth) + Text.printable(names.getOrDefault(to, to)) + more);
        if (first) {
          print(to, depth + 1);
        }
      }
    }
  }
}
