package dev.firn.storage;

import java.io.IOException;

/// What an area could not do. The message is one line and names the file.
public final class StorageException extends IOException {
  private static final long serialVersionUID = 1L;

  /// Whose matter it is.
  public enum Kind {
    /// There is nothing at the name.
    MISSING,
    /// A file is where a directory is needed.
    NOT_A_DIRECTORY,
    /// A directory is where a file is needed.
    IS_A_DIRECTORY,
    /// The name can not be served: a symbolic link or special file, or a reserved name.
    REFUSED,
    /// The bytes are not those whose checksums are recorded.
    DAMAGED,
    /// The bytes lie on tape and have to be brought online before they can be read.
    OFFLINE,
    /// The disk or a quota is full.
    CAPACITY,
    /// The disk failed, or the server may not do this.
    SERVER,
    /// It is not known whether the change will last: look before trying again.
    UNKNOWN
  }

  private final Kind kind;

  public StorageException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  public StorageException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
