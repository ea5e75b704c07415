package dev.firn.storage;

import dev.firn.storage.DiskException.Reason;

/// What the C library's error numbers mean, those of Linux.
final class Errno {
  private Errno() {}

  static Reason reason(int errno) {
    return switch (errno) {
      case 2 -> Reason.MISSING;
      case 1, 13, 30 -> Reason.DENIED;
      case 17 -> Reason.EXISTS;
      case 20 -> Reason.NOT_A_DIRECTORY;
      case 21 -> Reason.IS_A_DIRECTORY;
      case 22, 38, 95 -> Reason.UNSUPPORTED;
      case 28, 122 -> Reason.NO_SPACE;
      case 39 -> Reason.NOT_EMPTY;
      case 40 -> Reason.SYMBOLIC_LINK;
      default -> Reason.OTHER;
    };
  }

  static String words(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case 2 -> "not there";
      case 5 -> "input/output error";
      case 13 -> "permission denied";
      case 17 -> "already there";
      case 18 -> "on another file system";
      case 20 -> "not a directory";
      case 21 -> "a directory";
      case 24 -> "too many open files";
      case 28 -> "no space left";
      case 30 -> "file system is read-only";
      case 31 -> "too many links";
      case 36 -> "name too long";
      case 39 -> "directory not empty";
      case 40 -> "a symbolic link";
      case 95 -> "not supported by the file system";
      case 116 -> "stale file handle";
      case 122 -> "quota exceeded";
      default -> "errno " + errno;
    };
  }
}
