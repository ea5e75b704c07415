package dev.firn.cli;

import dev.firn.i3.Frame;
import dev.firn.i3.FrameChain;
import dev.firn.i3.FrameChecksum;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.PlainObjects;
import dev.firn.i3.data.PulseResolver;
import dev.firn.i3.data.Pulses;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "cat",
    description = {
      "Print the objects of FILE's frames.",
      "Public classes are decoded, pulses resolved; of others the type and the number of bytes are"
          + " shown. What cannot be read is said, with exit 1; where no frame can be told any more it"
          + " ends."
    })
final class I3Cat implements Callable<Integer> {
  private static final JsonMapper JSON =
      JsonMapper.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  @Parameters(paramLabel = "FILE")
  Path file = Path.of("");

  @Option(names = "--frame", paramLabel = "N", description = "Only this frame, counted from 0.")
  @Nullable Long only;

  @Option(names = "--stop", paramLabel = "C", description = "Only frames of this stop.")
  @Nullable Character stop;

  @Option(names = "--key", paramLabel = "KEY", description = "Only these objects (repeatable).")
  List<String> keys = List.of();

  @Option(names = "--json", description = "Print one JSON document a frame, each on a line.")
  boolean json;

  @Spec CommandSpec spec;

  private long unreadable;
  private String firstUnreadable = "";

  @Override
  public Integer call() {
    boolean sound = true;
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.lenient(in)) {
      FrameChain chain = new FrameChain();
      for (Optional<Frame> f = reader.next(); f.isPresent(); f = reader.next()) {
        Frame frame = f.get();
        chain.add(frame);
        chain.requireRoom();
        boolean wanted = only == null || only == frame.index();
        if (wanted && (stop == null || stop == frame.stop())) {
          sound &= print(frame, chain);
        }
        if (only != null && frame.index() >= only) {
          break;
        }
      }
    } catch (IOException e) {
      String why = I3Verify.whyUnread(e);
      spec.commandLine().getOut().flush();
      spec.commandLine().getErr().println("firn: " + Text.printable(file + ": " + why));
      sound = false;
    }
    spec.commandLine().getOut().flush();
    if (unreadable > 0) {
      String count = unreadable == 1 ? "1 object" : unreadable + " objects";
      spec.commandLine()
          .getErr()
          .println(
              "firn: "
                  + Text.printable(
                      "%s: %s cannot be read, the first is %s"
                          .formatted(file, count, firstUnreadable)));
      sound = false;
    }
    return (sound ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }

  private boolean print(Frame frame, FrameChain chain) {
    Map<String, Object> objects = new LinkedHashMap<>();
    PulseResolver resolver = new PulseResolver(chain);
    for (FrameObject object : frame.objects()) {
      if (keys.isEmpty() || keys.contains(object.key())) {
        objects.put(object.key(), describe(frame, object, resolver));
      }
    }
    String checksum = frame.checksum().name().toLowerCase(Locale.ROOT);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("frame", frame.index());
      document.put("stop", String.valueOf(frame.stop()));
      document.put("offset", frame.offset());
      document.put("checksum", checksum);
      document.put("objects", objects);
      JSON.writeValue(out, document);
      out.println();
    } else {
      out.println(
          Text.printable(
              "frame %d %c: offset %d, checksum %s"
                  .formatted(frame.index(), frame.stop(), frame.offset(), checksum)));
      objects.forEach((key, value) -> {
        out.print(Text.printable("  " + key + " "));
        JSON.writeValue(new PrintableWriter(out), value);
        out.println();
      });
    }
    return frame.checksum() != FrameChecksum.MISMATCH;
  }

  private Map<String, Object> describe(Frame frame, FrameObject object, PulseResolver resolver) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("type", object.type());
    description.put("bytes", object.size());
    try {
      if (PulseResolver.hasPulses(object)) {
        description.put("pulses", pulses(resolver.find(object.key()).orElseThrow()));
      } else {
        PlainObjects.read(object).ifPresent(value -> description.put("value", value));
      }
    } catch (I3Exception e) {
      description.put("unreadable", e.reason());
      if (unreadable++ == 0) {
        firstUnreadable =
            "%s of frame %d at offset %d: %s"
                .formatted(object.key(), frame.index(), frame.offset(), e.reason());
      }
    }
    return description;
  }

  /// Made one by one as they are printed: an event may have millions.
  private static List<Map<String, Object>> pulses(Pulses pulses) {
    return list(
        0,
        pulses.modules(),
        m -> {
          Map<String, Object> module = new LinkedHashMap<>();
          module.put("string", pulses.key(m).string());
          module.put("om", pulses.key(m).om());
          module.put("pmt", pulses.key(m).pmt());
          module.put("pulses", list(pulses.start(m), pulses.start(m + 1), p -> pulse(pulses, p)));
          return module;
        });
  }

  private static Map<String, Object> pulse(Pulses pulses, int p) {
    Map<String, Object> pulse = new LinkedHashMap<>();
    pulse.put("time", pulses.time(p));
    pulse.put("charge", pulses.charge(p));
    pulse.put("width", pulses.width(p));
    pulse.put("flags", pulses.flags(p));
    return pulse;
  }

  private static List<Map<String, Object>> list(
      int from, int to, IntFunction<Map<String, Object>> element) {
    return new AbstractList<>() {
      @Override
      public Map<String, Object> get(int index) {
        return element.apply(from + index);
      }

      @Override
      public int size() {
        return to - from;
      }
    };
  }
}
