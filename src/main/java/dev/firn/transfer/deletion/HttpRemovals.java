package dev.firn.transfer.deletion;

import dev.firn.http.HttpFetcher;
import dev.firn.http.HttpFetcher.RedirectPolicy;
import dev.firn.http.HttpFetcher.Request;
import dev.firn.http.HttpFetcher.Response;
import dev.firn.transfer.execution.TransferTokens;
import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.time.Duration;

/// By DELETE, and HEAD to see what came of it: an answer to a DELETE proves nothing.
public final class HttpRemovals implements Removals {
  private final HttpFetcher http;
  private final TransferTokens tokens;
  private final Duration patience;

  public HttpRemovals(HttpFetcher http, TransferTokens tokens, Duration patience) {
    this.http = http;
    this.tokens = tokens;
    this.patience = patience;
  }

  @Override
  public Removal remove(Site site, Place place) {
    try {
      Request delete =
          Request.of("DELETE", site.at(place.path()))
              .withBearer(tokens.createToken(site, place.path(), true))
              .withIdleTimeout(patience);
      try (Response response = http.sendFollowing(delete, RedirectPolicy.SAME_ORIGIN)) {
        int status = response.status();
        if (status / 100 != 2 && status != 404 && status != 410) {
          return new Removal.NotGone(delete.label() + " was answered with " + status);
        }
      }
      Request head =
          Request.of("HEAD", site.at(place.path()))
              .withBearer(tokens.readToken(site, place.path()))
              .withIdleTimeout(patience);
      try (Response response = http.sendFollowing(head, RedirectPolicy.SAME_ORIGIN)) {
        int status = response.status();
        return status == 404 || status == 410
            ? new Removal.Gone("the site says that nothing is there")
            : new Removal.NotGone(
                "after the deletion, " + head.label() + " was answered with " + status);
      }
    } catch (IOException e) {
      return new Removal.NotGone(place.site() + ": " + e.getMessage());
    }
  }
}
