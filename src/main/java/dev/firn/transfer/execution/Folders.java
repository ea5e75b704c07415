package dev.firn.transfer.execution;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the folders that a pulled file shall lie in, where the site does not do that itself: an
/// XRootD 5 refuses to pull into a folder that is not there.
///
/// A refusal here is not an error: the copy is tried in any case, and says what is wrong.
final class Folders {
  private static final Logger LOG = LoggerFactory.getLogger(Folders.class);
  private static final int REMEMBERED = 10_000;

  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Map<Site, Set<LogicalName>> known = new ConcurrentHashMap<>();

  Folders(HttpFetcher http, TransferTokens tokens) {
    this.http = http;
    this.tokens = tokens;
  }

  void make(Site site, LogicalName folder) {
    if (site.kind() == Site.Kind.FIRN || folder.isRoot()) {
      return;
    }
    Set<LogicalName> there = known.computeIfAbsent(site, s -> ConcurrentHashMap.newKeySet());
    if (there.contains(folder)) {
      return;
    }
    try {
      if (makeOne(site, folder)) {
        if (there.size() >= REMEMBERED) {
          there.clear();
        }
        there.add(folder);
      }
    } catch (IOException e) {
      LOG.debug("{} could not be made at {}: {}", folder, site.name(), e.getMessage());
    }
  }

  /// A copy was refused: perhaps somebody removed the folder since.
  void forget(Site site, LogicalName folder) {
    known.getOrDefault(site, ConcurrentHashMap.newKeySet()).remove(folder);
  }

  /// Whether it is there now: made (201), or in the way of being made again (405).
  private boolean makeOne(Site site, LogicalName folder) throws IOException {
    int status = send(site, folder);
    if (status == 409 && !folder.parent().isRoot()) {
      makeOne(site, folder.parent());
      status = send(site, folder);
    }
    return status == 201 || status == 405;
  }

  private int send(Site site, LogicalName folder) throws IOException {
    Request request =
        Request.of("MKCOL", site.at(folder)).withBearer(tokens.createToken(site, folder, false));
    try (Response response = http.send(request)) {
      return response.status();
    }
  }
}
