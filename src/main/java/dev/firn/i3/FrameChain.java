package dev.firn.i3;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What a frame can see: its own objects, and those of the frames before it that it inherits from.
///
/// A `P` frame inherits from the last `G`, `C`, `D` and `Q` frame, a `Q` frame from the last `G`,
/// `C` and `D`, and so on; of one stop only the last frame counts. Frames are added in the order of
/// their stream.
public final class FrameChain {
  private static final String ORDER = "SGCDQP";

  private final Map<Character, Frame> last = new LinkedHashMap<>();
  private char current = 'N';

  /// Makes `frame` the current one.
  public void add(Frame frame) {
    current = frame.stop();
    last.put(current, frame);
    if (current == 'Q') {
      last.remove('P'); // it belongs to the event before
    }
  }

  /// The current frame.
  ///
  /// @throws IllegalStateException before the first one
  public Frame current() {
    Frame frame = last.get(current);
    if (frame == null) {
      throw new IllegalStateException("no frame yet");
    }
    return frame;
  }

  /// The frame of another stop that is in force now.
  public Optional<Frame> parent(char stop) {
    return Optional.ofNullable(last.get(stop));
  }

  /// The object named `key` as the current frame sees it: its own, or the nearest inherited one.
  public Optional<FrameObject> find(String key) {
    Optional<FrameObject> own = current().find(key);
    int rank = ORDER.indexOf(current);
    for (int i = rank - 1; i >= 0 && own.isEmpty(); i--) {
      Frame parent = last.get(ORDER.charAt(i));
      own = parent == null ? own : parent.find(key);
    }
    return own;
  }
}
