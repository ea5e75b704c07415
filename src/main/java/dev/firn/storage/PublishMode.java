package dev.firn.storage;

/// What may be at a name that is about to be given.
public enum PublishMode {
  /// Nothing may be there; of several who try, one wins.
  CREATE_NEW,
  /// A file that is there is replaced in one step.
  REPLACE
}
