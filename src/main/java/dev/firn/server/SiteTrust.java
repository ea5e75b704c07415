package dev.firn.server;

import dev.firn.cli.ExplainCommand;
import dev.firn.model.LogicalName;
import dev.firn.server.config.ConfigException;
import dev.firn.server.config.ConfigFile;
import dev.firn.server.config.SiteConfig;
import dev.firn.token.AccessPolicy;
import dev.firn.token.TrustedIssuer;
import dev.firn.token.key.KeySource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a `firn.toml` says that its site trusts and allows, without its keys, for explaining.
final class SiteTrust {
  private static final KeySource NONE = (keyId, algorithm) -> new KeySource.Answer.Unknown();

  private SiteTrust() {}

  static ExplainCommand.Trust read(Path file) {
    return of(SiteConfig.from(ConfigFile.read(file)));
  }

  /// @throws ConfigException when issuers, or their bases together, make no sense
  static ExplainCommand.Trust of(SiteConfig config) {
    List<TrustedIssuer> issuers = new ArrayList<>();
    try {
      for (SiteConfig.Issuer issuer : config.issuers()) {
        issuers.add(new TrustedIssuer(issuer.url(), issuer.reach(), issuer.acceptance(), NONE));
      }
      if (config.hub().isPresent()) {
        issuers.add(TrustedIssuer.of(config.url().toString(), LogicalName.ROOT, NONE).asOwn());
      }
      if (!config.door().open()) {
        AccessPolicy.of(issuers, config.rules());
      }
    } catch (IllegalArgumentException e) {
      throw new ConfigException(config.file() + ": issuers: " + e.getMessage());
    }
    Set<String> audiences = new HashSet<>();
    audiences.add(config.url().toString());
    config.door().aliases().forEach(alias -> audiences.add(alias.toString()));
    return new ExplainCommand.Trust(issuers, audiences, config.rules());
  }
}
