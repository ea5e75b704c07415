package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "merge",
    description = {
      "Write the frames of FILEs, in the order given, into one .i3 file; every checksum is verified"
          + " and objects pass unchanged.",
      "G, C and D frames that repeat the ones in force are left out. An event (run, subrun, event)"
          + " that two of the files have is an error: nothing is written and the exit is 1."
    })
final class I3Merge implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PARENTS = "GCD";

  @Parameters(arity = "1..*", paramLabel = "FILE")
  List<Path> files = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "Packed as its name says: .i3, .i3.gz, .i3.bz2 or .i3.zst.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print what was done as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  private record EventName(long run, long subrun, long event) {}

  private final Map<Character, Frame> inForce = new HashMap<>();
  private final Set<EventName> earlier = new HashSet<>();
  private long frames;
  private long repeated;

  @Override
  public Integer call() throws IOException {
    Path part = out.resolveSibling("." + out.getFileName() + ".part");
    Path reading = files.getFirst();
    try {
      try (OutputStream to = I3Packing.open(part, out)) {
        FrameWriter writer = new FrameWriter(to);
        for (Path file : files) {
          reading = file;
          append(file, writer);
        }
      }
      Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | IllegalArgumentException e) {
      String why = e instanceof IOException io ? whyNot(io) : e.getMessage();
      spec.commandLine().getErr().println("firn: " + Text.printable(reading + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(part);
    }
    report();
    return ExitCode.DONE.status();
  }

  private static @Nullable String whyNot(IOException e) {
    return e instanceof I3Exception ? e.getMessage() : I3Verify.whyUnread(e);
  }

  private void append(Path file, FrameWriter writer) throws IOException {
    Set<EventName> here = new HashSet<>();
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        if (isInForce(frame)) {
          repeated++;
          continue;
        }
        Optional<EventName> name = name(frame);
        if (name.isPresent()) {
          refuseIfEarlier(name.get(), frame);
          here.add(name.get());
        }
        writer.write(frame);
        frames++;
      }
    }
    earlier.addAll(here);
  }

  private void refuseIfEarlier(EventName name, Frame frame) throws I3Exception {
    if (earlier.contains(name)) {
      throw new I3Exception(
          frame.index(),
          frame.offset(),
          "event %d/%d/%d is in an earlier file too"
              .formatted(name.run(), name.subrun(), name.event()));
    }
  }

  private static Optional<EventName> name(Frame frame) throws I3Exception {
    if (frame.stop() != 'Q' && frame.stop() != 'P') {
      return Optional.empty();
    }
    Optional<EventHeader> header = frame.eventHeader();
    return header.map(h -> new EventName(h.run(), h.subrun(), h.event()));
  }

  /// Whether this is a G, C or D frame like the last of its stop, byte for byte.
  private boolean isInForce(Frame frame) {
    if (PARENTS.indexOf(frame.stop()) < 0) {
      return false;
    }
    Frame before = inForce.get(frame.stop());
    if (before != null && isSame(before, frame)) {
      return true;
    }
    inForce.put(frame.stop(), frame);
    return false;
  }

  private static boolean isSame(Frame one, Frame other) {
    List<FrameObject> a = one.objects();
    List<FrameObject> b = other.objects();
    boolean same = a.size() == b.size();
    for (int i = 0; same && i < a.size(); i++) {
      same =
          a.get(i).key().equals(b.get(i).key())
              && a.get(i).type().equals(b.get(i).type())
              && Arrays.equals(a.get(i).blob(), b.get(i).blob());
    }
    return same;
  }

  private void report() {
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("out", out.toString());
      document.put("files", files.size());
      document.put("frames", frames);
      document.put("repeated_frames", repeated);
      spec.commandLine().getOut().println(JSON.writeValueAsString(document));
    } else {
      String line =
          "%s: %d files, %d frames, %d repeated ones left out"
              .formatted(out, files.size(), frames, repeated);
      spec.commandLine().getOut().println(Text.printable(line));
    }
  }
}
