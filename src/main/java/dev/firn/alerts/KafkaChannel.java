package dev.firn.alerts;

import dev.firn.http.Json;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/// Notices to a Kafka topic of one partition, each in a transaction of its own, keyed by
/// `EVENT/REVISION`. Tests go to a topic of theirs.
///
/// A sender with the same transactional id that starts later makes the broker end whatever an
/// earlier one left open; then the topic is read from the noted offset to see what was committed.
public final class KafkaChannel implements Channel {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int LARGEST = 4 * 1024 * 1024;

  private final String name;
  private final String topic;
  private final String testTopic;
  private final Properties properties;
  private @Nullable KafkaProducer<String, byte[]> producer;

  /// @param properties of the client: `bootstrap.servers`, and what its security needs
  public KafkaChannel(String name, String topic, String testTopic, Properties properties) {
    this.name = name;
    this.topic = topic;
    this.testTopic = testTopic;
    this.properties = new Properties();
    this.properties.putAll(properties);
    int patience = (int) PATIENCE.toMillis();
    this.properties.put("request.timeout.ms", patience / 2);
    this.properties.put("default.api.timeout.ms", patience);
  }

  @Override
  public String name() {
    return name;
  }

  private TopicPartition place(Notice notice) {
    return new TopicPartition(notice.tense().equals(Notice.EARNEST) ? topic : testTopic, 0);
  }

  @Override
  public String position(Notice notice) throws IOException {
    started(); // from here on, no attempt of a former sender is committed
    TopicPartition place = place(notice);
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      return Long.toString(consumer.endOffsets(List.of(place)).getOrDefault(place, 0L));
    } catch (KafkaException e) {
      throw failed(e);
    }
  }

  @Override
  public String send(Notice notice) throws IOException {
    KafkaProducer<String, byte[]> sender = started();
    TopicPartition place = place(notice);
    try {
      sender.beginTransaction();
      RecordMetadata kept =
          sender
              .send(
                  new ProducerRecord<>(
                      place.topic(), 0, notice.key(), Json.bytes(notice.payload())))
              .get();
      sender.commitTransaction();
      return kept.topic() + " offset " + kept.offset();
    } catch (KafkaException | ExecutionException e) {
      close(); // another producer begins afresh, and ends what this one left open
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(e);
    }
  }

  @Override
  public Optional<String> find(Notice notice, String position) throws IOException {
    started();
    TopicPartition place = place(notice);
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      consumer.assign(List.of(place));
      consumer.seek(place, position.isEmpty() ? 0 : Long.parseLong(position));
      long end = consumer.endOffsets(List.of(place)).getOrDefault(place, 0L);
      while (consumer.position(place) < end) {
        for (ConsumerRecord<String, byte[]> r : consumer.poll(Duration.ofSeconds(1))) {
          if (notice.key().equals(r.key())) {
            return Optional.of(r.topic() + " offset " + r.offset());
          }
        }
      }
      return Optional.empty();
    } catch (KafkaException e) {
      throw failed(e);
    }
  }

  private KafkaProducer<String, byte[]> started() throws IOException {
    KafkaProducer<String, byte[]> known = producer;
    if (known != null) {
      return known;
    }
    Properties all = new Properties();
    all.putAll(properties);
    all.put("transactional.id", "firn-notices-" + name);
    all.put("enable.idempotence", true);
    all.put("compression.type", "zstd");
    all.put("max.request.size", LARGEST);
    all.put("delivery.timeout.ms", (int) PATIENCE.toMillis());
    all.put("max.block.ms", PATIENCE.toMillis());
    KafkaProducer<String, byte[]> made = null;
    try {
      made = new KafkaProducer<>(all, new StringSerializer(), new ByteArraySerializer());
      made.initTransactions();
      producer = made;
      return made;
    } catch (KafkaException e) {
      if (made != null) {
        made.close(Duration.ZERO);
      }
      throw failed(e);
    }
  }

  private KafkaConsumer<String, byte[]> consumer() {
    Properties all = new Properties();
    all.putAll(properties);
    all.putAll(
        Map.of(
            "isolation.level", "read_committed",
            "auto.offset.reset", "earliest",
            "enable.auto.commit", "false"));
    return new KafkaConsumer<>(all, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private static IOException failed(Exception e) {
    Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
    return new IOException("Kafka: " + cause.getMessage(), e);
  }

  @Override
  public void close() {
    if (producer != null) {
      producer.close(Duration.ZERO);
      producer = null;
    }
  }
}
