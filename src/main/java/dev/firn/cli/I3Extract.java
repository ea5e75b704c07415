package dev.firn.cli;

import dev.firn.i3.FrameWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "extract",
    description = {
      "Write chosen events of FILEs, with the G, C, D and Q frames they inherit from, into a valid"
          + " .i3 file.",
      "Objects pass unchanged. Exit 1 if an event was not found. A GCD file comes first."
    })
final class I3Extract implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Parameters(arity = "1..*", paramLabel = "FILE")
  List<Path> files = List.of();

  @Option(
      names = {"--event", "--events"},
      required = true,
      split = ",",
      paramLabel = "[RUN/[SUBRUN/]]EVENT",
      description = "Which events; without RUN of any run, without SUBRUN of any subrun.")
  List<String> wanted = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "Packed as its name says: .i3, .i3.gz, .i3.bz2 or .i3.zst.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print what was done as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    for (String name : wanted) {
      if (!name.matches("(\\d{1,10}/){0,2}\\d{1,10}")) {
        throw new ParameterException(
            spec.commandLine(),
            "not an event (EVENT, RUN/EVENT or RUN/SUBRUN/EVENT): " + Text.printable(name));
      }
    }
    EventExtraction extraction = new EventExtraction(wanted);
    Path part = out.resolveSibling("." + out.getFileName() + ".part");
    Path reading = files.getFirst();
    try {
      try (OutputStream to = I3Packing.open(part, out)) {
        FrameWriter writer = new FrameWriter(to);
        for (Path file : files) {
          reading = file;
          try (InputStream in = Files.newInputStream(file)) {
            extraction.take(in, writer);
          }
        }
      }
      if (extraction.frames() > 0) {
        Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      String why = I3Verify.whyUnread(e);
      spec.commandLine().getErr().println("firn: " + Text.printable(reading + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(part);
    }
    return report(extraction);
  }

  private int report(EventExtraction extraction) {
    Set<String> found = extraction.found();
    long frames = extraction.frames();
    List<String> missing = new ArrayList<>(wanted);
    missing.removeAll(found);
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("out", out.toString());
      document.put("frames", frames);
      document.put("found", List.copyOf(found));
      document.put("missing", missing);
      spec.commandLine().getOut().println(JSON.writeValueAsString(document));
    } else {
      String line = "%s: %d events, %d frames".formatted(out, found.size(), frames);
      spec.commandLine().getOut().println(Text.printable(line));
    }
    if (!missing.isEmpty()) {
      spec.commandLine().getErr().println("firn: not found: " + String.join(", ", missing));
      return ExitCode.NEGATIVE.status();
    }
    return ExitCode.DONE.status();
  }
}
