package dev.firn.door.admission;

import dev.firn.http.ByteFlow;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// An admitted request's way through: its bytes pass here, and it is closed when they have.
///
/// What passes is added to the account as it passes; of a large transfer ten times a second and
/// when all has passed.
public final class Passage implements ByteFlow, AutoCloseable {
  private static final long COUNT_NANOS = 100_000_000;

  private final Admission admission;
  private final Ask ask;
  private final List<Gauge> gauges;
  private final List<Gauge> pacing;
  private final boolean large;
  private final AtomicLong passed = new AtomicLong();
  private final AtomicLong uncounted = new AtomicLong();
  private volatile long countedAt = System.nanoTime();
  private final AtomicBoolean begun = new AtomicBoolean();
  private final AtomicBoolean left = new AtomicBoolean();

  Passage(Admission admission, Ask ask, List<Gauge> gauges, boolean large) {
    this.admission = admission;
    this.ask = ask;
    this.gauges = gauges;
    this.pacing = gauges.isEmpty() ? gauges : gauges.stream().filter(Gauge::paces).toList();
    this.large = large;
    if (large) {
      count();
    }
  }

  Ask ask() {
    return ask;
  }

  List<Gauge> gauges() {
    return gauges;
  }

  boolean large() {
    return large;
  }

  /// The largest piece to pass at once: small where bytes are held back, so that streams take
  /// turns.
  int piece() {
    return pacing.isEmpty() ? 4 * 1024 * 1024 : 256 * 1024;
  }

  /// Bytes up to now.
  long passed() {
    return passed.get();
  }

  @Override
  public void pass(int bytes) throws IOException {
    for (Gauge gauge : pacing) {
      gauge.pass(ask.subject(), bytes);
    }
    passed.addAndGet(bytes);
    uncounted.addAndGet(bytes);
    long now = System.nanoTime();
    if (!large || passed.get() == ask.bytes() || now - countedAt > COUNT_NANOS) {
      countedAt = now;
      count();
    }
  }

  private void count() {
    long bytes = uncounted.getAndSet(0);
    int requests = begun.compareAndSet(false, true) ? 1 : 0;
    if (bytes > 0 || requests > 0) {
      admission.traffic().passed(ask, bytes, requests);
    }
  }

  @Override
  public void close() {
    if (left.compareAndSet(false, true)) {
      count();
      admission.leave(this);
    }
  }
}
