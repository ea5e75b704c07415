package dev.firn.i3;

import java.io.IOException;

/// Bytes that are not what the `.i3` format says.
///
/// A failing disk or network is an ordinary `IOException` instead: this one is about the content.
public final class I3Exception extends IOException {
  private static final long serialVersionUID = 1L;

  private final long frame;
  private final long offset;
  private final String reason;

  /// @param frame index of the frame, from 0; -1 when it is not known
  /// @param offset where the frame begins in the uncompressed stream, in bytes
  /// @param reason one line that says what is wrong and where in the frame
  public I3Exception(long frame, long offset, String reason) {
    super(frame < 0 ? reason : "frame " + frame + " at offset " + offset + ": " + reason);
    this.frame = frame;
    this.offset = offset;
    this.reason = reason;
  }

  public long frame() {
    return frame;
  }

  public long offset() {
    return offset;
  }

  public String reason() {
    return reason;
  }

  /// The same fault, found while frame `index` at `start` was read.
  I3Exception in(long index, long start) {
    I3Exception placed = new I3Exception(index, start, reason);
    placed.initCause(this);
    return placed;
  }
}
