package dev.firn.i3;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a frame can see: its own objects, and those of the frames before it that it inherits from.
///
/// A `P` frame inherits from the last `G`, `C`, `D` and `Q` frame, a `Q` frame from the last `G`,
/// `C` and `D`, and so on; of one stop only the last frame counts. Frames are added in the order of
/// their stream.
public final class FrameChain {
  private static final String ORDER = "SGCDQP";

  /// Frames of more objects are looked through by a map of their keys.
  private static final int FEW = 64;

  private final Map<Character, Frame> last = new LinkedHashMap<>();
  private final Map<Character, Map<String, FrameObject>> keys = new HashMap<>();
  private char current = 'N';
  private @Nullable Frame other; // the current one, when nothing inherits from its stop

  /// Makes `frame` the current one.
  public void add(Frame frame) {
    if (other != null) {
      keys.remove(current);
    }
    current = frame.stop();
    keys.remove(current);
    if (ORDER.indexOf(current) < 0) {
      other = frame;
      return;
    }
    other = null;
    last.put(current, frame);
    if (current == 'Q') {
      last.remove('P'); // it belongs to the event before
      keys.remove('P');
    }
  }

  /// The current frame.
  ///
  /// @throws IllegalStateException before the first one
  public Frame current() {
    Frame frame = other == null ? last.get(current) : other;
    if (frame == null) {
      throw new IllegalStateException("no frame yet");
    }
    return frame;
  }

  /// Makes sure that there is memory for what is held.
  ///
  /// @throws I3Exception when the current frame and those before it take too much of it
  public void requireRoom() throws I3Exception {
    long held = last.values().stream().mapToLong(Frame::held).sum();
    if (held + (other == null ? 0 : other.held()) > HeldMemory.EVENT) {
      throw new I3Exception(
          current().index(),
          current().offset(),
          "the frame and those it inherits from do not fit into memory");
    }
  }

  /// The frame of one of the stops that others inherit from that is in force now.
  public Optional<Frame> parent(char stop) {
    return Optional.ofNullable(last.get(stop));
  }

  /// The object named `key` as the current frame sees it: its own, or the nearest inherited one.
  public Optional<FrameObject> find(String key) {
    Optional<FrameObject> own = find(current(), key);
    int rank = ORDER.indexOf(current);
    for (int i = rank - 1; i >= 0 && own.isEmpty(); i--) {
      Frame parent = last.get(ORDER.charAt(i));
      own = parent == null ? own : find(parent, key);
    }
    return own;
  }

  private Optional<FrameObject> find(Frame frame, String key) {
    if (frame.objects().size() <= FEW) {
      return frame.find(key);
    }
    Map<String, FrameObject> all =
        keys.computeIfAbsent(
            frame.stop(),
            stop -> {
              Map<String, FrameObject> made = new HashMap<>();
              frame.objects().forEach(object -> made.putIfAbsent(object.key(), object));
              return made;
            });
    return Optional.ofNullable(all.get(key));
  }
}
