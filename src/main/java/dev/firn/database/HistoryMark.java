package dev.firn.database;

/// Whether the transaction on this thread wrote history, so that listeners are woken after its
/// commit and not before.
final class HistoryMark {
  private static final ThreadLocal<Boolean> WROTE = new ThreadLocal<>();

  private HistoryMark() {}

  static void set() {
    WROTE.set(true);
  }

  static void clear() {
    WROTE.remove();
  }

  static boolean take() {
    boolean wrote = Boolean.TRUE.equals(WROTE.get());
    WROTE.remove();
    return wrote;
  }
}
