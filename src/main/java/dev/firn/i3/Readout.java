package dev.firn.i3;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One event as it lies in a file: its `Q` frame, the `P` frames that follow it, and the frames
/// both inherit from.
///
/// @param parents the last `S`, `G`, `C` and `D` frame before it, those there are, in that order
/// @param daq the `Q` frame; a file may have lost it
/// @param physics the `P` frames
public record Readout(List<Frame> parents, Optional<Frame> daq, List<Frame> physics) {
  /// What an event is called whose first frame has no header.
  static final String NAMELESS = "no header";

  public Readout {
    parents = List.copyOf(parents);
    physics = List.copyOf(physics);
  }

  /// Its frames in the order they are written: `Q`, then every `P`.
  public List<Frame> frames() {
    List<Frame> frames = new ArrayList<>();
    daq.ifPresent(frames::add);
    frames.addAll(physics);
    return frames;
  }

  /// What `frame`, one of [#frames()], sees.
  public FrameChain chain(Frame frame) {
    FrameChain chain = new FrameChain();
    parents.forEach(chain::add);
    daq.ifPresent(chain::add);
    chain.add(frame);
    return chain;
  }

  /// What the event is called, by the header of its first frame: `RUN/SUBRUN/EVENT`, or `no
  /// header`.
  public String name() throws I3Exception {
    List<Frame> frames = frames();
    Optional<EventHeader> header =
        frames.isEmpty() ? Optional.empty() : frames.getFirst().eventHeader();
    return header.map(EventHeader::eventName).orElse(NAMELESS);
  }

  /// The event's name as `frame` sees it: from its own header, or the `Q` frame's.
  public Optional<EventHeader> header(Frame frame) throws I3Exception {
    Optional<EventHeader> own = frame.eventHeader();
    return own.isPresent() || daq.isEmpty() ? own : daq.get().eventHeader();
  }
}
