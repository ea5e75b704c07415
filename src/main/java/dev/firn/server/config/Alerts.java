package dev.firn.server.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// From which signalness on there are notices, and where they go.
public record Alerts(double gold, double bronze, List<Channel> channels) {
  public Alerts {
    channels = List.copyOf(channels);
  }

  /// A place that notices go to: by POST to `url`, or to a Kafka topic.
  ///
  /// @param testUrl of an `http` channel, for tests and injections; empty when it gets none
  public record Channel(
      String name,
      String kind,
      Optional<URI> url,
      Optional<URI> testUrl,
      String topic,
      String testTopic,
      Optional<Path> properties) {}

  /// @throws ConfigException when a value does not make sense
  static Alerts from(ConfigFile file) {
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < file.count("alert-channels"); i++) {
      channels.add(channel(file, "alert-channels[" + i + "]."));
    }
    return new Alerts(
        file.parsed("alerts.gold", Double::parseDouble),
        file.parsed("alerts.bronze", Double::parseDouble),
        channels);
  }

  private static Channel channel(ConfigFile file, String at) {
    String kind = file.text(at + "kind");
    Optional<URI> url = address(file, at + "url");
    Optional<Path> properties =
        file.present(at + "properties").map(t -> file.path(at + "properties"));
    String topic = file.text(at + "topic");
    String testTopic = file.text(at + "test-topic");
    switch (kind) {
      case "http" -> {
        if (url.isEmpty()) {
          throw file.refuse(at + "url", "needed for an http channel");
        }
      }
      case "kafka" -> {
        if (properties.isEmpty() || topic.isEmpty() || testTopic.isEmpty()) {
          throw file.refuse(at + "topic", "a kafka channel needs properties, topic and test-topic");
        }
      }
      default -> throw file.refuse(at + "kind", "kafka or http, not " + kind);
    }
    return new Channel(
        file.text(at + "name"),
        kind,
        url,
        address(file, at + "test-url"),
        topic,
        testTopic,
        properties);
  }

  private static Optional<URI> address(ConfigFile file, String key) {
    return file.present(key).map(t -> file.parsed(key, URI::create));
  }
}
