package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Set;
import dev.firn.model.TransferState;
import dev.firn.transfer.Transfers;
import dev.firn.transfer.queue.Subject;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.queue.TransferRequest;
import dev.firn.transfer.site.Place;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/// Brings a packed bundle to its archive by a transfer and follows that.
final class Delivery {
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration AGAIN = Duration.ofSeconds(5);

  private final ArchiveStore store;
  private final BundleWork work;
  private final Transfers transfers;
  private final ArchivistConfig config;

  Delivery(ArchiveStore store, BundleWork work, Transfers transfers, ArchivistConfig config) {
    this.store = store;
    this.work = work;
    this.transfers = transfers;
    this.config = config;
  }

  /// Queues the transfer of a packed bundle.
  void send(Bundle bundle) throws IOException {
    if (!work.isStaged(bundle)) {
      String why = "its staged bytes are gone";
      work.finish(bundle, BundleState.CLOSED, why, Set.of("reason = ?, staged = false", why));
      return;
    }
    TransferRequest request =
        new TransferRequest(
            Subject.bundle(bundle.uuid()),
            new Place(config.hub(), bundle.name()),
            new Place(bundle.site(), bundle.name()),
            bundle.size(),
            bundle.checksums(),
            TransferRequest.NORMAL,
            bundle.overwrite());
    store
        .database()
        .inTransaction(c -> {
          long id = transfers.queue(c, request, Archivist.WHO, "bundle " + bundle.uuid());
          store.move(
              c, bundle, BundleState.TRANSFERRING, "transfer " + id, Set.of("transfer = ?", id));
          return id;
        });
  }

  /// Looks at the transfer of a bundle.
  void follow(Bundle bundle) {
    Optional<Transfer> transfer =
        bundle.transfer().isPresent()
            ? transfers.find(bundle.transfer().getAsLong())
            : Optional.empty();
    if (transfer.isEmpty()) {
      again(bundle, "its transfer is not on record");
    } else if (transfer.get().state() == TransferState.DONE) {
      work.finish(
          bundle,
          BundleState.VERIFYING,
          "transfer " + transfer.get().id() + " is done",
          Set.NOTHING);
    } else if (transfer.get().ended()) {
      again(
          bundle,
          "transfer %d %s: %s"
              .formatted(
                  transfer.get().id(),
                  transfer.get().state().label(),
                  transfer.get().lastError().reason()));
    } else {
      store.release(bundle, POLL, null);
    }
  }

  /// Sends once more, over whatever is there: the bundle's name is nobody else's. A bundle that is
  /// not staged here came from another archive: it is damaged again, and to be mended.
  private void again(Bundle bundle, String why) {
    BundleState back = bundle.staged() ? BundleState.PACKED : BundleState.DAMAGED;
    if (bundle.attempts() + 1 >= config.attempts()) {
      work.finish(
          bundle,
          BundleState.QUARANTINED,
          why,
          Set.of("reason = ?, original_state = ?, attempts = attempts + 1", why, back.label()));
      return;
    }
    work.finish(
        bundle,
        back,
        why,
        Set.of(
            "reason = ?, overwrite = true, attempts = attempts + 1,"
                + " not_before = now() + ? * interval '1 millisecond'",
            why,
            AGAIN.toMillis()));
  }
}
