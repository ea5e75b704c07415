package dev.firn.i3;

import org.jspecify.annotations.Nullable;

/// Is shown every object of a frame while it streams past.
interface SlotVisitor {
  /// Whether the blob of this object is to be held in memory.
  boolean keeps(String key, String type, int size);

  /// One object, after its bytes have been read; `blob` is null when it was not kept.
  void object(String key, String type, int size, byte @Nullable [] blob);
}
