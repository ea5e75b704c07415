package dev.firn.token;

import java.util.Set;

/// What a request would do to one name. Requests that touch two names ask twice.
///
/// A handler decides before it looks: first the weakest operation the request can turn out to be
/// (`PUT_NEW`), and when it then finds a file there, `PUT_OVER`. So a 403 does not tell whether
/// something exists.
public enum Operation {
  /// GET of a file's bytes, or the source of a copy.
  GET_FILE,
  /// The names in a directory: GET of a directory, PROPFIND of depth 1; asked again for each child.
  LIST,
  /// HEAD, PROPFIND of depth 0, OPTIONS: existence, type, size, checksum.
  STAT,
  /// A file at a name where there is none, by PUT or copy, with the missing directories above it.
  PUT_NEW,
  /// Replaces or changes the bytes of a file.
  PUT_OVER,
  /// MKCOL, also of a missing directory on the way to a path that may be created.
  MAKE_DIRECTORY,
  /// Removes a file or directory.
  DELETE,
  /// PROPPATCH.
  SET_PROPERTIES,
  /// LOCK and UNLOCK of what exists.
  LOCK,
  /// The old name of a move of a directory, or of a move that replaces something.
  MOVE_FROM,
  /// The new name of a move of a directory, or of a move that replaces something.
  MOVE_TO,
  /// The old name when a file moves to a name where there is nothing.
  RENAME_FILE_FROM,
  /// The new name when a file moves to a name where there is nothing.
  RENAME_FILE_TO,
  /// Bring online, cancel, release, pin.
  STAGE,
  /// Where a file's bytes are (tape REST API `archiveinfo`).
  LOCALITY;

  /// The rights of which one is enough.
  Set<Right> needs() {
    return switch (this) {
      case GET_FILE, LIST -> Set.of(Right.READ);
      case STAT -> Set.of(Right.READ, Right.CREATE, Right.STAGE);
      case LOCALITY -> Set.of(Right.READ, Right.CREATE, Right.POLL);
      case PUT_NEW, MAKE_DIRECTORY, RENAME_FILE_FROM, RENAME_FILE_TO -> Set.of(Right.CREATE);
      case PUT_OVER, DELETE, SET_PROPERTIES, LOCK, MOVE_FROM, MOVE_TO -> Set.of(Right.MODIFY);
      case STAGE -> Set.of(Right.STAGE);
    };
  }

  /// The right to ask for when this operation was refused.
  Right asksFor() {
    return switch (this) {
      case STAT -> Right.READ;
      case LOCALITY -> Right.POLL;
      default -> needs().iterator().next();
    };
  }

  /// Whether the directories on the way to a permitted path are permitted too.
  boolean reachesAncestors() {
    return this == STAT || this == MAKE_DIRECTORY;
  }

  /// Whether, on a directory, it changes everything below at once.
  boolean reachesDescendants() {
    return this == DELETE || this == MOVE_FROM || this == MOVE_TO;
  }

  /// Whether the name counts as a directory where a scope ends in `/`.
  boolean meansDirectory(TargetState state) {
    return switch (this) {
      case PUT_NEW, PUT_OVER, RENAME_FILE_FROM, RENAME_FILE_TO -> false;
      case LIST, MAKE_DIRECTORY -> true;
      default -> state != TargetState.FILE;
    };
  }

  /// Whether this operation changes what is stored.
  public boolean writes() {
    return switch (this) {
      case GET_FILE, LIST, STAT, LOCALITY -> false;
      default -> true;
    };
  }
}
