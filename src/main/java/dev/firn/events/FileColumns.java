package dev.firn.events;

import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.columnar.TableWriter;
import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameObject;
import dev.firn.i3.I3Exception;
import dev.firn.i3.Readout;
import dev.firn.i3.ReadoutReader;
import dev.firn.i3.data.ChargeCorrections;
import dev.firn.i3.data.PulseResolver;
import dev.firn.i3.data.Pulses;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// Turns the events of one file into rows of [EventTables].
public final class FileColumns {
  private static final int FIRST_YEAR = 1970;
  private static final int LAST_YEAR = 2261; // nanoseconds since 1970 fit 64 bits until 2262
  private static final int MOST_OTHERS = 100;

  private static final Pulses NONE = new Pulses.Builder().build();

  private final String key;
  private final EventSink sink;
  private final Extra extra;
  private final Row event;
  private Last last = () -> {};
  private final ChargeCorrections corrections = new ChargeCorrections();
  private long eventRows;
  private long pulseRows;
  private long without;
  private final SortedSet<String> others = new TreeSet<>();

  /// @param key of the pulses in a frame; masks, unions and SuperDST are resolved
  public FileColumns(String key, TableWriter events, TableWriter pulses) {
    this(key, EventTables.EVENTS, new EventRows(events, pulses), (row, readout, frame) -> {});
  }

  /// The same with rows sorted by event, as those of passes are: [#writeAll] takes the events of as
  /// many files as wished, [#finish] writes them.
  ///
  /// @param aside where events lie meanwhile that are more than may be held: this name and a number
  public static FileColumns sorted(String key, TableWriter events, TableWriter pulses, Path aside) {
    SortedEvents sorted = new SortedEvents(EventTables.EVENTS, aside, SortedEvents.HELD);
    FileColumns columns =
        new FileColumns(key, EventTables.EVENTS, sorted, (row, readout, frame) -> {});
    columns.last =
        () -> {
          try (sorted) {
            sorted.finish(new EventRows(events, pulses));
          }
        };
    return columns;
  }

  /// Writes what was taken and not written yet.
  public void finish() throws IOException {
    last.write();
  }

  @FunctionalInterface
  private interface Last {
    void write() throws IOException;
  }

  /// @param schema of `events`: its first columns are those of [EventTables#EVENTS]
  FileColumns(String key, TableSchema schema, EventSink sink, Extra extra) {
    this.key = key;
    this.sink = sink;
    this.event = schema.newRow();
    this.extra = extra;
  }

  /// Sets further columns of one event.
  @FunctionalInterface
  interface Extra {
    void fill(Row row, Readout readout, Frame frame) throws I3Exception;
  }

  /// Rows of events written.
  public long events() {
    return eventRows;
  }

  /// Rows of pulses written.
  public long pulses() {
    return pulseRows;
  }

  /// Events that had nothing under the key.
  public long eventsWithoutKey() {
    return without;
  }

  /// Keys of other pulses that events without the key had, a hundred at most.
  public SortedSet<String> otherPulses() {
    return Collections.unmodifiableSortedSet(others);
  }

  /// Writes every event that is left in `readouts`.
  ///
  /// @throws I3Exception that names the frame, when one cannot be read
  public void writeAll(ReadoutReader readouts) throws IOException {
    for (Optional<Readout> r = readouts.next(); r.isPresent(); r = readouts.next()) {
      Readout readout = r.get();
      List<Frame> rows =
          readout.physics().isEmpty() ? readout.daq().stream().toList() : readout.physics();
      for (Frame frame : rows) {
        try {
          write(readout, frame);
        } catch (I3Exception e) {
          throw e.frame() >= 0 ? e : new I3Exception(frame.index(), frame.offset(), e.reason());
        }
      }
    }
  }

  private void write(Readout readout, Frame frame) throws IOException {
    event.clear();
    event.set(0, frame.index());
    Optional<EventHeader> header = readout.header(frame);
    if (header.isPresent()) {
      setName(header.get());
    }
    Optional<Pulses> found = new PulseResolver(readout.chain(frame), corrections).find(key);
    extra.fill(event, readout, frame);
    sink.take(event, found.orElse(NONE));
    eventRows++;
    if (found.isPresent()) {
      pulseRows += found.get().size();
    } else {
      without++;
      readout.frames().stream()
          .filter(other -> other == frame || other.stop() == 'Q')
          .flatMap(other -> other.objects().stream())
          .filter(PulseResolver::hasPulses)
          .map(FrameObject::key)
          .limit(MOST_OTHERS - others.size())
          .forEach(others::add);
    }
  }

  private void setName(EventHeader h) {
    long[] name = {h.run(), h.subrun(), h.event(), h.subEvent()};
    for (int i = 0; i < name.length; i++) {
      event.set(i + 1, name[i]);
    }
    event.set(5, h.subEventStream());
    if (h.start().year() >= FIRST_YEAR && h.start().year() <= LAST_YEAR) {
      h.start().toInstant().ifPresent(this::setStart);
    }
    event.set(7, h.start().year()).set(8, h.start().ticks());
    event.set(9, h.end().year()).set(10, h.end().ticks());
  }

  /// Ticks of a damaged or invented header may reach beyond the years that a timestamp can hold.
  private void setStart(Instant start) {
    long most = Long.MAX_VALUE / 1_000_000_000L - 1;
    if (start.getEpochSecond() >= 0 && start.getEpochSecond() < most) {
      event.set(6, start.getEpochSecond() * 1_000_000_000L + start.getNano());
    }
  }
}
