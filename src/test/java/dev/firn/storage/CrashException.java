package dev.firn.storage;

/// The process ends here. An `Error`, so that nothing in the product catches it.
final class CrashException extends Error {
  private static final long serialVersionUID = 1L;

  CrashException(String step) {
    super("crash at " + step, null, false, false);
  }
}
