package dev.firn.archive.takeover;

import dev.firn.archive.RemoteCopy;
import dev.firn.http.WebdavListing;
import dev.firn.model.LogicalName;
import dev.firn.transfer.site.Site;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Finds the bundles at a site. A name that cannot be one is a finding and passed over.
record BundleList(RemoteCopy remote, TakeoverStore store) {
  private static final int DEEPEST = 32;

  /// The `.zip` files below a folder with their sizes, by name.
  Map<LogicalName, Long> below(Site site, LogicalName folder) throws IOException {
    Map<LogicalName, Long> found = new TreeMap<>();
    Deque<LogicalName> folders = new ArrayDeque<>(List.of(folder));
    while (!folders.isEmpty()) {
      LogicalName next = folders.remove();
      for (WebdavListing.Entry entry : remote.list(site, next)) {
        LogicalName name;
        try {
          name = next.child(entry.lastSegment());
        } catch (IllegalArgumentException e) { // no name the catalog could have
          String odd = BundleInspection.shown(next + "/" + entry.lastSegment());
          String why = String.valueOf(e.getMessage()) + "; it was passed over";
          store.note(
              site.name(), List.of(new Finding(Finding.Kind.ODD_NAME, next.toString(), odd, why)));
          continue;
        }
        if (entry.directory()) {
          if (name.segments().size() < DEEPEST) {
            folders.add(name);
          }
        } else if (entry.lastSegment().endsWith(".zip")) {
          found.put(name, entry.size());
        }
      }
    }
    return found;
  }
}
