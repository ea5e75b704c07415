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
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Copies chosen events out of streams, each with the frames it inherits from.
final class EventExtraction {
  private final Set<String> wanted;
  private final Set<String> found = new LinkedHashSet<>();
  private final Map<Character, Frame> parents = new HashMap<>();
  private final Map<Character, Frame> written = new HashMap<>();
  private long frames;

  /// @param wanted `EVENT`, `RUN/EVENT` or `RUN/SUBRUN/EVENT` each
  EventExtraction(Collection<String> wanted) {
    this.wanted = Set.copyOf(wanted);
  }

  /// Those of the wanted that were there, as they were given.
  Set<String> found() {
    return found;
  }

  /// Frames written.
  long frames() {
    return frames;
  }

  /// Takes the wanted events of one stream; G, C and D frames of an earlier one count for it.
  ///
  /// @throws I3Exception also when a frame cannot be written as it is, as with a key that is there
  ///   twice
  void take(InputStream in, FrameWriter writer) throws IOException {
    try (FrameReader reader = FrameReader.strict(in)) {
      ReadoutReader readouts = new ReadoutReader(reader);
      for (Optional<Readout> r = readouts.next(); r.isPresent(); r = readouts.next()) {
        r.get().parents().forEach(parent -> parents.put(parent.stop(), parent));
        List<Frame> chosen = chosen(r.get());
        if (!chosen.isEmpty()) {
          writeParents(writer);
          for (Frame frame : chosen) {
            write(writer, frame);
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
      String run = header.get().run() + "/";
      for (String name :
          new String[] {event, run + event, run + header.get().subrun() + "/" + event}) {
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
        write(writer, parent);
        written.put(stop, parent);
      }
    }
  }

  private void write(FrameWriter writer, Frame frame) throws IOException {
    try {
      writer.write(frame);
    } catch (IllegalArgumentException e) {
      throw new I3Exception(frame.index(), frame.offset(), String.valueOf(e.getMessage()));
    }
    frames++;
  }
}
