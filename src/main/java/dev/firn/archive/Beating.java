package dev.firn.archive;

/// Renews a lease from a thread of its own during one long step that tells nothing of how far it
/// is, such as making a hundred gigabytes durable; until it is closed.
final class Beating implements AutoCloseable {
  private static final long EVERY_MILLIS = 1000;

  private final Thread thread;

  /// @param alive renews it when it is time; nobody else may run it meanwhile
  Beating(Runnable alive) {
    thread = Thread.ofPlatform().name("archive-lease").daemon().start(() -> beat(alive));
  }

  private static void beat(Runnable alive) {
    try {
      while (true) {
        Thread.sleep(EVERY_MILLIS);
        alive.run();
      }
    } catch (InterruptedException | LeaseLostException e) {
      return; // closed, or lost: whoever holds the step finds out when he ends it
    }
  }

  @Override
  public void close() {
    Threads.end(thread);
  }
}
