package dev.firn.events;

import dev.firn.columnar.Row;
import dev.firn.columnar.TableSchema;
import dev.firn.i3.data.OmKey;
import dev.firn.i3.data.Pulses;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// Brings events into the order of [EventTables#ORDER], in whatever order they come.
///
/// They are held as bytes until they are more than a share of the memory; then they are put in
/// order and written aside, and in the end all that lies aside is merged.
final class SortedEvents implements EventSink, Closeable {
  /// Bytes of events held.
  static final int HELD = (int) Math.min(128L << 20, Runtime.getRuntime().maxMemory() / 8);

  /// Memory that the name of one event takes.
  private static final int NAME = 120;

  private static final int BUFFER = 1 << 18;

  private final TableSchema schema;
  private final Path aside;
  private final int most;
  private final Row row;
  private final List<Held> held = new ArrayList<>();
  private final List<Path> written = new ArrayList<>();
  private ByteBuffer bytes = ByteBuffer.allocate(1 << 16);

  /// What an event is ordered by. Those of one number are told apart too, so that the order says
  /// nothing of how they came; one that a file has twice keeps its order there.
  private record Name(
      long run, long event, long part, long subrun, String stream, long file, long frame)
      implements Comparable<Name> {
    private static final Comparator<Name> ORDER =
        Comparator.comparingLong(Name::run)
            .thenComparingLong(Name::event)
            .thenComparingLong(Name::part)
            .thenComparingLong(Name::subrun)
            .thenComparing(Name::stream)
            .thenComparingLong(Name::file)
            .thenComparingLong(Name::frame);

    @Override
    public int compareTo(Name other) {
      return ORDER.compare(this, other);
    }
  }

  private record Held(Name name, int offset, int length) {}

  /// @param schema of `events`
  /// @param aside where files may be made: this name and a number each
  /// @param most bytes of events that are held
  SortedEvents(TableSchema schema, Path aside, int most) {
    this.schema = schema;
    this.aside = aside;
    this.most = most;
    this.row = schema.newRow();
  }

  @Override
  public void take(Row event, Pulses pulses) throws IOException {
    int start = bytes.position();
    int length = event.size() + size(pulses);
    if (!held.isEmpty() && (long) start + length + (long) NAME * held.size() > most) {
      writeAside();
      start = 0;
    }
    room(length);
    event.write(bytes);
    write(pulses, bytes);
    held.add(new Held(nameOf(event), start, bytes.position() - start));
  }

  private void room(int length) {
    if (bytes.remaining() < length) {
      int needed = Math.addExact(bytes.position(), length);
      long doubled = Math.min(2L * bytes.capacity(), Math.max(most, needed));
      bytes = ByteBuffer.allocate((int) Math.max(needed, doubled)).put(bytes.flip());
    }
  }

  private Name nameOf(Row event) {
    return new Name(
        number(event, 1),
        number(event, 3),
        number(event, 4),
        number(event, 2),
        event.value(5) instanceof String stream ? stream : "",
        schema.columns().size() > EventTables.FILE_ID ? number(event, EventTables.FILE_ID) : 0,
        number(event, 0));
  }

  /// Numbers are never negative: events without come first.
  private static long number(Row event, int column) {
    return event.value(column) instanceof Long number ? number : -1;
  }

  private void writeAside() throws IOException {
    held.sort(Comparator.comparing(Held::name));
    Path file = aside.resolveSibling(aside.getFileName() + "." + written.size());
    written.add(file);
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER))) {
      for (Held event : held) {
        out.writeInt(event.length());
        out.write(bytes.array(), event.offset(), event.length());
      }
    }
    held.clear();
    bytes.clear();
  }

  /// Hands all events on, in order.
  void finish(EventSink to) throws IOException {
    if (written.isEmpty()) {
      held.sort(Comparator.comparing(Held::name));
      for (Held event : held) {
        ByteBuffer one = bytes.slice(event.offset(), event.length());
        row.read(one);
        to.take(row, pulses(one));
      }
      return;
    }
    writeAside();
    bytes = ByteBuffer.allocate(0);
    List<Source> open = new ArrayList<>();
    try {
      PriorityQueue<Source> next = new PriorityQueue<>(Comparator.comparing(Source::name));
      for (Path file : written) {
        Source source = new Source(file);
        open.add(source);
        if (source.next()) {
          next.add(source);
        }
      }
      for (Source first = next.poll(); first != null; first = next.poll()) {
        to.take(first.event, pulses(first.rest));
        if (first.next()) {
          next.add(first);
        }
      }
    } finally {
      for (Source source : open) {
        source.in.close();
      }
    }
  }

  /// The events of one file that was written aside, one at a time.
  private final class Source {
    private final DataInputStream in;
    private final Row event = schema.newRow();
    private ByteBuffer rest = ByteBuffer.allocate(0);
    private Name name = nameOf(event);

    Source(Path file) throws IOException {
      in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER));
    }

    /// Moves to the next event; false when there is none.
    boolean next() throws IOException {
      int length;
      try {
        length = in.readInt();
      } catch (EOFException e) {
        return false;
      }
      byte[] one = new byte[length];
      in.readFully(one);
      rest = ByteBuffer.wrap(one);
      event.read(rest);
      name = nameOf(event);
      return true;
    }

    Name name() {
      return name;
    }
  }

  private static int size(Pulses pulses) {
    return Integer.BYTES + 13 * pulses.modules() + 17 * pulses.size();
  }

  private static void write(Pulses pulses, ByteBuffer to) {
    to.putInt(pulses.modules());
    for (int m = 0; m < pulses.modules(); m++) {
      OmKey module = pulses.key(m);
      int end = pulses.start(m + 1);
      to.putInt(module.string()).putInt(module.om()).put((byte) module.pmt());
      to.putInt(end - pulses.start(m));
      for (int i = pulses.start(m); i < end; i++) {
        to.putDouble(pulses.time(i)).putFloat(pulses.charge(i)).putFloat(pulses.width(i));
        to.put((byte) pulses.flags(i));
      }
    }
  }

  private static Pulses pulses(ByteBuffer from) {
    Pulses.Builder pulses = new Pulses.Builder();
    for (int m = from.getInt(); m > 0; m--) {
      pulses.module(new OmKey(from.getInt(), from.getInt(), from.get() & 0xff));
      for (int i = from.getInt(); i > 0; i--) {
        pulses.pulse(from.getDouble(), from.getFloat(), from.getFloat(), from.get() & 0xff);
      }
    }
    return pulses.build();
  }

  /// Removes what lies aside.
  @Override
  public void close() throws IOException {
    held.clear();
    for (Path file : written) {
      Files.deleteIfExists(file);
    }
  }
}
