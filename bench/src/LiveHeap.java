import java.lang.management.ManagementFactory;

/// What work keeps in memory: the heap after a collection, looked at several times a second.
final class LiveHeap {
  private static final long BETWEEN_MS = 250;

  private LiveHeap() {}

  interface Work {
    void run() throws Exception;
  }

  /// The most bytes of this process's heap that were live while `work` ran, in a thread of its own.
  static long most(Work work) throws Exception {
    Exception[] failed = new Exception[1];
    Thread worker =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (Exception e) {
                    failed[0] = e;
                  }
                });
    long most = 0;
    while (worker.isAlive()) {
      System.gc();
      most = Math.max(most, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
      worker.join(BETWEEN_MS);
    }
    if (failed[0] != null) {
      throw failed[0];
    }
    return most;
  }
}
