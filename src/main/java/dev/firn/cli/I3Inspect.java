package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "inspect",
    description = {
      "List the frames of FILE: stop, version, offset, checksum, event, and the keys, types and"
          + " sizes of their objects.",
      "What can be read of a damaged file is listed; exit 1 then."
    })
final class I3Inspect implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Parameters(paramLabel = "FILE")
  Path file = Path.of("");

  @Option(names = "--frames", description = "List frames only, without their objects.")
  boolean framesOnly;

  @Option(names = "--json", description = "Print one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    try (InputStream in = Files.newInputStream(file);
        FrameReader reader = FrameReader.lenient(in)) {
      try (Listing listing = json ? new JsonListing(out) : new TextListing(out)) {
        return list(reader, listing).status();
      }
    } catch (IOException e) {
      String why = Text.printable(file + ": " + I3Verify.whyUnread(e));
      spec.commandLine().getErr().println("firn: " + why);
      return ExitCode.NEGATIVE.status();
    }
  }

  private ExitCode list(FrameReader reader, Listing listing) throws IOException {
    listing.begin(file.toString(), reader.compression().label());
    boolean sound = true;
    try {
      for (Optional<Frame> next = reader.next(); next.isPresent(); next = reader.next()) {
        Frame frame = next.get();
        EventHeader header = null;
        I3Exception unreadable = null;
        try {
          header = frame.eventHeader().orElse(null);
        } catch (I3Exception e) {
          unreadable = e;
        }
        listing.frame(frame, header, !framesOnly);
        sound &= unreadable == null && !mismatch(frame);
        if (unreadable != null) {
          listing.problem(unreadable);
        }
      }
    } catch (I3Exception e) {
      listing.problem(e);
      sound = false;
    }
    return sound ? ExitCode.DONE : ExitCode.NEGATIVE;
  }

  private static boolean mismatch(Frame frame) {
    return switch (frame.checksum()) {
      case MISMATCH -> true;
      case VERIFIED, NONE -> false;
    };
  }

  /// Where the frames are listed, as they come.
  private sealed interface Listing extends AutoCloseable {
    void begin(String name, String compression);

    void frame(Frame frame, @Nullable EventHeader header, boolean objects);

    void problem(I3Exception problem);

    @Override
    void close();
  }

  private record TextListing(PrintWriter out) implements Listing {
    @Override
    public void begin(String name, String compression) {
      out.println(Text.printable(name + ": " + compression));
    }

    @Override
    public void frame(Frame frame, @Nullable EventHeader header, boolean objects) {
      String event =
          header == null
              ? ""
              : ", run %d subrun %d event %d %s"
                  .formatted(header.run(), header.subrun(), header.event(), stream(header));
      out.println(
          Text.printable(
              "frame %d %c: version %d, offset %d, %d objects, checksum %s%s"
                  .formatted(
                      frame.index(),
                      frame.stop(),
                      frame.version(),
                      frame.offset(),
                      frame.objects().size(),
                      frame.checksum().name().toLowerCase(Locale.ROOT),
                      event.stripTrailing())));
      if (objects) {
        for (FrameObject object : frame.objects()) {
          out.println(
              Text.printable(
                  "  %-40s %-50s %10d".formatted(object.key(), object.type(), object.size())));
        }
      }
    }

    private static String stream(EventHeader header) {
      return header.subEventStream().isEmpty()
          ? ""
          : header.subEventStream() + " " + header.subEvent();
    }

    @Override
    public void problem(I3Exception problem) {
      out.println(Text.printable("DAMAGED: " + problem.getMessage()));
    }

    @Override
    public void close() {
      out.flush();
    }
  }

  private static final class JsonListing implements Listing {
    private static final int MAX_PROBLEMS = 1000;

    private final PrintWriter out;
    private final JsonGenerator to;
    private final List<I3Exception> problems = new ArrayList<>();

    JsonListing(PrintWriter out) {
      this.out = out;
      to = JSON.createGenerator(new KeepOpen(out));
    }

    @Override
    public void begin(String name, String compression) {
      to.writeStartObject();
      to.writeStringProperty("file", name);
      to.writeStringProperty("compression", compression);
      to.writeArrayPropertyStart("frames");
    }

    @Override
    public void frame(Frame frame, @Nullable EventHeader header, boolean objects) {
      to.writeStartObject();
      to.writeNumberProperty("frame", frame.index());
      to.writeStringProperty("stop", String.valueOf(frame.stop()));
      to.writeNumberProperty("version", frame.version());
      to.writeNumberProperty("offset", frame.offset());
      to.writeStringProperty("checksum", frame.checksum().name().toLowerCase(Locale.ROOT));
      if (header != null) {
        to.writePOJOProperty("event", I3Verify.event(Optional.of(header)));
      }
      to.writeNumberProperty("object_count", frame.objects().size());
      if (objects) {
        to.writeArrayPropertyStart("objects");
        for (FrameObject object : frame.objects()) {
          to.writeStartObject();
          to.writeStringProperty("key", object.key());
          to.writeStringProperty("type", object.type());
          to.writeNumberProperty("size", object.size());
          to.writeEndObject();
        }
        to.writeEndArray();
      }
      to.writeEndObject();
    }

    @Override
    public void problem(I3Exception problem) {
      if (problems.size() < MAX_PROBLEMS) {
        problems.add(problem);
      }
    }

    @Override
    public void close() {
      to.writeEndArray();
      to.writeArrayPropertyStart("problems");
      for (I3Exception problem : problems) {
        to.writeStartObject();
        to.writeNumberProperty("frame", problem.frame());
        to.writeNumberProperty("offset", problem.offset());
        to.writeStringProperty("reason", problem.reason());
        to.writeEndObject();
      }
      to.writeEndArray();
      to.writeEndObject();
      to.close();
      out.println();
      out.flush();
    }
  }

  /// Standard output stays open after a document.
  private static final class KeepOpen extends FilterWriter {
    KeepOpen(Writer out) {
      super(out);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
