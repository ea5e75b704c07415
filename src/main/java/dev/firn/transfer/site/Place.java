package dev.firn.transfer.site;

import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;

/// A path at a site.
public record Place(SiteName site, LogicalName path) {
  @Override
  public String toString() {
    return site + ":" + path;
  }
}
