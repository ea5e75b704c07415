package dev.firn.i3;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a whole `.i3` stream is, after one pass over it.
///
/// An *event* is one readout of the detector: a Q frame and the P frames that follow it, whatever
/// number the P frames carry (some simulations number them anew). Q frames with the same (run,
/// subrun, event) are one event, next to each other or not; a Q frame without an event header
/// counts one. Where no Q frame has come before, P frames count by the same rule. First and last
/// are the least and the greatest (run, event), not by position. The number of an event is what its
/// P frames say; a Q frame's own counts where no P frame follows it or one that has none. So they
/// are the numbers that event tables have, and IceTray shows.
///
/// @param compression of the outermost layer
/// @param tar whether the frames came out of a tar
/// @param length bytes of the uncompressed frames
/// @param framesByStop number of frames of each stop
/// @param framesByVersion number of frames of each frame version
/// @param checksumsVerified frames whose checksum agrees
/// @param checksumsFailed frames whose checksum disagrees
/// @param checksumsAbsent frames of a version that has none to check
/// @param events number of distinct events
/// @param firstEvent the header with the least (run, event)
/// @param lastEvent the header with the greatest
/// @param problems what is wrong, in the order found; reading stops where no frame can be made out
public record I3Report(
    Compression compression,
    boolean tar,
    long length,
    SortedMap<Character, Long> framesByStop,
    SortedMap<Integer, Long> framesByVersion,
    long checksumsVerified,
    long checksumsFailed,
    long checksumsAbsent,
    long events,
    Optional<EventHeader> firstEvent,
    Optional<EventHeader> lastEvent,
    List<Problem> problems) {
  static final String MISMATCH = "its checksum does not match its bytes";

  /// Problems that are kept; a file that has more is beyond listing.
  static final int MAX_PROBLEMS = 100;

  public I3Report {
    framesByStop = Collections.unmodifiableSortedMap(new TreeMap<>(framesByStop));
    framesByVersion = Collections.unmodifiableSortedMap(new TreeMap<>(framesByVersion));
    problems = List.copyOf(problems);
  }

  /// One thing that is wrong.
  ///
  /// @param frame index of the frame, from 0
  /// @param offset where that frame begins in the uncompressed stream
  /// @param reason one line
  public record Problem(long frame, long offset, String reason) {
    @Override
    public String toString() {
      return "frame " + frame + " at offset " + offset + ": " + reason;
    }
  }

  /// Whether everything was read and nothing was wrong.
  public boolean sound() {
    return problems.isEmpty();
  }

  /// Number of frames that could be made out.
  public long frames() {
    return framesByStop.values().stream().mapToLong(Long::longValue).sum();
  }

  /// Frames in words: `I 5, P 5, Q 5, S 1`.
  public String frameCounts() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Character, Long> e : framesByStop.entrySet()) {
      text.append(text.isEmpty() ? "" : ", ").append(e.getKey()).append(' ').append(e.getValue());
    }
    return text.toString();
  }
}
