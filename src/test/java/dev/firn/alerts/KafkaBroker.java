package dev.firn.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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

/// A real Kafka broker in KRaft mode, a process of its own on the loopback interface, with the
/// topics `notices` and `tests`.
public final class KafkaBroker implements AutoCloseable {
  private static final String MODULE =
      "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required";

  /// The module wants a token of the broker itself as well, with which it goes nowhere.
  private static final String OWN = "unsecuredLoginStringClaim_sub=\"broker\" ";

  private final Path directory;
  private final Path settings;
  private final int port;
  private final int guarded;
  private final String jwks;
  private Process process;

  /// Whose tokens a broker takes.
  ///
  /// @param jwks address of the issuer's public keys
  /// @param ca file with the authority of that address's certificate
  public record Trust(String issuer, String audience, String jwks, Path ca) {}

  /// A broker that lets everybody in.
  static KafkaBroker start(Path directory) throws Exception {
    return new KafkaBroker(directory, null);
  }

  /// A broker with a second listener that lets in who has a token by OAUTHBEARER.
  public static KafkaBroker start(Path directory, Trust trust) throws Exception {
    return new KafkaBroker(directory, trust);
  }

  private KafkaBroker(Path directory, Trust trust) throws Exception {
    this.directory = Files.createDirectories(directory);
    this.port = freePort();
    this.guarded = freePort();
    this.jwks = trust == null ? "" : trust.jwks();
    this.settings =
        Files.writeString(
            directory.resolve("server.properties"), open() + (trust == null ? "" : guarded(trust)));
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
    restart();
    try (Admin admin = Admin.create(client())) {
      List<NewTopic> topics =
          List.of(new NewTopic("notices", 1, (short) 1), new NewTopic("tests", 1, (short) 1));
      admin.createTopics(topics).all().get(120, TimeUnit.SECONDS);
    }
  }

  private String open() throws IOException {
    int controller = freePort();
    return """
    process.roles=broker,controller
    node.id=1
    listeners=PLAINTEXT://127.0.0.1:%1$d,SASL_PLAINTEXT://127.0.0.1:%2$d,CONTROLLER://127.0.0.1:%3$d
    advertised.listeners=PLAINTEXT://127.0.0.1:%1$d,SASL_PLAINTEXT://127.0.0.1:%2$d
    listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
    controller.listener.names=CONTROLLER
    controller.quorum.bootstrap.servers=127.0.0.1:%3$d
    log.dirs=%4$s
    offsets.topic.replication.factor=1
    offsets.topic.num.partitions=1
    transaction.state.log.replication.factor=1
    transaction.state.log.min.isr=1
    transaction.state.log.num.partitions=1
    auto.create.topics.enable=false
    """
        .formatted(port, guarded, controller, directory.resolve("log"))
        .replaceAll(jwks.isEmpty() ? ",SASL_PLAINTEXT://[0-9.:]+" : "^$", "");
  }

  private static String guarded(Trust trust) {
    String listener = "listener.name.sasl_plaintext.";
    return """
    %1$ssasl.enabled.mechanisms=OAUTHBEARER
    %1$soauthbearer.sasl.jaas.config=%2$s %3$s;
    %1$soauthbearer.sasl.server.callback.handler.class=\
    org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallbackHandler
    sasl.oauthbearer.jwks.endpoint.url=%4$s
    sasl.oauthbearer.expected.issuer=%5$s
    sasl.oauthbearer.expected.audience=%6$s
    """
        .formatted(
            listener,
            MODULE,
            OWN + trusting(trust.ca()),
            trust.jwks(),
            trust.issuer(),
            trust.audience());
  }

  private static String trusting(Path ca) {
    return "ssl.truststore.type=\"PEM\" ssl.truststore.location=\"" + ca + "\"";
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
    command.add("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=" + jwks);
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("broker.txt").toFile()))
        .start();
  }

  void restart() throws IOException {
    process = java("kafka.Kafka", settings.toString());
  }

  /// Ends it as a power cut would.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor(30, TimeUnit.SECONDS);
  }

  /// Properties of a client of the open listener.
  Properties client() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", "127.0.0.1:" + port);
    properties.put("default.api.timeout.ms", "120000");
    return properties;
  }

  /// Properties of a client of the guarded listener, which has tokens by client credentials.
  public Properties client(String id, String secret, String endpoint, Path ca) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", "127.0.0.1:" + guarded);
    properties.put("security.protocol", "SASL_PLAINTEXT");
    properties.put("sasl.mechanism", "OAUTHBEARER");
    properties.put("sasl.oauthbearer.token.endpoint.url", endpoint);
    properties.put(
        "sasl.login.callback.handler.class",
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
    properties.put(
        "sasl.jaas.config",
        MODULE + " clientId=\"%s\" clientSecret=\"%s\" %s;".formatted(id, secret, trusting(ca)));
    return properties;
  }

  /// Keys of the committed records of a topic, read at the open listener.
  public List<String> keys(String topic) {
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

  @Override
  public void close() throws InterruptedException {
    kill();
  }
}
