package dev.firn.server;

import dev.firn.alerts.Channel;
import dev.firn.alerts.Dispatcher;
import dev.firn.alerts.HttpChannel;
import dev.firn.alerts.KafkaChannel;
import dev.firn.alerts.NoticeRoutes;
import dev.firn.alerts.Notices;
import dev.firn.database.Database;
import dev.firn.http.HttpFetcher;
import dev.firn.http.Router;
import dev.firn.server.config.Alerts;
import dev.firn.server.config.ConfigException;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

/// A hub's notices and the channels that they go to.
final class HubAlerts {
  private static final String ALLOWED = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

  private final Alerts config;
  private final Database database;
  private final HttpFetcher client;
  private final Clock clock;
  private final Notices notices;

  HubAlerts(Alerts config, Database database, HttpFetcher client, Clock clock) {
    this.config = config;
    this.database = database;
    this.client = client;
    this.clock = clock;
    this.notices =
        new Notices(
            database,
            new Notices.Thresholds(config.gold(), config.bronze()),
            config.channels().stream().map(HubAlerts::outlet).toList(),
            clock);
  }

  /// Kafka's channels have a topic for tests.
  private static Notices.Outlet outlet(Alerts.Channel channel) {
    boolean tests = channel.kind().equals("kafka") || channel.testUrl().isPresent();
    return new Notices.Outlet(channel.name(), tests);
  }

  Notices notices() {
    return notices;
  }

  void addTo(Router router, Authenticator authenticator, AccessPolicy policy) {
    new NoticeRoutes(notices, authenticator, policy).addTo(router);
  }

  /// Starts sending what waits.
  AutoCloseable start() {
    return Dispatcher.start(database, channels(config, client), clock);
  }

  /// @throws ConfigException when a channel's properties cannot be read
  private static List<Channel> channels(Alerts config, HttpFetcher client) {
    List<Channel> channels = new ArrayList<>();
    for (Alerts.Channel c : config.channels()) {
      channels.add(
          c.kind().equals("http")
              ? new HttpChannel(c.name(), c.url().orElseThrow(), c.testUrl(), client)
              : new KafkaChannel(
                  c.name(), c.topic(), c.testTopic(), read(c.properties().orElseThrow())));
    }
    return channels;
  }

  /// The client's properties. The address that tokens are fetched from must be allowed by a
  /// property of the whole process, before the first client is made.
  private static Properties read(Path file) {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    } catch (IOException e) {
      throw new ConfigException("alert-channels: cannot read " + file);
    }
    String tokens = properties.getProperty("sasl.oauthbearer.token.endpoint.url");
    if (tokens != null) {
      // One list for the process: channels may have issuers of their own.
      String others = System.getProperty(ALLOWED, "");
      System.setProperty(ALLOWED, others.isEmpty() ? tokens : others + "," + tokens);
    }
    return properties;
  }
}
