package dev.firn.ingest.index;

import java.util.regex.Pattern;

/// In which files frames are looked for.
public enum Frames {
  /// In none: names and checksums only.
  NONE("$^"),
  /// In `.i3` files, compressed or not.
  I3(".*\\.i3(?:\\.gz|\\.bz2|\\.zst)?"),
  /// In tar files as well, whose members are then unpacked.
  ALL(".*\\.(?:i3|tar)(?:\\.gz|\\.bz2|\\.zst)?");

  private final Pattern names;

  Frames(String names) {
    this.names = Pattern.compile(names);
  }

  boolean in(String name) {
    return names.matcher(name).matches();
  }
}
