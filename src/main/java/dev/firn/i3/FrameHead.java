package dev.firn.i3;

import org.jspecify.annotations.Nullable;

/// What is known of a frame besides its objects.
///
/// @param length bytes of the whole frame in the uncompressed stream
/// @param preamble what versions 2 to 4 have before their objects
record FrameHead(
    long index,
    long offset,
    int version,
    char stop,
    FrameChecksum checksum,
    long length,
    @Nullable FramePreamble preamble) {}
