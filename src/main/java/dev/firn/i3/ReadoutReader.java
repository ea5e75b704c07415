package dev.firn.i3;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts the frames of a stream together to events, holding one event and its parents at a time.
public final class ReadoutReader {
  private static final String PARENTS = "SGCD";

  private final FrameReader frames;
  private final Map<Integer, Frame> parents = new TreeMap<>();
  private @Nullable Frame daq;
  private boolean ended;

  public ReadoutReader(FrameReader frames) {
    this.frames = frames;
  }

  /// The next event; empty at the end. Frames of other stops (`I`, `N`...) are passed over.
  public Optional<Readout> next() throws IOException {
    List<Frame> physics = new ArrayList<>();
    List<Frame> before = daq == null ? List.of() : List.copyOf(parents.values());
    long held = parents.values().stream().mapToLong(Frame::held).sum();
    held += daq == null ? 0 : daq.held();
    while (!ended) {
      Optional<Frame> read = frames.next();
      if (read.isEmpty()) {
        ended = true;
        break;
      }
      Frame frame = read.get();
      held += frame.held();
      if (held > HeldMemory.EVENT) {
        throw new I3Exception(frame.index(), frame.offset(), "the event does not fit");
      }
      if (frame.stop() == 'Q') {
        Frame finished = daq;
        daq = frame;
        if (finished != null) {
          return Optional.of(new Readout(before, Optional.of(finished), physics));
        }
        before = List.copyOf(parents.values());
      } else if (frame.stop() == 'P') {
        if (daq == null) {
          return Optional.of(
              new Readout(List.copyOf(parents.values()), Optional.empty(), List.of(frame)));
        }
        physics.add(frame);
      } else if (PARENTS.indexOf(frame.stop()) >= 0) {
        parents.put(PARENTS.indexOf(frame.stop()), frame);
      }
    }
    Frame finished = daq;
    daq = null;
    return finished == null
        ? Optional.empty()
        : Optional.of(new Readout(before, Optional.of(finished), physics));
  }

  /// The `S`, `G`, `C` and `D` frames in force after the last event read; of a GCD file, at its
  /// end, all it has.
  public List<Frame> parents() {
    return List.copyOf(parents.values());
  }
}
