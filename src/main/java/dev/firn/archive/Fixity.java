package dev.firn.archive;

import dev.firn.model.SiteName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongConsumer;

/// Reads archived copies again, and mends those that are bad.
///
/// A copy that differs, or is gone, makes the bundle damaged and all copies in it bad, with
/// history. Repair packs the identical bundle again from the members' verified online copies, sends
/// it over the bad one and takes custody anew; the bundle keeps its name and checksums.
final class Fixity {
  private static final int MOST = 100_000;
  private static final Set<BundleState> IN_CUSTODY =
      EnumSet.of(BundleState.UNREAD, BundleState.VERIFIED, BundleState.DAMAGED);

  /// What a reading found.
  ///
  /// @param verdict `agrees`, `differs`, `missing`, `unreadable`, or `busy` when the bundle is
  ///   being worked on, `on-tape` when it was ordered from there, or `not-in-custody`
  /// @param bytes read
  public record Result(UUID bundle, SiteName site, String verdict, String detail, long bytes) {
    /// Whether the archived copy was read in full and is right.
    public boolean sound() {
      return verdict.equals("agrees");
    }

    /// Whether it will be read once it is on disk.
    public boolean onTape() {
      return verdict.equals("on-tape");
    }

    /// Whether the copy was found to be bad.
    public boolean damaged() {
      return verdict.equals("differs") || verdict.equals("missing");
    }
  }

  private final ArchiveStore store;
  private final CustodyDesk desk;
  private final Duration lease;

  Fixity(ArchiveStore store, CustodyDesk desk, Duration lease) {
    this.store = store;
    this.desk = desk;
    this.lease = lease;
  }

  /// Reads the archive's copy of one bundle in full.
  ///
  /// @param progress told the bytes read so far
  public Result check(UUID uuid, LongConsumer progress) {
    Optional<Bundle> claimed = store.claim(uuid, lease);
    if (claimed.isEmpty()) {
      String site = store.find(uuid).map(b -> b.site().value()).orElse("unknown");
      return new Result(uuid, new SiteName(site), "busy", "it is being worked on", 0);
    }
    Bundle bundle = claimed.get();
    if (!IN_CUSTODY.contains(bundle.state())) {
      store.release(bundle, Duration.ZERO, null);
      String why = "it is " + bundle.state().label();
      return new Result(uuid, bundle.site(), "not-in-custody", why, 0);
    }
    Heartbeat alive = new Heartbeat(store, uuid, lease);
    return desk.audit(
        bundle,
        bytes -> {
          alive.run();
          progress.accept(bytes);
        });
  }

  /// The bundles in custody of a site, the longest unread first.
  public List<UUID> inCustody(SiteName site) {
    List<Bundle> bundles = new ArrayList<>();
    IN_CUSTODY.forEach(state -> bundles.addAll(store.list(site, state, MOST)));
    bundles.sort(Comparator.comparing(b -> b.audited() == null ? Instant.EPOCH : b.audited()));
    return bundles.stream().map(Bundle::uuid).toList();
  }

  /// Begins the repair of a damaged bundle; the archivist does the rest. A bundle that others
  /// packed cannot be rebuilt byte for byte: it goes to quarantine, for a person to bring another
  /// copy.
  ///
  /// @return whether it was damaged
  public boolean repair(UUID uuid, String who) {
    Optional<Bundle> bundle = store.claim(uuid, lease);
    if (bundle.isEmpty()) {
      return false;
    }
    if (bundle.get().state() != BundleState.DAMAGED) {
      store.release(bundle.get(), Duration.ZERO, null);
      return false;
    }
    return store
        .database()
        .inTransaction(c -> {
          if (bundle.get().imported()) {
            String why = "was not packed here and cannot be rebuilt: bring another copy of it";
            store.move(
                c,
                bundle.get(),
                BundleState.QUARANTINED,
                why,
                ArchiveStore.Set.of("reason = ?, original_state = ?", why, "damaged"));
            return true;
          }
          store.move(
              c,
              bundle.get(),
              BundleState.CLOSED,
              "to be rebuilt from its members, asked for by " + who,
              ArchiveStore.Set.of(
                  "overwrite = true, attempts = 0, staged = false, not_before = now()"));
          return true;
        });
  }
}
