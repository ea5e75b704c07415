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

  /// @param bytes with a path from `from` on, of this length
  boolean holds(byte[] bytes, int from, int length) {
    return length >= below.length
        && Arrays.equals(bytes, from, from + below.length, below, 0, below.length);
  }

  /// Whether files in this directory are in it.
  ///
  /// @param path the bytes before its position; there is room for one more
  boolean holdsFilesOf(ByteBuffer path) {
    int length = path.position();
    path.put(length, (byte) '/');
    return holds(path.array(), 0, length + 1);
  }
}
