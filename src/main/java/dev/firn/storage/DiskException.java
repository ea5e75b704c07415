package dev.firn.storage;

import java.io.IOException;

/// A primitive step that failed, with its reason.
final class DiskException extends IOException {
  private static final long serialVersionUID = 1L;

  enum Reason {
    MISSING,
    EXISTS,
    NOT_A_DIRECTORY,
    IS_A_DIRECTORY,
    SYMBOLIC_LINK,
    NOT_REGULAR,
    NOT_EMPTY,
    NO_SPACE,
    DENIED,
    UNSUPPORTED,
    OTHER
  }

  private final Reason reason;

  DiskException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }
}
