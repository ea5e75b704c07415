package dev.firn.server;

import dev.firn.database.Database;
import dev.firn.http.HttpFetcher;
import dev.firn.publication.DoiRegistry;
import dev.firn.publication.Dois;
import dev.firn.publication.Publications;
import dev.firn.server.config.SiteConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.util.Base64;

/// Who keeps the DOIs of a hub's publications.
final class HubDois {
  private HubDois() {}

  static Dois of(
      SiteConfig.DataCite config,
      URI site,
      Database database,
      Publications publications,
      HttpFetcher client) {
    DoiRegistry registry = new DoiRegistry(client, config.url(), () -> authorization(config));
    return new Dois(database, publications, site, registry, Clock.systemUTC());
  }

  /// Read each time: a secret may be changed while the hub runs.
  private static String authorization(SiteConfig.DataCite config) {
    try {
      String secret = Files.readString(config.secretFile()).strip();
      if (config.user().isEmpty()) {
        return "Bearer " + secret;
      }
      byte[] account = (config.user() + ":" + secret).getBytes(StandardCharsets.UTF_8);
      return "Basic " + Base64.getEncoder().encodeToString(account);
    } catch (IOException e) {
      throw new UncheckedIOException("the secret for DOIs cannot be read", e);
    }
  }
}
