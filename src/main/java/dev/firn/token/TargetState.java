package dev.firn.token;

/// What is known of the thing a decision is about. It matters only for scopes that end in `/`.
public enum TargetState {
  /// Not looked yet: a scope for the directory of that very name is given the benefit of the doubt,
  /// so decide again once it is known.
  UNKNOWN,
  /// There is nothing at the name.
  ABSENT,
  FILE,
  DIRECTORY
}
