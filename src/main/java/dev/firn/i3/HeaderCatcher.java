package dev.firn.i3;

import org.jspecify.annotations.Nullable;

/// Keeps the event header of a frame and lets everything else pass.
final class HeaderCatcher implements SlotVisitor {
  private static final int MAX_HEADER = 1 << 16;

  private byte @Nullable [] blob;

  @Override
  public boolean keeps(String key, String type, int size) {
    return key.equals(EventHeader.KEY) && type.equals(EventHeader.TYPE) && size <= MAX_HEADER;
  }

  @Override
  public void object(String key, String type, int size, byte @Nullable [] bytes) {
    if (bytes != null) {
      blob = bytes;
    }
  }

  /// The header of the frame just read; null when it has none. Once a frame.
  byte @Nullable [] take() {
    byte[] taken = blob;
    blob = null;
    return taken;
  }
}
