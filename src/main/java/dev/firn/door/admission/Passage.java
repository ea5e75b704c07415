package dev.firn.door.admission;

import dev.firn.http.ByteFlow;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// An admitted request's way through: its bytes pass here, and it is closed when they have.
public final class Passage implements ByteFlow, AutoCloseable {
  private final Admission admission;
  private final Ask ask;
  private final List<Gauge> gauges;
  private final List<Gauge> pacing;
  private final boolean large;
  private final AtomicLong passed = new AtomicLong();
  private final AtomicBoolean left = new AtomicBoolean();

  Passage(Admission admission, Ask ask, List<Gauge> gauges, boolean large) {
    this.admission = admission;
    this.ask = ask;
    this.gauges = gauges;
    this.pacing = gauges.stream().filter(Gauge::paces).toList();
    this.large = large;
    admission.traffic().began(ask);
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
    admission.traffic().passed(ask, bytes);
  }

  @Override
  public void close() {
    if (left.compareAndSet(false, true)) {
      admission.leave(this);
    }
  }
}
