package dev.firn.archive;

/// Somebody else works on the bundle now: whoever finds this stops without having written anything.
final class LeaseLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LeaseLostException(String message) {
    super(message);
  }
}
