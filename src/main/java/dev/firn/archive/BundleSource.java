package dev.firn.archive;

import dev.firn.archive.tape.Staging;
import dev.firn.transfer.site.Site;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Archived bundles as the custody desk reads them: over HTTP, and at sites on tape once they are
/// on disk.
record BundleSource(Sites sites, RemoteCopy remote, Staging staging) {
  /// Why a bundle cannot be read yet; empty when it can. What lies on tape is ordered by asking.
  Optional<String> waits(Bundle bundle) throws IOException {
    Site site = sites.load(bundle.site());
    Staging.Fate fate = staging.prepare(site, List.of(bundle.name())).get(bundle.name());
    if (fate == null || fate.ready()) {
      return Optional.empty();
    }
    return Optional.of(
        fate.trouble() == null
            ? "it is being brought from tape at " + site.name()
            : "it cannot be brought from tape at " + site.name() + ": " + fate.trouble());
  }

  RemoteCopy.Found readBack(Bundle bundle, LongConsumer progress) throws IOException {
    return remote.readBack(sites.load(bundle.site()), bundle.name(), progress);
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
