package dev.firn.storage;

/// How a change of names ended; each method says which of these it can return.
public enum Change {
  DONE,
  CREATED,
  REPLACED,
  /// There is something at the name already.
  EXISTS,
  /// There is nothing at the name.
  MISSING,
  /// The directory the name lies in is not there.
  PARENT_MISSING,
  /// Something above the name is a file.
  NOT_A_DIRECTORY,
  /// The directory holds something.
  NOT_EMPTY;

  /// Whether the change was made.
  public boolean done() {
    return this == DONE || this == CREATED || this == REPLACED;
  }
}
