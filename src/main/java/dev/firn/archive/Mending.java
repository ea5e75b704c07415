package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Set;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.Replica;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Begins the repair of damaged bundles.
///
/// A verified copy of the same bytes is sent over the bad one, from the same archive or another.
/// Where there is none, a bundle that was packed here is packed again from its members, wherever
/// they are; one that others packed cannot be, and goes to quarantine. Custody is taken anew by
/// reading back, whatever the policy.
final class Mending {
  private static final int MOST = 1000;

  private final ArchiveStore store;
  private final Catalog catalog;
  private final Transfers transfers;
  private final BundleSource archives;
  private final SiteName hub;

  Mending(
      ArchiveStore store,
      Catalog catalog,
      Transfers transfers,
      BundleSource archives,
      SiteName hub) {
    this.store = store;
    this.catalog = catalog;
    this.transfers = transfers;
    this.archives = archives;
    this.hub = hub;
  }

  /// The bundle must be damaged and claimed; it is let go of.
  ///
  /// @throws IOException when a site does not say whether its copy can be read now
  void begin(Bundle bundle, String who) throws IOException {
    Optional<Place> same = sameBytes(bundle);
    if (same.isPresent()) {
      Optional<String> late = archives.waits(same.get().site(), same.get().path());
      if (late.isPresent()) {
        store
            .database()
            .inTransaction(c -> {
              store.move(c, bundle, BundleState.DAMAGED, late.get(), again(late.get()));
              return true;
            });
      } else {
        send(bundle, same.get(), who);
      }
    } else if (bundle.imported()) {
      giveUp(bundle);
    } else {
      store
          .database()
          .inTransaction(c -> {
            store.move(
                c,
                bundle,
                BundleState.CLOSED,
                "to be rebuilt from its members, asked for by " + who,
                Set.of("overwrite = true, attempts = 0, staged = false, not_before = now()"));
            return true;
          });
    }
  }

  private static Set again(String why) {
    return Set.of("overwrite = true, reason = ?, not_before = now() + interval '10 s'", why);
  }

  private void send(Bundle bundle, Place from, String who) {
    TransferRequest request =
        new TransferRequest(
            Subject.bundle(bundle.uuid()),
            from,
            new Place(bundle.site(), bundle.name()),
            bundle.size(),
            bundle.checksums(),
            TransferRequest.NORMAL,
            true);
    store
        .database()
        .inTransaction(c -> {
          long id = transfers.queue(c, request, Archivist.WHO, "mend bundle " + bundle.uuid());
          store.move(
              c,
              bundle,
              BundleState.TRANSFERRING,
              "the same bytes are sent from %s, transfer %d, asked for by %s"
                  .formatted(from.site(), id, who),
              Set.of("transfer = ?, overwrite = true, staged = false, not_before = now()", id));
          return id;
        });
  }

  private void giveUp(Bundle bundle) {
    String why =
        "was not packed here and cannot be rebuilt, and no archive has another verified copy of"
            + " its bytes: bring another copy of it";
    store
        .database()
        .inTransaction(c -> {
          store.move(
              c,
              bundle,
              BundleState.QUARANTINED,
              why,
              Set.of("reason = ?, original_state = ?", why, "damaged"));
          return true;
        });
  }

  /// A verified copy of exactly these bytes at an archive: those on disk first, then the one that
  /// lies beside the bad one.
  private Optional<Place> sameBytes(Bundle bundle) {
    Optional<Checksum> sha512 = bundle.checksums().find(ChecksumAlgorithm.SHA512);
    if (sha512.isEmpty()) {
      return Optional.empty();
    }
    List<Replica> copies =
        catalog.withContent(sha512.get(), MOST).stream()
            .filter(f -> f.size() == bundle.size())
            .flatMap(f -> f.replicas().stream())
            .toList();
    return copies.stream()
        .filter(r -> r.state() == ReplicaState.AVAILABLE && r.verified() != null)
        .filter(r -> r.bundle() == null && !r.site().equals(hub))
        .filter(r -> !r.site().equals(bundle.site()) || !r.path().equals(bundle.name()))
        .filter(r -> archives.sites().find(r.site()).isPresent())
        .min(
            Comparator.comparing((Replica r) -> archives.sites().load(r.site()).nearline())
                .thenComparing(r -> !r.site().equals(bundle.site())))
        .map(r -> new Place(r.site(), r.path()));
  }
}
