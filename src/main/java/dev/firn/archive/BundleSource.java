package dev.firn.archive;

import dev.firn.archive.tape.Staging;
import dev.firn.http.HttpFetcher;
import dev.firn.http.RemoteException;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Archived bundles as the custody desk reads them: over HTTP, and at sites on tape once they are
/// on disk.
record BundleSource(Sites sites, RemoteCopy remote, Staging staging) {
  private static final int OFFLINE = 409;

  /// Where a bundle is on its way to disk. What lies on tape is ordered by asking.
  Staging.Fate fate(Bundle bundle) throws IOException {
    return fate(bundle.site(), bundle.name());
  }

  private Staging.Fate fate(SiteName site, LogicalName name) throws IOException {
    Staging.Fate fate = staging.prepare(sites.load(site), List.of(name)).get(name);
    return fate == null ? new Staging.Fate(false, null) : fate;
  }

  /// Why a bundle cannot be read yet; empty when it can, or when it will not come: then reading it
  /// says what is there instead.
  Optional<String> waits(Bundle bundle) throws IOException {
    return waits(bundle.site(), bundle.name());
  }

  Optional<String> waits(SiteName site, LogicalName name) throws IOException {
    Staging.Fate fate = fate(site, name);
    return fate.ready() || fate.trouble() != null
        ? Optional.empty()
        : Optional.of("it is being brought from tape at " + site);
  }

  RemoteCopy.Found readBack(Bundle bundle, LongConsumer progress, BundleWriter.Sink along)
      throws IOException {
    Site site = sites.load(bundle.site());
    try {
      return remote.readBack(site, bundle.name(), progress, along);
    } catch (RemoteException e) {
      if (e.status() == OFFLINE) {
        // It left the disk before it was read: it is ordered again next time.
        staging.forget(site, List.of(bundle.name()));
      }
      throw e;
    }
  }

  /// Some bytes of a file that was said to be on disk.
  HttpFetcher.Response range(SiteName at, LogicalName name, long offset, long length)
      throws IOException {
    Site site = sites.load(at);
    try {
      return remote.range(site, name, offset, length);
    } catch (RemoteException e) {
      if (e.status() == OFFLINE) {
        staging.forget(site, List.of(name));
      }
      throw e;
    }
  }

  BundleReader reader(Bundle bundle) throws IOException {
    return BundleReader.open(
        remote.bundle(sites.load(bundle.site()), bundle.name(), bundle.size()));
  }

  /// The bundle was read.
  void done(Bundle bundle) {
    staging.done(sites.load(bundle.site()), List.of(bundle.name()));
  }
}
