package dev.firn.i3;

/// One object of a frame: a key, the name of its type, and its serialized bytes.
///
/// Names are the file's bytes as ISO-8859-1, so that they are written back exactly as read and sort
/// as IceTray sorts them. The blob is not copied: whoever holds the object does not change it.
///
/// @param key the name the object has in its frame, such as `I3EventHeader`
/// @param type the C++ type, such as `I3Map<OMKey, vector<I3RecoPulse> >`
/// @param blob the object as IceTray serialized it
@SuppressWarnings("ArrayRecordComponent") // compared by key and type, never by blob
public record FrameObject(String key, String type, byte[] blob) {
  /// Memory an object takes beside its bytes and names.
  private static final int OVERHEAD = 220;

  public int size() {
    return blob.length;
  }

  /// Memory it takes, about.
  long held() {
    return held(key, type, blob.length);
  }

  static long held(String key, String type, int size) {
    return (long) size + key.length() + type.length() + OVERHEAD;
  }
}
