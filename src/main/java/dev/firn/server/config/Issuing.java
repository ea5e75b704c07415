package dev.firn.server.config;

import dev.firn.issuer.oauth.GrantRule;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a hub's issuer is told: where its keys lie, who may have what, and which clients there are.
public record Issuing(Path keys, Path operatorFile, List<GrantRule> grants, List<Client> clients) {

  /// A client as configured.
  ///
  /// @param audiences empty for the hub and its sites
  public record Client(
      String id,
      Optional<String> secretSha256,
      Optional<Path> jwksFile,
      List<String> grants,
      List<String> redirects,
      List<String> scopes,
      List<String> audiences,
      Duration maxLifetime) {}

  static Issuing read(ConfigFile file) {
    return new Issuing(
        file.path("issuer.keys"), file.path("issuer.operator-file"), grants(file), clients(file));
  }

  private static List<GrantRule> grants(ConfigFile file) {
    List<GrantRule> grants = new ArrayList<>();
    for (int i = 0; i < file.count("grants"); i++) {
      String at = "grants[" + i + "].";
      try {
        grants.add(
            new GrantRule(
                file.text(at + "issuer"),
                file.text(at + "group"),
                file.text(at + "subject"),
                file.texts(at + "scopes")));
      } catch (IllegalArgumentException e) {
        throw file.refuse(at + "scopes", String.valueOf(e.getMessage()));
      }
    }
    return List.copyOf(grants);
  }

  private static List<Client> clients(ConfigFile file) {
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < file.count("clients"); i++) {
      String at = "clients[" + i + "].";
      clients.add(
          new Client(
              file.text(at + "id"),
              file.present(at + "secret-sha256"),
              file.present(at + "jwks-file").map(t -> file.path(at + "jwks-file")),
              file.texts(at + "grants"),
              file.texts(at + "redirects"),
              file.texts(at + "scopes"),
              file.texts(at + "audiences"),
              file.duration(at + "max-lifetime")));
    }
    return List.copyOf(clients);
  }
}
