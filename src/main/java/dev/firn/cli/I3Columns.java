package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.I3Exception;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.PulseResolver;
import dev.firn.i3.data.Pulses;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

@Command(
    name = "columns",
    description = {
      "Write the events of FILE and the pulses behind a key as two tables, events.csv and"
          + " pulses.csv.",
      "Masks, unions and SuperDST are resolved. One row of events for every P frame, or for a Q"
          + " frame that no P frame follows."
    })
final class I3Columns implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String EVENT_COLUMNS =
      "frame,run,subrun,event,sub_event,sub_event_stream,start_utc,start_year,start_ticks,"
          + "end_year,end_ticks,pulses,first_pulse_row,last_pulse_row\n";
  private static final String PULSE_COLUMNS =
      "run,subrun,event,sub_event,string,om,pmt,time,charge,width,flags\n";

  /// Only this one yet.
  enum Format {
    CSV
  }

  @Parameters(paramLabel = "FILE")
  Path file = Path.of("");

  @Option(names = "--pulses", required = true, paramLabel = "KEY", description = "Which pulses.")
  String key = "";

  @Option(names = "--format", description = "How the tables are written: csv.")
  Format format = Format.CSV;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Made if absent.")
  Path out = Path.of("");

  @Option(names = "--json", description = "Print the counts as one JSON document.")
  boolean json;

  @Spec CommandSpec spec;

  private long events;
  private long pulses;
  private long without;

  @Override
  public Integer call() throws IOException {
    Files.createDirectories(out);
    Path eventTable = out.resolve(".events.csv.part");
    Path pulseTable = out.resolve(".pulses.csv.part");
    try {
      try (InputStream in = Files.newInputStream(file);
          FrameReader reader = FrameReader.strict(in);
          BufferedWriter eventRows = Files.newBufferedWriter(eventTable);
          BufferedWriter pulseRows = Files.newBufferedWriter(pulseTable)) {
        write(new ReadoutReader(reader), eventRows, pulseRows);
      }
      Files.move(eventTable, out.resolve("events.csv"), StandardCopyOption.REPLACE_EXISTING);
      Files.move(pulseTable, out.resolve("pulses.csv"), StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      String why = e instanceof I3Exception ? e.getMessage() : I3Verify.whyUnread(e);
      spec.commandLine().getErr().println("firn: " + Text.printable(file + ": " + why));
      return ExitCode.NEGATIVE.status();
    } finally {
      Files.deleteIfExists(eventTable);
      Files.deleteIfExists(pulseTable);
    }
    return report();
  }

  private int report() {
    if (json) {
      Map<String, Object> counts = new LinkedHashMap<>();
      counts.put("file", file.toString());
      counts.put("events", events);
      counts.put("pulses", pulses);
      counts.put("events_without_key", without);
      counts.put(
          "tables",
          List.of(out.resolve("events.csv").toString(), out.resolve("pulses.csv").toString()));
      spec.commandLine().getOut().println(JSON.writeValueAsString(counts));
    } else {
      String missing = without == 0 ? "" : ", " + without + " events without " + key;
      String line = "%s: %d events, %d pulses%s".formatted(out, events, pulses, missing);
      spec.commandLine().getOut().println(Text.printable(line));
    }
    if (events > 0 && without == events) {
      spec.commandLine()
          .getErr()
          .println("firn: " + Text.printable(file + ": no event has pulses under " + key));
      return ExitCode.NEGATIVE.status();
    }
    return ExitCode.DONE.status();
  }

  private void write(ReadoutReader readouts, Writer eventRows, Writer pulseRows)
      throws IOException {
    eventRows.write(EVENT_COLUMNS);
    pulseRows.write(PULSE_COLUMNS);
    for (Optional<Readout> r = readouts.next(); r.isPresent(); r = readouts.next()) {
      Readout readout = r.get();
      List<Frame> rows =
          readout.physics().isEmpty() ? readout.daq().stream().toList() : readout.physics();
      for (Frame frame : rows) {
        try {
          writeEvent(readout, frame, eventRows, pulseRows);
        } catch (I3Exception e) {
          throw e.frame() >= 0 ? e : new I3Exception(frame.index(), frame.offset(), e.reason());
        }
      }
    }
  }

  private void writeEvent(Readout readout, Frame frame, Writer eventRows, Writer pulseRows)
      throws IOException {
    Optional<Pulses> found = new PulseResolver(readout.chain(frame)).find(key);
    String name = ",,,";
    String times = ",,,,";
    String stream = "";
    Optional<EventHeader> header = readout.header(frame);
    if (header.isPresent()) {
      EventHeader h = header.get();
      name = h.run() + "," + h.subrun() + "," + h.event() + "," + h.subEvent();
      stream = quoted(h.subEventStream());
      times =
          String.format(
              Locale.ROOT,
              "%s,%d,%d,%d,%d",
              h.start().toInstant(),
              h.start().year(),
              h.start().ticks(),
              h.end().year(),
              h.end().ticks());
    }
    long first = pulses;
    found.ifPresentOrElse(p -> pulses += p.size(), () -> without++);
    String range = found.isPresent() && pulses > first ? first + "," + (pulses - 1) : ",";
    eventRows.write(
        frame.index()
            + ","
            + name
            + ","
            + stream
            + ","
            + times
            + ","
            + (pulses - first)
            + ","
            + range
            + "\n");
    events++;
    if (found.isPresent()) {
      writePulses(name, found.get(), pulseRows);
    }
  }

  private static void writePulses(String name, Pulses p, Writer rows) throws IOException {
    StringBuilder row = new StringBuilder();
    for (int m = 0; m < p.modules(); m++) {
      OmKey module = p.key(m);
      String place = name + "," + module.string() + "," + module.om() + "," + module.pmt() + ",";
      for (int i = p.start(m); i < p.start(m + 1); i++) {
        row.setLength(0);
        row.append(place).append(p.time(i)).append(',').append(p.charge(i)).append(',');
        row.append(p.width(i)).append(',').append(p.flags(i)).append('\n');
        rows.append(row);
      }
    }
  }

  /// A text as RFC 4180 writes it; control characters cannot be told apart from line ends
  /// otherwise.
  private static String quoted(String text) {
    String shown = Text.printable(text);
    return shown.matches("[^\",\n]*") ? shown : '"' + shown.replace("\"", "\"\"") + '"';
  }
}
