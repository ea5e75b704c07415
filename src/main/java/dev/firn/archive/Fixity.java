package dev.firn.archive;

import dev.firn.model.SiteName;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;

/// Reads archived copies again, and mends those that are bad.
///
/// A copy that differs, or is gone, makes the bundle damaged and all copies in it bad, with
/// history. A sample that finds a bad member does the same; one that finds none proves nothing of
/// the others and does not count as a reading. Repair is [Mending]'s; the bundle keeps its name and
/// checksums.
final class Fixity {
  private static final int MOST = 100_000;
  private static final Set<BundleState> IN_CUSTODY =
      EnumSet.of(BundleState.UNREAD, BundleState.VERIFIED, BundleState.DAMAGED);

  private static final Set<BundleState> SAMPLED =
      EnumSet.of(BundleState.UNREAD, BundleState.VERIFIED);

  /// What a reading found.
  ///
  /// @param verdict `agrees`, `differs`, `missing`, `unreadable`, or `busy` when the bundle is
  ///   being worked on, `on-tape` when it was ordered from there, or `not-in-custody`
  /// @param bytes read
  public record Result(UUID bundle, SiteName site, String verdict, String detail, long bytes) {
    /// Whether what was read of the archived copy is right.
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
  private final Mending mending;
  private final Duration lease;

  Fixity(ArchiveStore store, CustodyDesk desk, Mending mending, Duration lease) {
    this.store = store;
    this.desk = desk;
    this.mending = mending;
    this.lease = lease;
  }

  /// Reads the archive's copy of one bundle in full.
  ///
  /// @param progress told the bytes read so far
  public Result check(UUID uuid, LongConsumer progress) {
    return claimed(uuid, IN_CUSTODY, progress, desk::audit);
  }

  private Result claimed(
      UUID uuid,
      Set<BundleState> states,
      LongConsumer progress,
      BiFunction<Bundle, LongConsumer, Result> audit) {
    Optional<Bundle> claimed = store.claim(uuid, lease);
    if (claimed.isEmpty()) {
      String site = store.find(uuid).map(b -> b.site().value()).orElse("unknown");
      return new Result(uuid, new SiteName(site), "busy", "it is being worked on", 0);
    }
    Bundle bundle = claimed.get();
    if (!states.contains(bundle.state())) {
      store.release(bundle, Duration.ZERO, null);
      String why = "it is " + bundle.state().label();
      return new Result(uuid, bundle.site(), "not-in-custody", why, 0);
    }
    Heartbeat alive = new Heartbeat(store, uuid, lease);
    return audit.apply(
        bundle,
        bytes -> {
          alive.run();
          progress.accept(bytes);
        });
  }

  /// What a sample of a bundle would read now; empty when there is no such bundle.
  Optional<Sample> sampleOf(UUID uuid, int percent) {
    return store
        .find(uuid)
        .map(b -> Sample.of(uuid, store.samplePasses(uuid), store.members(uuid), percent));
  }

  /// Reads some members of one bundle.
  ///
  /// @param percent of its members, at least one
  Result sample(UUID uuid, int percent, LongConsumer progress) {
    return claimed(
        uuid,
        SAMPLED,
        progress,
        (bundle, alive) ->
            desk.sample(
                bundle,
                Sample.of(uuid, store.samplePasses(uuid), store.members(uuid), percent),
                alive));
  }

  /// The bundles in custody of a site, the longest unread first.
  public List<UUID> inCustody(SiteName site) {
    List<Bundle> bundles = new ArrayList<>();
    IN_CUSTODY.forEach(state -> bundles.addAll(store.list(site, state, MOST)));
    bundles.sort(Comparator.comparing(b -> b.audited() == null ? Instant.EPOCH : b.audited()));
    return bundles.stream().map(Bundle::uuid).toList();
  }

  /// Begins the repair of a damaged bundle, as [Mending] does; the archivist does the rest.
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
    try {
      mending.begin(bundle.get(), who);
    } catch (IOException e) {
      // The archivist goes on with it when the site can be asked again.
      store
          .database()
          .inTransaction(c -> {
            store.move(
                c,
                bundle.get(),
                BundleState.DAMAGED,
                String.valueOf(e.getMessage()),
                ArchiveStore.Set.of(
                    "overwrite = true, reason = ?", String.valueOf(e.getMessage())));
            return true;
          });
    }
    return true;
  }
}
