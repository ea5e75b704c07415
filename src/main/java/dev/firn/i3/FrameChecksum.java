package dev.firn.i3;

/// What a frame's own checksum said.
public enum FrameChecksum {
  /// CRC-32 (versions 3 and 4), CRC-16 (5) or CRC-32C (6) agrees with the bytes.
  VERIFIED,
  /// It disagrees: a bit has changed since the frame was written.
  MISMATCH,
  /// Version 2 carries none.
  NONE
}
