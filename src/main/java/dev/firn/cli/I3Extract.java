package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Exception;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
      paramLabel = "[RUN/]EVENT",
      description = "Which events; without RUN, of any run.")
  List<String> wanted = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "Packed as its name says: .i3, .i3.gz or .i3.zst.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print what was done as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  private final Set<String> found = new LinkedHashSet<>();
  private final Map<Character, Frame> parents = new HashMap<>();
  private final Map<Character, Frame> written = new HashMap<>();
  private long frames;

  @Override
  public Integer call() throws IOException {
    for (String name : wanted) {
      if (!name.matches("(\\d{1,10}/)?\\d{1,10}")) {
        throw new ParameterException(
            spec.commandLine(), "not an event (EVENT or RUN/EVENT): " + Text.printable(name));
      }
    }
    Path part = out.resolveSibling("." + out.getFileName() + ".part");
    Path reading = files.getFirst();
    try {
      try (OutputStream to = I3Packing.open(part, out)) {
        FrameWriter writer = new FrameWriter(to);
        for (Path file : files) {
          reading = file;
          extract(file, writer);
        }
      }
      if (frames > 0) {
        Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      String why = e instanceof I3Exception ? e.getMessage() : I3Verify.whyUnread(e);
      spec.commandLine().getErr().println("firn: " + Text.printable(reading + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(part);
    }
    return report();
  }

  private void extract(Path file, FrameWriter writer) throws IOException {
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      ReadoutReader readouts = new ReadoutReader(reader);
      for (Optional<Readout> r = readouts.next(); r.isPresent(); r = readouts.next()) {
        r.get().parents().forEach(parent -> parents.put(parent.stop(), parent));
        List<Frame> chosen = chosen(r.get());
        if (!chosen.isEmpty()) {
          writeParents(writer);
          for (Frame frame : chosen) {
            writer.write(frame);
            frames++;
          }
        }
      }
      readouts.parents().forEach(parent -> parents.put(parent.stop(), parent));
    }
  }

  /// A readout chosen by its Q frame's number comes whole; by a P frame's own number, with that P
  /// frame alone.
  private List<Frame> chosen(Readout readout) throws I3Exception {
    List<Frame> chosen = new ArrayList<>();
    boolean whole = readout.daq().isPresent() && isWanted(readout.daq().get().eventHeader());
    for (Frame frame : readout.physics()) {
      if (isWanted(readout.header(frame)) || whole) {
        chosen.add(frame);
      }
    }
    if (whole || !chosen.isEmpty()) {
      readout.daq().ifPresent(daq -> chosen.add(0, daq));
    }
    return chosen;
  }

  private boolean isWanted(Optional<EventHeader> header) {
    boolean any = false;
    if (header.isPresent()) {
      String event = String.valueOf(header.get().event());
      for (String name : new String[] {event, header.get().run() + "/" + event}) {
        if (wanted.contains(name)) {
          found.add(name);
          any = true;
        }
      }
    }
    return any;
  }

  /// Writes those of G, C and D that came after the ones written last.
  private void writeParents(FrameWriter writer) throws IOException {
    for (char stop : new char[] {'S', 'G', 'C', 'D'}) {
      Frame parent = parents.get(stop);
      if (parent != null && written.get(stop) != parent) {
        writer.write(parent);
        written.put(stop, parent);
        frames++;
      }
    }
  }

  private int report() {
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
