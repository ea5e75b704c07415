package dev.firn.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpDatesTest {
  @Test
  void isTheExampleOfTheStandard() {
    assertThat(HttpDates.format(Instant.ofEpochSecond(784_111_777)))
        .isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"
      })
  void allThreeFormsOfTheStandardAreRead(String text) {
    assertThat(HttpDates.parse(text)).hasValue(Instant.ofEpochSecond(784_111_777));
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
