package dev.firn.door.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FairQueueTest {
  private static final int PIECE = 256 * 1024;
  private static final long RATE = 100_000_000;
  private static final long SECOND = 1_000_000_000;

  private final FairQueue queue = new FairQueue();
  private final Map<FairQueue.Ticket, String> owners = new HashMap<>();
  private final Map<String, Long> passed = new HashMap<>();

  private void offer(String subject, int bytes) {
    owners.put(queue.offer(subject, bytes), subject);
  }

  /// Runs the queue for a time; each stream offers its next piece when the last one passed.
  private void run(long from, long until, Map<String, Integer> pieces) {
    for (long now = from; now < until; now = Math.max(now + 1000, now + queue.delay(now))) {
      Optional<FairQueue.Ticket> next = queue.poll(now, RATE);
      if (next.isPresent()) {
        String subject = owners.remove(next.get());
        int piece = pieces.get(subject);
        passed.merge(subject, (long) piece, Long::sum);
        offer(subject, piece);
      }
    }
  }

  @Test
  void oneStreamGetsAsMuchAsFiftyOfAnother() {
    for (int i = 0; i < 50; i++) {
      offer("bulk", PIECE);
    }
    offer("small", 16 * 1024);
    run(0, 10 * SECOND, Map.of("bulk", PIECE, "small", 16 * 1024));
    long all = passed.get("bulk") + passed.get("small");
    assertThat((double) all).isCloseTo(10.0 * RATE, within(0.15 * RATE));
    assertThat((double) passed.get("small")).isCloseTo(all / 2.0, within(2.0 * PIECE));
  }

  @Test
  void oneAloneGetsAllAndSavesNothingUp() {
    offer("first", PIECE);
    run(0, 5 * SECOND, Map.of("first", PIECE));
    assertThat((double) passed.get("first")).isCloseTo(5.0 * RATE, within(0.15 * RATE));
    passed.clear();
    offer("second", PIECE);
    run(5 * SECOND, 6 * SECOND, Map.of("first", PIECE, "second", PIECE));
    assertThat((double) passed.get("second")).isCloseTo(passed.get("first"), within(2.0 * PIECE));
  }

  @Test
  void anyNumberOfSubjectsSharesTheRate() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Map<String, Integer> pieces = new HashMap<>();
    for (int i = 0; i < 5; i++) {
      pieces.put("s" + i, 4096 + random.nextInt(PIECE));
      for (int stream = 0; stream <= random.nextInt(20); stream++) {
        offer("s" + i, pieces.get("s" + i));
      }
    }
    run(0, 20 * SECOND, pieces);
    for (String subject : pieces.keySet()) {
      assertThat((double) passed.get(subject))
          .as("seed %d, %s", seed, subject)
          .isCloseTo(20.0 * RATE / 5, within(6.0 * PIECE + 0.03 * RATE));
    }
  }
}
