package dev.firn.cli;

import dev.firn.cli.EventsOfFiles.Met;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Exception;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "merge",
    description = {
      "Write the frames of FILEs, in the order given, into one .i3 file; every checksum is verified"
          + " and objects pass unchanged.",
      "G, C and D frames that repeat the ones in force are left out. An event (run, subrun, event)"
          + " that two of the files have is an error: nothing is written and the exit is 1.",
      "Memory is bounded: the names of very many events are kept in a file beside OUT meanwhile,"
          + " 32 bytes each."
    })
final class I3Merge implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PARENTS = "GCD";

  /// Some 15 MB of them.
  private static final int NAMES_HELD = 1 << 18;

  @Parameters(arity = "1..*", paramLabel = "FILE")
  List<Path> files = List.of();

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "Packed as its name says: .i3, .i3.gz, .i3.bz2 or .i3.zst.")
  Path out = Path.of("");

  @Option(
      names = "--frame-version",
      paramLabel = "VERSION",
      description = "Lay every frame out in this version, 2 to 6 (default: the one it has).")
  @Nullable Integer version;

  @Option(names = "--json", description = "Print what was done as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  private final Map<Character, String> inForce = new HashMap<>(); // digests of their objects
  private long frames;
  private long repeated;

  @Override
  public Integer call() throws IOException {
    if (version != null && (version < 2 || version > 6)) {
      throw new ParameterException(spec.commandLine(), "--frame-version is 2 to 6");
    }
    Path part = out.resolveSibling("." + out.getFileName() + ".part");
    Path aside = out.resolveSibling("." + out.getFileName() + ".events");
    Path reading = files.getFirst();
    try (EventsOfFiles names = new EventsOfFiles(aside, NAMES_HELD)) {
      try (OutputStream to = I3Packing.open(part, out)) {
        FrameWriter writer = new FrameWriter(to);
        for (int i = 0; i < files.size(); i++) {
          reading = files.get(i);
          append(i, writer, names);
        }
      }
      Optional<Met> repeated = names.firstRepeated();
      if (repeated.isPresent()) {
        reading = files.get(repeated.get().file());
        throw inAnEarlierFile(repeated.get());
      }
      Files.move(part, out, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException | IllegalArgumentException e) {
      String why = e instanceof IOException io ? I3Verify.whyUnread(io) : e.getMessage();
      spec.commandLine().getErr().println("firn: " + Text.printable(reading + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(part);
    }
    report();
    return ExitCode.DONE.status();
  }

  private void append(int file, FrameWriter writer, EventsOfFiles names) throws IOException {
    Met before = null;
    try (InputStream in = Files.newInputStream(files.get(file));
        FrameReader reader = FrameReader.strict(in)) {
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        if (isInForce(frame)) {
          repeated++;
          continue;
        }
        Met met = met(file, frame);
        if (met != null && (before == null || !before.hasNameOf(met))) {
          names.add(met);
          before = met;
        }
        writer.write(version == null ? frame : frame.as(version));
        frames++;
      }
    }
  }

  private static I3Exception inAnEarlierFile(Met met) {
    return new I3Exception(
        met.frame(),
        met.offset(),
        "event %d/%d/%d is in an earlier file too".formatted(met.run(), met.subrun(), met.event()));
  }

  private static @Nullable Met met(int file, Frame frame) throws I3Exception {
    if (frame.stop() != 'Q' && frame.stop() != 'P') {
      return null;
    }
    return frame
        .eventHeader()
        .map(h -> new Met(h.run(), h.subrun(), h.event(), file, frame.index(), frame.offset()))
        .orElse(null);
  }

  /// Whether this is a G, C or D frame like the last of its stop, byte for byte.
  private boolean isInForce(Frame frame) {
    if (PARENTS.indexOf(frame.stop()) < 0) {
      return false;
    }
    String digest = digest(frame);
    return digest.equals(inForce.put(frame.stop(), digest));
  }

  private static String digest(Frame frame) {
    MessageDigest sha256;
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (FrameObject object : frame.objects()) {
      for (byte[] part : List.of(bytes(object.key()), bytes(object.type()), object.blob())) {
        sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, part.length));
        sha256.update(part);
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static byte[] bytes(String name) {
    return name.getBytes(StandardCharsets.ISO_8859_1);
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
