package dev.firn.i3;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One frame of an `.i3` stream, with the objects of its own stop.
///
/// @param index number of the frame in its stream, from 0
/// @param offset where it begins in the uncompressed stream, in bytes
/// @param version version of the frame's layout, 2 to 6
/// @param stop what the frame is: `G` geometry, `C` calibration, `D` detector status, `Q` DAQ, `P`
///   physics, `S` simulation, `I` tray information, `N` none, or another character
/// @param checksum what the frame's checksum said
/// @param objects in the order of the file
/// @param preamble what a file of version 2 to 4 has before them
public record Frame(
    long index,
    long offset,
    int version,
    char stop,
    FrameChecksum checksum,
    List<FrameObject> objects,
    @Nullable FramePreamble preamble) {
  private static final Comparator<FrameObject> BY_KEY = Comparator.comparing(FrameObject::key);
  private static final int OVERHEAD = 200;

  public Frame {
    objects = List.copyOf(objects);
  }

  /// A frame that is not from a file, to be written in the current version, keys in order.
  public static Frame of(char stop, List<FrameObject> objects) {
    List<FrameObject> sorted = objects.stream().sorted(BY_KEY).toList();
    return new Frame(0, 0, FrameWriter.VERSION, stop, FrameChecksum.NONE, sorted, null);
  }

  /// The same frame laid out in another version, 2 to 6. What only an old version has, a history,
  /// is lost.
  public Frame as(int otherVersion) {
    return otherVersion == version
        ? this
        : new Frame(index, offset, otherVersion, stop, checksum, objects, null);
  }

  /// The same frame with one more object, before the first whose key comes after its.
  public Frame with(FrameObject object) {
    List<FrameObject> more = new ArrayList<>(objects);
    int at = 0;
    while (at < more.size() && BY_KEY.compare(more.get(at), object) < 0) {
      at++;
    }
    more.add(at, object);
    return new Frame(index, offset, version, stop, checksum, more, preamble);
  }

  /// Memory it takes, about.
  long held() {
    return OVERHEAD
        + (preamble == null ? 0 : preamble.held())
        + objects.stream().mapToLong(FrameObject::held).sum();
  }

  public Optional<FrameObject> find(String key) {
    return objects.stream().filter(o -> o.key().equals(key)).findFirst();
  }

  /// The number of the event this frame belongs to; empty when the frame itself has no event
  /// header.
  public Optional<EventHeader> eventHeader() throws I3Exception {
    Optional<FrameObject> header = find(EventHeader.KEY);
    if (header.isEmpty() || !header.get().type().equals(EventHeader.TYPE)) {
      return Optional.empty();
    }
    try {
      return Optional.of(EventHeader.decode(header.get().blob()));
    } catch (I3Exception e) {
      throw e.in(index, offset);
    }
  }
}
