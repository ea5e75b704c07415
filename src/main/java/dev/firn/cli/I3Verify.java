package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.I3Report;
import dev.firn.i3.I3Scan;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "verify",
    description = {
      "Read every frame of every FILE and check its checksum: one line a file.",
      "Exit 1 if any file is damaged, with the frame, its offset and the reason.",
      "Plain, gzip, bzip2, zstd and tar are told by content."
    })
final class I3Verify implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Parameters(arity = "1..*", paramLabel = "FILE")
  List<Path> files = List.of();

  @Option(names = "--json", description = "Print one JSON document a file, each on a line.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    boolean sound = true;
    for (Path file : files) {
      sound &= verify(file);
    }
    return (sound ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }

  private boolean verify(Path file) {
    PrintWriter out = spec.commandLine().getOut();
    try (InputStream in = Files.newInputStream(file)) {
      I3Report report = I3Scan.scan(in);
      out.println(json ? JSON.writeValueAsString(document(file, report)) : line(file, report));
      out.flush();
      return report.sound();
    } catch (IOException e) {
      String why = whyUnread(e);
      if (json) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("file", file.toString());
        document.put("sound", false);
        document.put("detail", why);
        out.println(JSON.writeValueAsString(document));
      } else {
        spec.commandLine().getErr().println("firn: " + Text.printable(file + ": " + why));
      }
      return false;
    }
  }

  /// What is wrong with a file, in words: of damage its frame and offset.
  static String whyUnread(IOException e) {
    return switch (e) {
      case I3Exception damage -> String.valueOf(damage.getMessage());
      case NoSuchFileException _ -> "no such file";
      default -> "cannot be read: " + e.getMessage();
    };
  }

  static String line(Path file, I3Report report) {
    String verdict =
        report.sound() ? "sound" : "DAMAGED: " + report.problems().getFirst() + more(report);
    return Text.printable(
        "%s: %s; %d frames (%s), %d events, %s"
            .formatted(
                file,
                verdict,
                report.frames(),
                report.frameCounts(),
                report.events(),
                checksums(report)));
  }

  private static String more(I3Report report) {
    int more = report.problems().size() - 1;
    return more == 0 ? "" : " (and " + more + " more)";
  }

  static String checksums(I3Report report) {
    List<String> parts = new ArrayList<>();
    parts.add(report.checksumsVerified() + " checksums verified");
    if (report.checksumsFailed() > 0) {
      parts.add(report.checksumsFailed() + " WRONG");
    }
    if (report.checksumsAbsent() > 0) {
      parts.add(report.checksumsAbsent() + " frames of an old version without one");
    }
    return String.join(", ", parts);
  }

  static Map<String, Object> document(Path file, I3Report report) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("file", file.toString());
    document.put("sound", report.sound());
    document.put("compression", report.compression().label());
    document.put("tar", report.tar());
    document.put("uncompressed_bytes", report.length());
    document.put("frames", report.frames());
    Map<String, Long> stops = new LinkedHashMap<>();
    report.framesByStop().forEach((stop, count) -> stops.put(String.valueOf(stop), count));
    document.put("frames_by_stop", stops);
    Map<String, Long> versions = new LinkedHashMap<>();
    report.framesByVersion().forEach((version, count) -> versions.put("" + version, count));
    document.put("frames_by_version", versions);
    document.put("checksums_verified", report.checksumsVerified());
    document.put("checksums_failed", report.checksumsFailed());
    document.put("checksums_absent", report.checksumsAbsent());
    document.put("events", report.events());
    document.put("first_event", event(report.firstEvent()));
    document.put("last_event", event(report.lastEvent()));
    List<Map<String, Object>> problems = new ArrayList<>();
    for (I3Report.Problem problem : report.problems()) {
      problems.add(
          Map.of("frame", problem.frame(), "offset", problem.offset(), "reason", problem.reason()));
    }
    document.put("problems", problems);
    return document;
  }

  /// An event's name and times; null when there is none.
  static @Nullable Map<String, Object> event(Optional<EventHeader> header) {
    if (header.isEmpty()) {
      return null;
    }
    EventHeader h = header.get();
    Map<String, Object> event = new LinkedHashMap<>();
    event.put("run", h.run());
    event.put("subrun", h.subrun());
    event.put("event", h.event());
    event.put("sub_event", h.subEvent());
    event.put("sub_event_stream", h.subEventStream());
    h.start().toInstant().ifPresent(start -> event.put("start", start.toString()));
    event.put("year", h.start().year());
    event.put("ticks", h.start().ticks());
    return event;
  }
}
