package dev.firn.cli;

import dev.firn.i3.EventHeader;
import dev.firn.i3.Frame;
import dev.firn.i3.FrameReader;
import dev.firn.i3.FrameWriter;
import dev.firn.i3.I3Exception;
import dev.firn.i3.data.Blobs;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Brings the numbers of a table back to the events they are about, as an `I3MapStringDouble` in
/// the frames of which `firn i3 columns` makes rows: every P frame, or a Q frame that no P frame
/// follows.
final class EventAnnotation {
  private static final List<String> NAMES = List.of("run", "subrun", "event", "sub_event");

  private final String key;
  private final List<String> by;
  private final Map<List<Long>, SortedMap<String, Double>> numbers = new HashMap<>();
  private final Set<List<Long>> found = new LinkedHashSet<>();
  private long annotated;

  /// @param key of the object
  /// @param rows each with `event` and, where the table has them, `run`, `subrun` and `sub_event`;
  ///   the other columns are its numbers, a truth value being 1 or 0
  /// @param columns which of those are wanted; none for all
  /// @throws IllegalArgumentException when the rows are not so, or two are about the same
  EventAnnotation(String key, List<Map<String, Object>> rows, List<String> columns) {
    this.key = key;
    this.by = rows.isEmpty() ? NAMES : NAMES.stream().filter(rows.getFirst()::containsKey).toList();
    if (!by.contains("event")) {
      throw new IllegalArgumentException("the table has no column 'event'");
    }
    for (Map<String, Object> row : rows) {
      List<Long> name = by.stream().map(n -> whole(n, row.get(n))).toList();
      SortedMap<String, Double> values = new TreeMap<>();
      row.forEach((column, value) -> {
        if (!NAMES.contains(column) && (columns.isEmpty() || columns.contains(column))) {
          values.put(column, number(column, value));
        }
      });
      if (numbers.put(name, values) != null) {
        throw new IllegalArgumentException("two rows are about " + by + " " + name);
      }
    }
  }

  private static long whole(String column, @Nullable Object value) {
    if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      return ((Number) value).longValue();
    }
    throw new IllegalArgumentException("'" + column + "' is not a whole number in every row");
  }

  private static double number(String column, Object value) {
    return switch (value) {
      case Number number -> number.doubleValue();
      case Boolean truth -> truth ? 1 : 0;
      default -> throw new IllegalArgumentException("column '" + column + "' is not a number");
    };
  }

  /// Passes all frames of a file on, those of the table's events with their numbers.
  void pass(FrameReader frames, FrameWriter to) throws IOException {
    Frame daq = null; // waits for what follows it
    Optional<EventHeader> event = Optional.empty();
    for (Optional<Frame> f = frames.next(); f.isPresent(); f = frames.next()) {
      Frame frame = f.get();
      boolean physics = frame.stop() == 'P';
      if (daq != null) {
        write(to, physics ? daq : annotated(daq, event));
        daq = null;
      }
      if (frame.stop() == 'Q') {
        daq = frame;
        event = frame.eventHeader();
      } else if (physics) {
        Optional<EventHeader> own = frame.eventHeader();
        write(to, annotated(frame, own.isPresent() ? own : event));
      } else {
        write(to, frame);
      }
    }
    if (daq != null) {
      write(to, annotated(daq, event));
    }
  }

  private Frame annotated(Frame frame, Optional<EventHeader> header) throws I3Exception {
    if (header.isEmpty()) {
      return frame;
    }
    List<Long> name = by.stream().map(n -> part(n, header.get())).toList();
    SortedMap<String, Double> values = numbers.get(name);
    if (values == null) {
      return frame;
    }
    if (frame.find(key).isPresent()) {
      throw new I3Exception(frame.index(), frame.offset(), "there is a '" + key + "' already");
    }
    found.add(name);
    annotated++;
    return frame.with(Blobs.numbers(key, values));
  }

  private static long part(String name, EventHeader header) {
    return switch (name) {
      case "run" -> header.run();
      case "subrun" -> header.subrun();
      case "event" -> header.event();
      default -> header.subEvent();
    };
  }

  private static void write(FrameWriter to, Frame frame) throws IOException {
    try {
      to.write(frame);
    } catch (IllegalArgumentException e) {
      throw new I3Exception(frame.index(), frame.offset(), String.valueOf(e.getMessage()));
    }
  }

  /// Frames that have numbers now.
  long frames() {
    return annotated;
  }

  /// Rows about events that the file has not.
  long unmatched() {
    return numbers.size() - found.size();
  }
}
