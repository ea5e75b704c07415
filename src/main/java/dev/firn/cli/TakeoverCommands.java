package dev.firn.cli;

import dev.firn.model.ByteSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/// `firn archive import` and `firn archive survey`.
final class TakeoverCommands {
  private static final String API = "/api/v1/archive/";

  private TakeoverCommands() {}

  @Command(
      name = "import",
      description =
          "Take over the bundles that lie at a site already; goes on where it was when run again.")
  static final class Import extends RemoteCommand {
    @Parameters(paramLabel = "SITE", description = "The archive site.")
    String site = "";

    @Parameters(paramLabel = "FOLDER", description = "Where its bundles lie, as a path there.")
    String folder = "";

    @Option(
        names = "--checksums",
        paramLabel = "FILE",
        description = "Their sha512, as sha512sum prints them; else the site is asked.")
    @Nullable Path checksums;

    private @Nullable JsonNode last;
    private final long begun = System.nanoTime();
    private boolean shown;

    @Override
    public Integer call() throws IOException {
      Map<String, Object> order = new LinkedHashMap<>();
      order.put("site", site);
      order.put("folder", folder);
      if (checksums != null) {
        order.put("checksums", read(checksums));
      }
      remote.lines("POST", API + "import", order, this::tell);
      JsonNode end = last;
      if (end != null && (end.has("error") || end.path("failed").asLong() > 0)) {
        spec.commandLine().getErr().println(Text.printable("firn: " + trouble(end)));
        return ExitCode.UNKNOWN.status();
      }
      if (end == null || !end.path("whole").asBoolean(false)) {
        spec.commandLine().getErr().println("firn: the answer ended early; run it again to go on");
        return ExitCode.UNKNOWN.status();
      }
      return ExitCode.DONE.status();
    }

    private String trouble(JsonNode end) {
      String why =
          end.has("error")
              ? end.path("error").asString()
              : end.path("failed").asLong()
                  + " bundles could not be taken over now (the hub's log says why)";
      return why + "; run it again to go on";
    }

    private void tell(JsonNode line) {
      if (line.has("reading")) {
        transientLine(reading(line, Duration.ofNanos(System.nanoTime() - begun)));
        return;
      }
      transientLine("");
      last = line;
      if (json) {
        out().println(line);
      } else if (!line.has("error")) {
        String waiting =
            line.path("waiting").asLong() == 0
                ? ""
                : ", %d on their way from tape".formatted(line.path("waiting").asLong());
        out()
            .println(
                "%d of %d bundles (%d known before)%s, %d files, %d of them new, %d findings"
                    .formatted(
                        line.path("known").asLong() + line.path("recorded").asLong(),
                        line.path("bundles").asLong(),
                        line.path("known").asLong(),
                        waiting,
                        line.path("members").asLong(),
                        line.path("created").asLong(),
                        line.path("findings").asLong()));
      }
      out().flush();
    }

    /// How far a long bundle is, how quick, and for how long still: if the bundles that are left
    /// take as long as those that are done.
    static String reading(JsonNode line, Duration since) {
      double seconds = Math.max(1e-3, since.toNanos() / 1e9);
      double done = Math.max(1, line.path("done").asLong());
      long left = (long) (line.path("left").asLong() * seconds / done);
      return "reading %s: %s of %s, %s/s, about %s left"
          .formatted(
              line.path("reading").asString(),
              new ByteSize(line.path("read").asLong()),
              new ByteSize(line.path("size").asLong()),
              new ByteSize((long) (line.path("all").asLong() / seconds)),
              Text.clock(Duration.ofSeconds(left)));
    }

    /// Shows a line that the next one takes the place of, to who sits at a terminal.
    private void transientLine(String text) {
      boolean person = !json && System.console() != null && System.console().isTerminal();
      if (person && (shown || !text.isEmpty())) {
        PrintWriter err = spec.commandLine().getErr();
        err.print("\r\u001b[K" + Text.printable(text));
        err.flush();
        shown = !text.isEmpty();
      }
    }

    /// `HEX path/NAME` lines, by name. A name that stands in it with two checksums is left out:
    /// which bundle is which is not to be told from the name.
    static Map<String, String> read(Path file) throws IOException {
      Map<String, String> sums = new LinkedHashMap<>();
      Set<String> doubtful = new HashSet<>();
      for (String line : Files.readAllLines(file)) {
        String[] fields = line.strip().split("\\s+[*]?", 2);
        if (fields.length == 2 && fields[0].length() == 128) {
          String name = fields[1].substring(fields[1].lastIndexOf('/') + 1);
          String before = sums.put(name, fields[0]);
          if (before != null && !before.equalsIgnoreCase(fields[0])) {
            doubtful.add(name);
          }
        } else if (!line.isBlank()) {
          throw new IOException(file + " has a line that is not from sha512sum: " + line);
        }
      }
      sums.keySet().removeAll(doubtful);
      return sums;
    }
  }

  @Command(
      name = "survey",
      description =
          "Say what is out of order in the archive: duplicates, missing parts, absent days, runs"
              + " without GCD; exit 1 if anything is.")
  static final class SurveyCommand extends RemoteCommand {
    @Option(names = "--site", description = "Only this site.")
    @Nullable String site;

    @Override
    public Integer call() throws IOException {
      Map<String, @Nullable Object> filter = new LinkedHashMap<>();
      filter.put("site", site);
      JsonNode survey = remote.get(Remote.query(API + "survey", filter));
      List<String> lines = lines(survey);
      if (json) {
        out().println(survey);
      } else {
        PrintWriter out = out();
        out.println("bundles by manifest version (0: none): " + survey.path("bundles"));
        lines.forEach(line -> out.println(Text.printable(line)));
        out.println(lines.isEmpty() ? "nothing is out of order" : lines.size() + " lines");
      }
      return (lines.isEmpty() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
    }

    private static List<String> lines(JsonNode survey) {
      List<String> lines = new ArrayList<>();
      for (JsonNode group : survey.path("duplicateBundles")) {
        lines.add("same files in the bundles " + group);
      }
      for (JsonNode file : survey.path("duplicateFiles")) {
        lines.add(file.path("name").asString() + " lies in the bundles " + file.path("bundles"));
      }
      for (JsonNode run : survey.path("missing")) {
        String where =
            "run %d subrun %d level %s: "
                .formatted(
                    run.path("run").asInt(),
                    run.path("subrun").asInt(),
                    run.path("level").asString());
        if (!run.path("gaps").isEmpty()) {
          lines.add(where + "nobody knows the parts " + run.path("gaps"));
        }
        if (!run.path("unarchived").isEmpty()) {
          lines.add(where + "in no bundle: " + run.path("unarchived"));
        }
      }
      for (JsonNode day : survey.path("absentDays")) {
        lines.add(
            "no data of " + day.path("day").asString() + " in " + day.path("kind").asString());
      }
      if (!survey.path("runsWithoutGcd").isEmpty()) {
        lines.add("no GCD file for the runs " + survey.path("runsWithoutGcd"));
      }
      for (JsonNode finding : survey.path("findings")) {
        lines.add(
            "%s in %s: %s (%s)"
                .formatted(
                    finding.path("kind").asString(),
                    finding.path("bundle").asString(),
                    finding.path("subject").asString(),
                    finding.path("detail").asString()));
      }
      return lines;
    }
  }
}
