package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.function.IntSupplier;

/// Waits for what comes a moment after an answer, as a place that becomes free.
final class Awaiting {
  private Awaiting() {}

  static void count(IntSupplier counted, int wanted) throws InterruptedException {
    for (long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        counted.getAsInt() != wanted && System.nanoTime() < end; ) {
      Thread.sleep(10);
    }
    assertThat(counted.getAsInt()).isEqualTo(wanted);
  }
}
