package dev.firn.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.firn.alerts.KafkaBroker;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A hub that sends notices to a real Kafka broker with tokens of its own issuer, and is killed at
/// it.
@Tag("slow")
@Tag("peer")
@Timeout(value = 15, unit = TimeUnit.MINUTES) // hubs that start again and again
class NoticesKillTest {
  private static final long SEED = Long.getLong("firn.notices.seed", 7);
  private static final int ROUNDS = Integer.getInteger("firn.notices.rounds", 5);
  private static final int BURST = 12;
  private static final String NOTICES = "/api/v1/notices";
  private static final String SECRET = "a-secret-of-a-test-with-256-bits";

  @TempDir Path directory;
  private final Random random = new Random(SEED);
  private HubProcess hub;
  private KafkaBroker broker;
  private Path ca;

  @BeforeEach
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void start() throws Exception {
    hub = new HubProcess(directory);
    ca = hub.ca();
    broker =
        KafkaBroker.start(
            directory.resolve("kafka"),
            new KafkaBroker.Trust(hub.url(), "kafka", hub.url() + "/auth/jwks", ca));
    Path properties = directory.resolve("kafka.properties");
    try (Writer out = Files.newBufferedWriter(properties)) {
      client("notices").store(out, null);
    }
    hub.configure(
        """

        [[clients]]
        id = "notices"
        secret-sha256 = "%1$s"
        scopes = ["kafka"]
        audiences = ["kafka"]

        [[clients]]
        id = "stranger"
        secret-sha256 = "%1$s"
        scopes = ["kafka"]
        audiences = ["somewhere else"]

        [[alert-channels]]
        name = "gcn"
        kind = "kafka"
        topic = "notices"
        test-topic = "tests"
        properties = "%2$s"
        """
            .formatted(sha256(SECRET), properties));
  }

  @AfterEach
  void stop() throws Exception {
    hub.close();
    if (broker != null) {
      broker.close();
    }
  }

  private Properties client(String id) {
    return broker.client(id, SECRET, hub.url() + "/auth/token", ca);
  }

  private static String sha256(String text) throws Exception {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private String consider(int event) throws Exception {
    Map<String, Object> candidate =
        Map.of(
            "run", 137_840,
            "event", event,
            "triggered", "2023-04-16T13:17:10.123456Z",
            "ra", 345.82,
            "dec", 9.01,
            "error", 0.5,
            "signalness", 0.9);
    JsonNode made = hub.json(201, "POST", NOTICES, hub.operator(), candidate);
    return made.path("event_name").asString() + "/" + made.path("revision").asInt();
  }

  private long sent() throws Exception {
    long sent = 0;
    for (JsonNode notice : hub.json(200, "GET", NOTICES, hub.operator(), null).path("notices")) {
      sent += notice.path("deliveries").path(0).path("state").asString().equals("sent") ? 1 : 0;
    }
    return sent;
  }

  /// One notice in the very act of being sent waits until the lease of the dead sender ends.
  @Test
  void aConsumerSeesEachNoticeOnceThoughTheHubIsKilledWhileItSends() throws Exception {
    List<String> expected = new ArrayList<>();
    int unsent = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < BURST; i++) {
        expected.add(consider(expected.size()));
      }
      Thread.sleep(random.nextInt(60));
      hub.killAndStart();
      unsent += sent() < expected.size() ? 1 : 0;
    }
    assertThat(unsent).as("kills that came before all was sent, seed %d", SEED).isPositive();
    Instant end = Instant.now().plusSeconds(300);
    while (sent() < expected.size() && Instant.now().isBefore(end)) {
      Thread.sleep(500);
    }
    assertThat(broker.keys("notices"))
        .as("seed %d", SEED)
        .containsExactlyInAnyOrderElementsOf(expected);
    assertThat(broker.keys("tests")).isEmpty();
  }

  @Test
  void theBrokerLetsInWhoeverHasATokenOfTheHubsIssuerForItAndNobodyElse() throws Exception {
    String allowed = "org.apache.kafka.sasl.oauthbearer.allowed.urls";
    System.setProperty(allowed, hub.url() + "/auth/token");
    try {
      topics(client("notices"));
      assertThatThrownBy(() -> topics(client("stranger")))
          .hasRootCauseInstanceOf(SaslAuthenticationException.class);
      Properties without = client("notices");
      without.put("security.protocol", "PLAINTEXT");
      without.put("default.api.timeout.ms", "10000");
      without.put("request.timeout.ms", "5000");
      assertThatThrownBy(() -> topics(without)).isInstanceOf(ExecutionException.class);
    } finally {
      System.clearProperty(allowed);
    }
  }

  private static void topics(Properties client) throws Exception {
    try (Admin admin = Admin.create(client)) {
      assertThat(admin.listTopics().names().get(60, TimeUnit.SECONDS)).contains("notices", "tests");
    }
  }
}
