package dev.firn.storage;

import java.io.IOException;
import java.util.regex.Pattern;

/// Small texts that belong to an area and to none of its files: what the door must know again after
/// a restart. They lie in the area's own folder, one file or object each.
public interface AreaNotes {
  /// What a key looks like.
  Pattern KEY = Pattern.compile("[a-z0-9-]{1,100}");

  /// The longest note in bytes.
  int MOST_BYTES = 8 << 20;

  /// Writes a note, durable when this returns; one that is there is replaced in one step.
  void put(String key, byte[] text) throws IOException;

  /// Removes a note; one that is not there does not matter.
  void remove(String key) throws IOException;

  /// Shows every note, in no particular order.
  void each(Visitor visitor) throws IOException;

  /// Sees notes one at a time.
  @FunctionalInterface
  interface Visitor {
    void visit(String key, byte[] text) throws IOException;
  }
}
