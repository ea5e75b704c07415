package dev.firn.transfer.link;

import dev.firn.model.SiteName;

/// An ordered pair of sites.
public record Link(SiteName source, SiteName destination) {
  public boolean touches(SiteName site) {
    return source.equals(site) || destination.equals(site);
  }

  @Override
  public String toString() {
    return source + " to " + destination;
  }
}
