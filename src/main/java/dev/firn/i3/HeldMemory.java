package dev.firn.i3;

/// How many bytes of frames a reader holds. A few bytes of compressed file can claim as much as
/// they like, so it is a share of the memory there is: while an event is held, half as much again
/// as a frame may come beside it before it is found to be too large.
final class HeldMemory {
  private static final long ALL = Runtime.getRuntime().maxMemory();

  /// One frame. A calibration of 2012 has 95 MB.
  static final long FRAME = Math.min(1L << 29, ALL / 4);

  /// An event and the frames it inherits from.
  static final long EVENT = Math.min(1L << 30, ALL / 8 * 3);

  private HeldMemory() {}
}
