package dev.firn.i3;

/// What a frame's own checksum said.
public enum FrameChecksum {
  /// CRC-16 (version 5) or CRC-32C (version 6) agrees with the bytes.
  VERIFIED,
  /// It disagrees: a bit has changed since the frame was written.
  MISMATCH,
  /// The frame's version (2 to 4) carries none that can be checked.
  NONE
}
