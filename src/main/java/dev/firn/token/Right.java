package dev.firn.token;

import java.util.Optional;

/// A capability over paths (WLCG Common JWT Profile 1.3, storage scopes).
///
/// No right implies another, with two exceptions: [#MODIFY] includes what [#CREATE] allows and
/// [#STAGE] what [#POLL] allows. Since profile 1.2 staging does not allow reading.
public enum Right {
  /// Read files that are online, and list directories.
  READ("storage.read"),
  /// Add new files and directories; never read, replace or delete.
  CREATE("storage.create"),
  /// Create, replace, rename and delete; not read.
  MODIFY("storage.modify"),
  /// Bring nearline files online and release them; not read.
  STAGE("storage.stage"),
  /// Ask for the locality of files, nothing else.
  POLL("storage.poll");

  private final String scopeName;

  Right(String scopeName) {
    this.scopeName = scopeName;
  }

  /// The name in a token's scope claim: `storage.read`.
  public String scopeName() {
    return scopeName;
  }

  /// Whether whoever holds this right may do what `other` allows.
  public boolean includes(Right other) {
    return this == other || (this == MODIFY && other == CREATE) || (this == STAGE && other == POLL);
  }

  static Optional<Right> named(String scopeName) {
    for (Right right : values()) {
      if (right.scopeName.equals(scopeName)) {
        return Optional.of(right);
      }
    }
    return Optional.empty();
  }
}
