package dev.firn.server.config;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.server.config.SiteConfig.Archive;
import dev.firn.server.config.SiteConfig.DataCite;
import dev.firn.server.config.SiteConfig.Database;
import dev.firn.server.config.SiteConfig.Events;
import dev.firn.server.config.SiteConfig.Hub;
import dev.firn.server.config.SiteConfig.Ingest;
import dev.firn.server.config.SiteConfig.Publishing;
import dev.firn.server.config.SiteConfig.Remote;
import dev.firn.server.config.SiteConfig.Reports;
import dev.firn.server.config.SiteConfig.Transfers;
import dev.firn.server.config.SiteConfig.Walk;
import dev.firn.transfer.site.Site;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Reads what only a hub is told.
final class HubReader {
  private HubReader() {}

  static Hub read(ConfigFile file) {
    List<Remote> remotes = remotes(file);
    return new Hub(
        new Database(
            file.present("database.url"),
            file.text("database.user"),
            file.present("database.password-file").map(t -> file.path("database.password-file")),
            file.path("database.directory")),
        Issuing.read(file),
        attributes(file, "site.attributes"),
        remotes,
        new Transfers(
            file.number("transfer.per-link"),
            file.duration("transfer.lease"),
            file.duration("transfer.retry-delay")),
        new Archive(
            file.size("archive.bundle-size"),
            file.number("archive.bundle-most-percent"),
            file.duration("archive.bundle-age"),
            file.size("archive.staging-quota"),
            file.size("archive.request-least"),
            requestPaths(file),
            file.path("archive.work"),
            ArchiveKeys.usual(file)),
        new Ingest(file.path("ingest.quarantine"), DropBoxKeys.read(file)),
        new Publishing(
            file.text("publication.name"), file.text("publication.contact"), datacite(file)),
        reports(file, remotes),
        new Events(
            file.parsed("events.tables", file::below),
            file.path("events.work"),
            file.duration("events.query-limit")),
        Alerts.from(file),
        file.flag("console.free-here"));
  }

  private static List<Remote> remotes(ConfigFile file) {
    List<Remote> remotes = new ArrayList<>();
    for (int i = 0; i < file.count("remotes"); i++) {
      String at = "remotes[" + i + "].";
      String kind = file.text(at + "kind");
      if (!List.of("firn", "webdav").contains(kind)) {
        throw file.refuse(at + "kind", "firn or webdav, not " + kind);
      }
      remotes.add(
          new Remote(
              file.parsed(at + "name", SiteName::new),
              file.baseUrl(at + "url"),
              kind,
              file.flag(at + "pulls"),
              file.flag(at + "nearline"),
              attributes(file, at + "attributes"),
              redirectHosts(file, at + "redirect-hosts"),
              ArchiveKeys.of(file, at)));
    }
    return List.copyOf(remotes);
  }

  private static Optional<DataCite> datacite(ConfigFile file) {
    if (file.present("publication.datacite").isEmpty()) {
      return Optional.empty();
    }
    if (file.present("publication.datacite-secret").isEmpty()) {
      throw file.refuse("publication.datacite-secret", "needed where DOIs are registered");
    }
    return Optional.of(
        new DataCite(
            file.parsed("publication.datacite", URI::create),
            file.text("publication.datacite-user"),
            file.path("publication.datacite-secret")));
  }

  private static Reports reports(ConfigFile file, List<Remote> remotes) {
    List<Walk> walks = new ArrayList<>();
    for (String text : file.texts("reports.walk")) {
      try {
        Walk walk = Walk.parse(text);
        if (remotes.stream().noneMatch(r -> r.name().equals(walk.site()))) {
          throw file.refuse("reports.walk", "no remote is called " + walk.site());
        }
        walks.add(walk);
      } catch (IllegalArgumentException e) {
        throw file.refuse("reports.walk", String.valueOf(e.getMessage()));
      }
    }
    return new Reports(file.duration("reports.every"), List.copyOf(walks));
  }

  private static List<String> attributes(ConfigFile file, String name) {
    List<String> words = file.texts(name);
    try {
      Site.requireAttributes(words);
    } catch (IllegalArgumentException e) {
      throw file.refuse(name, String.valueOf(e.getMessage()));
    }
    return words;
  }

  private static List<String> redirectHosts(ConfigFile file, String name) {
    List<String> hosts = file.texts(name);
    try {
      Site.requireHosts(hosts);
    } catch (IllegalArgumentException e) {
      throw file.refuse(name, String.valueOf(e.getMessage()));
    }
    return hosts;
  }

  private static List<LogicalName> requestPaths(ConfigFile file) {
    try {
      return file.texts("archive.request-paths").stream().map(LogicalName::parse).toList();
    } catch (IllegalArgumentException e) {
      throw file.refuse("archive.request-paths", String.valueOf(e.getMessage()));
    }
  }
}
