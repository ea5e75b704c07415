package dev.firn.door.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestRateTest {
  private static final long SECOND = 1_000_000_000;

  private static boolean asks(RequestRate rate, String who, long now) {
    return rate.ask(who, now) == RequestRate.Answer.YES;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void oneAloneGetsAllAndASecondsWorthAtOnce(int perSecond) {
    RequestRate rate = new RequestRate(perSecond, 0);
    int atOnce = 0;
    while (asks(rate, "bulk", 0)) {
      atOnce++;
    }
    assertThat(atOnce).isEqualTo(perSecond);
    int later = 0;
    for (long now = 0; now < 20 * SECOND; now += 1_000_000) {
      later += asks(rate, "bulk", now) ? 1 : 0;
    }
    assertThat((double) later).isCloseTo(20.0 * perSecond, within(1.0));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 100})
  void whoComesWhileAnotherAsksWithoutEndIsLetInAtOnce(int perSecond) {
    RequestRate rate = new RequestRate(perSecond, 0);
    for (long now = 0; now < 10 * SECOND; now += 100_000) {
      asks(rate, "bulk", now);
    }
    assertThat(asks(rate, "small", 10 * SECOND)).isTrue();
  }

  @Test
  void twoWhoAskWithoutEndGetHalfEachHoweverOftenOneAsks() {
    RequestRate rate = new RequestRate(100, 0);
    int small = 0;
    int bulk = 0;
    for (long now = 0; now < 20 * SECOND; now += 1_000_000) {
      for (int i = 0; i < 20; i++) {
        bulk += asks(rate, "bulk", now) ? 1 : 0;
      }
      small += now % 5_000_000 == 0 && asks(rate, "small", now) ? 1 : 0;
    }
    assertThat(small + bulk).isBetween(1900, 2150);
    assertThat((double) small).isCloseTo(1000, within(200.0));
  }

  @Test
  void whoHadHisShareIsToldSoAndWhoHadNoneThatTheDoorIsFull() {
    RequestRate rate = new RequestRate(8, 0);
    while (asks(rate, "bulk", 0)) {}
    assertThat(rate.ask("bulk", 0)).isEqualTo(RequestRate.Answer.FULL);
    assertThat(rate.ask("small", 0)).isEqualTo(RequestRate.Answer.YES);
    assertThat(rate.ask("bulk", 0)).isEqualTo(RequestRate.Answer.OVER_SHARE);
    assertThat(rate.ask("third", 0)).isEqualTo(RequestRate.Answer.FULL);
  }
}
