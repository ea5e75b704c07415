package dev.firn.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real Kafka broker, which is killed while notices are on their way.
@Tag("slow")
@Tag("peer")
class KafkaChannelTest {
  @TempDir Path directory;
  private KafkaBroker broker;
  private TestDatabase test;
  private Notices notices;

  @BeforeEach
  void start() throws Exception {
    broker = KafkaBroker.start(directory);
    test = TestDatabase.create();
    notices =
        new Notices(
            test.database(),
            Notices.Thresholds.STANDARD,
            List.of(new Notices.Outlet("gcn", true)),
            Clock.systemUTC());
  }

  @AfterEach
  void stop() throws Exception {
    test.close();
    broker.close();
  }

  private Dispatcher sender() {
    KafkaChannel channel = new KafkaChannel("gcn", "notices", "tests", broker.client());
    return Dispatcher.start(test.database(), List.of(channel), Clock.systemUTC());
  }

  private void awaitSent(int count) throws Exception {
    Instant end = Instant.now().plusSeconds(180);
    while (Instant.now().isBefore(end)) {
      long sent =
          notices.list(Long.MAX_VALUE, 100).stream()
              .filter(n -> n.deliveries().getFirst().state().equals("sent"))
              .count();
      if (sent == count) {
        return;
      }
      Thread.sleep(200);
    }
    assertThat(notices.list(Long.MAX_VALUE, 100)).extracting(Notice::deliveries).isEmpty();
  }

  @Test
  void eachNoticeIsSeenOnceThroughKillsOfBrokerAndSender() throws Exception {
    List<String> expected = new ArrayList<>();
    try (Dispatcher first = sender()) {
      for (int i = 0; i < 5; i++) {
        expected.add(consider(i, "current"));
      }
      awaitSent(5);
    }
    broker.kill();
    try (Dispatcher second = sender()) {
      for (int i = 5; i < 10; i++) {
        expected.add(consider(i, "current"));
      }
      consider(50, "test");
      Thread.sleep(1_000);
      broker.restart();
      awaitSent(11);
    }
    assertThat(broker.keys("notices")).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(broker.keys("tests")).hasSize(1);
  }

  @Test
  void whatASenderLeftCommittedWithoutKnowingIsFoundAndNotSentAgain() throws Exception {
    Notice notice = notices.consider(NoticesTest.candidate(1, 0.9, "current"), "me").orElseThrow();
    try (KafkaChannel dead = new KafkaChannel("gcn", "notices", "tests", broker.client());
        KafkaChannel next = new KafkaChannel("gcn", "notices", "tests", broker.client())) {
      String position = dead.position(notice);
      dead.send(notice);
      assertThat(next.find(notice, position)).isPresent();
      assertThat(next.find(notice, next.position(notice))).isEmpty();
    }
    assertThat(broker.keys("notices")).containsExactly(notice.key());
  }

  private String consider(int event, String tense) {
    return notices.consider(NoticesTest.candidate(event, 0.9, tense), "me").orElseThrow().key();
  }
}
