package dev.firn.archive;

/// Helpers of a thread's owner.
final class Threads {
  private Threads() {}

  /// Interrupts a thread and waits for its end: afterwards it touches nothing. An interruption of
  /// the caller meanwhile is kept for later.
  static void end(Thread thread) {
    thread.interrupt();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
