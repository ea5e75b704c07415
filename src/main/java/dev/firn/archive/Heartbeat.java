package dev.firn.archive;

import java.time.Duration;
import java.util.UUID;

/// Renews a lease while work goes on; run as often as one likes, it asks the database three times a
/// lease.
final class Heartbeat implements Runnable {
  private final ArchiveStore store;
  private final UUID bundle;
  private final Duration lease;
  private long next;

  Heartbeat(ArchiveStore store, UUID bundle, Duration lease) {
    this.store = store;
    this.bundle = bundle;
    this.lease = lease;
    this.next = System.nanoTime() + lease.toNanos() / 3;
  }

  /// @throws LeaseLostException when somebody else works on the bundle now
  @Override
  public void run() {
    if (System.nanoTime() - next < 0) {
      return;
    }
    if (!store.keep(bundle, lease)) {
      throw new LeaseLostException("the lease on bundle " + bundle + " is lost");
    }
    next = System.nanoTime() + lease.toNanos() / 3;
  }
}
