package dev.firn.i3;

/// What is known of a frame besides its objects.
///
/// @param length bytes of the whole frame in the uncompressed stream
record FrameHead(
    long index, long offset, int version, char stop, FrameChecksum checksum, long length) {}
