package dev.firn.archive.tape;

/// Where a file's bytes are (WLCG Tape REST API v1, `archiveinfo`).
public enum Locality {
  DISK,
  TAPE,
  DISK_AND_TAPE,
  /// Known, and not to be had back: its tape is lost.
  LOST,
  /// There is no such file.
  NONE,
  /// Not to be said now.
  UNAVAILABLE;

  /// Whether the bytes can be read at once.
  public boolean online() {
    return this == DISK || this == DISK_AND_TAPE;
  }
}
