package dev.firn.transfer.link;

import dev.firn.model.SiteName;
import java.time.Instant;

/// A planned time in which nothing is started at a site.
public record Downtime(
    long id, SiteName site, Instant from, Instant until, String why, String createdBy) {
  public Downtime {
    if (!until.isAfter(from)) {
      throw new IllegalArgumentException("a downtime ends after it begins");
    }
  }

  public boolean holds(Instant now) {
    return !now.isBefore(from) && now.isBefore(until);
  }
}
