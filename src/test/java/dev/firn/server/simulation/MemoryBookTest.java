package dev.firn.server.simulation;

import dev.firn.transfer.link.LinkPolicy;
import dev.firn.transfer.queue.TransferBook;
import dev.firn.transfer.queue.TransferBookContract;
import java.time.Duration;
import java.time.Instant;

class MemoryBookTest extends TransferBookContract {
  private Instant now = Instant.parse("2026-12-01T00:00:00Z");

  @Override
  protected TransferBook open() {
    return new MemoryBook(() -> now, LinkPolicy.fixed(4), (transfer, from, to, why) -> {});
  }

  @Override
  protected void pass(Duration time) {
    now = now.plus(time);
  }
}
