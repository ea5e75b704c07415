package dev.firn.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.firn.database.TestDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
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
  private Process broker;
  private int port;
  private Path settings;
  private TestDatabase test;
  private Notices notices;

  @BeforeEach
  void start() throws Exception {
    port = freePort();
    int controller = freePort();
    settings =
        Files.writeString(
            directory.resolve("server.properties"),
            """
            process.roles=broker,controller
            node.id=1
            listeners=PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d
            advertised.listeners=PLAINTEXT://127.0.0.1:%d
            controller.listener.names=CONTROLLER
            controller.quorum.bootstrap.servers=127.0.0.1:%d
            log.dirs=%s
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.state.log.num.partitions=1
            auto.create.topics.enable=false
            """
                .formatted(port, controller, port, controller, directory.resolve("log")));
    Process format =
        java(
            "kafka.tools.StorageTool",
            "format",
            "--standalone",
            "-t",
            "MkU3OEVBNTcwNTJENDM2Qg",
            "-c",
            settings.toString());
    assertThat(format.waitFor(120, TimeUnit.SECONDS)).isTrue();
    broker = java("kafka.Kafka", settings.toString());
    try (Admin admin = Admin.create(client())) {
      List<NewTopic> topics =
          List.of(new NewTopic("notices", 1, (short) 1), new NewTopic("tests", 1, (short) 1));
      admin.createTopics(topics).all().get(120, TimeUnit.SECONDS);
    }
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
    broker.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private Process java(String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx400m", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("broker.txt").toFile()))
        .start();
  }

  private Properties client() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", "127.0.0.1:" + port);
    properties.put("default.api.timeout.ms", "120000");
    return properties;
  }

  private List<String> read(String topic) {
    Properties all = client();
    all.putAll(Map.of("isolation.level", "read_committed", "auto.offset.reset", "earliest"));
    TopicPartition place = new TopicPartition(topic, 0);
    List<String> keys = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(place));
      consumer.seekToBeginning(List.of(place));
      long end = consumer.endOffsets(List.of(place)).getOrDefault(place, 0L);
      while (consumer.position(place) < end) {
        for (ConsumerRecord<String, String> r : consumer.poll(Duration.ofSeconds(1))) {
          keys.add(r.key());
          assertThat(r.value()).contains("single_neutrino_alerts.schema.json");
        }
      }
    }
    return keys;
  }

  private Dispatcher sender() {
    KafkaChannel channel = new KafkaChannel("gcn", "notices", "tests", client());
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
    broker.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
    try (Dispatcher second = sender()) {
      for (int i = 5; i < 10; i++) {
        expected.add(consider(i, "current"));
      }
      consider(50, "test");
      Thread.sleep(1_000);
      broker = java("kafka.Kafka", settings.toString());
      awaitSent(11);
    }
    assertThat(read("notices")).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(read("tests")).hasSize(1);
  }

  @Test
  void whatASenderLeftCommittedWithoutKnowingIsFoundAndNotSentAgain() throws Exception {
    Notice notice = notices.consider(NoticesTest.candidate(1, 0.9, "current"), "me").orElseThrow();
    try (KafkaChannel dead = new KafkaChannel("gcn", "notices", "tests", client());
        KafkaChannel next = new KafkaChannel("gcn", "notices", "tests", client())) {
      String position = dead.position(notice);
      dead.send(notice);
      assertThat(next.find(notice, position)).isPresent();
      assertThat(next.find(notice, next.position(notice))).isEmpty();
    }
    assertThat(read("notices")).containsExactly(notice.key());
  }

  private String consider(int event, String tense) {
    return notices.consider(NoticesTest.candidate(event, 0.9, tense), "me").orElseThrow().key();
  }
}
