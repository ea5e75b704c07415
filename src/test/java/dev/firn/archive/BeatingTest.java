package dev.firn.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BeatingTest {
  @Test
  void aLeaseIsKeptWhileALongStepGoesOnAndNoLonger() throws Exception {
    CountDownLatch twice = new CountDownLatch(2);
    try (Beating beating = new Beating(twice::countDown)) {
      assertThat(twice.await(1, TimeUnit.MINUTES)).isTrue();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(t -> t.getName().equals("archive-lease") && t.isAlive());
  }

  @Test
  void aLostLeaseEndsTheBeatingAndNothingElse() throws Exception {
    CountDownLatch once = new CountDownLatch(1);
    Runnable lost =
        () -> {
          once.countDown();
          throw new LeaseLostException("somebody else's");
        };
    assertThatCode(
            () -> {
              try (Beating beating = new Beating(lost)) {
                once.await(1, TimeUnit.MINUTES);
              }
            })
        .doesNotThrowAnyException();
  }
}
