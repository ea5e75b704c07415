package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class HttpDatesTest {
  @Test
  void isTheExampleOfTheStandard() {
    assertThat(HttpDates.format(Instant.ofEpochSecond(784_111_777)))
        .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }

  @Test
  void whatIsWrittenIsReadAsTheSameSecond() {
    Random random = new Random(2);
    for (int i = 0; i < 10_000; i++) {
      Instant time = Instant.ofEpochSecond(random.nextLong(-10_000_000_000L, 200_000_000_000L), i);
      assertThat(HttpDates.parse(HttpDates.format(time))).hasValue(HttpDates.seconds(time));
    }
  }
}
