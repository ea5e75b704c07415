package dev.firn.catalog.truth;

import dev.firn.model.LogicalName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What lies below a directory, asked of paths in UTF-8.
final class Area {
  private final byte[] below;

  Area(LogicalName directory) {
    String path = directory.isRoot() ? "/" : directory + "/";
    below = path.getBytes(StandardCharsets.UTF_8);
  }

  /// @param path the bytes before its position
  boolean holds(ByteBuffer path) {
    return path.position() >= below.length
        && Arrays.equals(path.array(), 0, below.length, below, 0, below.length);
  }
}
