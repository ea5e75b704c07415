package dev.firn.transfer.deletion;

import dev.firn.transfer.site.Place;
import dev.firn.transfer.site.Site;

/// Removes a file at a site, and looks whether it is gone.
public interface Removals {
  Removal remove(Site site, Place place);

  /// What came of it.
  sealed interface Removal {
    /// The site was asked afterwards and has no such file.
    record Gone(String how) implements Removal {}

    /// It is there still, or the site does not say: it is tried again.
    record NotGone(String why) implements Removal {}
  }
}
