package dev.firn.server;

import dev.firn.archive.request.ArchiveRequests;
import dev.firn.ingest.inbox.InboxArchive;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Sites;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/// Inboxes ask the archive as people do, by requests.
final class HubInboxArchive implements InboxArchive {
  private final ArchiveRequests requests;
  private final Sites sites;
  private final SiteName hub;

  HubInboxArchive(ArchiveRequests requests, Sites sites, SiteName hub) {
    this.requests = requests;
    this.sites = sites;
    this.hub = hub;
  }

  @Override
  public Optional<String> refusal(LogicalName directory, SiteName site) {
    if (site.equals(hub)) {
      return Optional.of("'archive' is another site than the hub's own");
    }
    try {
      sites.load(site);
    } catch (IllegalArgumentException e) {
      return Optional.of("'archive': " + e.getMessage());
    }
    return requests.allows(directory)
        ? Optional.empty()
        : Optional.of(directory + " does not lie where requests may archive");
  }

  @Override
  public void request(Connection connection, LogicalName directory, SiteName site, String who)
      throws SQLException {
    requests.add(connection, directory, site, who);
  }
}
