package dev.firn.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClockGuardTest {
  private TestDatabase test;

  @BeforeEach
  void open() {
    test = TestDatabase.create();
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aClockThatIsFarFromTheDatabasesDoesNotAgreeWithIt() {
    assertThat(agrees(Duration.ZERO)).isTrue();
    assertThat(agrees(Duration.ofSeconds(10))).isTrue();
    assertThat(agrees(Duration.ofSeconds(-10))).isTrue();
    assertThat(agrees(Duration.ofHours(1))).isFalse();
    assertThat(agrees(Duration.ofHours(-1))).isFalse();
    assertThat(test.database().clocksAgree()).isTrue();
  }

  private boolean agrees(Duration ahead) {
    return new ClockGuard(test.database(), () -> Instant.now().plus(ahead)).agrees();
  }
}
