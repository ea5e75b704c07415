package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Member;
import dev.firn.archive.ArchiveStore.Set;
import dev.firn.archive.AuditStore.Reading;
import dev.firn.catalog.BundleVerification;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ReplicaState;
import dev.firn.transfer.rule.CopyRequests;
import dev.firn.transfer.site.Sites;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.LongConsumer;

/// Reads archived bundles back in full and writes down what that proves.
///
/// Nothing but a complete reading whose adler32 and sha512 agree makes a bundle or its members
/// verified; the bundle, the members, the requests they answer, the custody and its history change
/// in one transaction.
final class CustodyDesk {
  private static final long SECONDS_LATER = 5;

  private final ArchiveStore store;
  private final Catalog catalog;
  private final Sites sites;
  private final RemoteCopy remote;
  private final ArchivistConfig config;
  private final Clock clock;

  CustodyDesk(
      ArchiveStore store,
      Catalog catalog,
      Sites sites,
      RemoteCopy remote,
      ArchivistConfig config,
      Clock clock) {
    this.store = store;
    this.catalog = catalog;
    this.sites = sites;
    this.remote = remote;
    this.config = config;
    this.clock = clock;
  }

  /// Judges a reading.
  private record Judgement(String verdict, String detail, long bytes, RemoteCopy.Found found) {
    boolean agrees() {
      return verdict.equals("agrees");
    }
  }

  private Judgement read(Bundle bundle, LongConsumer progress) throws IOException {
    RemoteCopy.Found found = remote.readBack(sites.load(bundle.site()), bundle.name(), progress);
    return switch (found) {
      case RemoteCopy.Found.Nothing n ->
          new Judgement("missing", bundle.site() + " has no " + bundle.name(), 0, n);
      case RemoteCopy.Found.Bytes b -> judge(bundle, b);
    };
  }

  private static Judgement judge(Bundle bundle, RemoteCopy.Found.Bytes found) {
    Optional<Checksum> other = found.checksums().firstDifference(bundle.checksums());
    if (found.size() != bundle.size()) {
      String detail = "is %d bytes, not %d".formatted(found.size(), bundle.size());
      return new Judgement("differs", detail, found.size(), found);
    }
    if (other.isPresent()) {
      String known = bundle.checksums().load(other.get().algorithm()).toString();
      return new Judgement("differs", other.get() + ", not " + known, found.size(), found);
    }
    return new Judgement("agrees", "adler32 and sha512 agree", found.size(), found);
  }

  /// Takes custody of a bundle that has arrived, or sends it again.
  ///
  /// @throws IOException when the archive could not be read: nothing is known then
  void take(Bundle bundle, LongConsumer progress) throws IOException {
    Judgement judgement = read(bundle, progress);
    Instant now = clock.instant();
    Reading reading =
        new Reading(
            bundle,
            now,
            bundle.verified() == null ? "custody" : "repair",
            judgement.verdict,
            judgement.bytes,
            judgement.detail);
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(c, reading);
          if (judgement.agrees()) {
            accept(c, bundle, "read back", judgement, now);
            CopyRequests.bundleDone(
                c, bundle.uuid(), Archivist.WHO, "in custody of " + bundle.site());
          } else {
            sendAgain(c, bundle, judgement.detail);
          }
          return true;
        });
  }

  private void accept(
      Connection connection, Bundle bundle, String how, Judgement judgement, Instant now)
      throws SQLException {
    RemoteCopy.Found.Bytes found = (RemoteCopy.Found.Bytes) judgement.found;
    CatalogFile file = load(connection, bundle);
    VerifyOutcome outcome =
        catalog.verify(
            connection,
            new Verification(file.id(), bundle.site(), found.size(), found.checksums(), how, now),
            Archivist.WHO);
    if (!(outcome instanceof VerifyOutcome.Verified)) {
      throw new IllegalStateException(
          "the catalog disagrees with the archive about " + bundle.name() + ": " + outcome);
    }
    catalog.verifyMembers(
        connection,
        new BundleVerification(
            bundle.uuid(),
            bundle.site(),
            bundle.checksums(),
            found.checksums(),
            "bundle " + how,
            now),
        Archivist.WHO);
    AuditStore.accept(connection, bundle, how + ": adler32, sha512", now);
    store.move(
        connection,
        bundle,
        BundleState.VERIFIED,
        how + " in full at " + bundle.site() + ": adler32 and sha512 agree",
        Set.of(
            "verified = coalesce(verified, ?), audited = ?, reason = NULL, overwrite = false,"
                + " attempts = 0",
            now,
            now));
  }

  private CatalogFile load(Connection connection, Bundle bundle) throws SQLException {
    return catalog
        .find(connection, bundle.name())
        .orElseThrow(() -> new IllegalStateException("the catalog does not know " + bundle.name()));
  }

  private void sendAgain(Connection connection, Bundle bundle, String why) throws SQLException {
    boolean enough = bundle.attempts() + 1 >= config.attempts();
    BundleState retry = bundle.staged() ? BundleState.PACKED : BundleState.CLOSED;
    String more = enough ? ", original_state = '" + retry.label() + "'" : ", overwrite = true";
    store.move(
        connection,
        bundle,
        enough ? BundleState.QUARANTINED : retry,
        why,
        Set.of(
            "reason = ?, attempts = attempts + 1,"
                + " not_before = now() + ? * interval '1 second'"
                + more,
            why,
            SECONDS_LATER));
  }

  /// Reads a bundle in custody again. The bundle must be claimed; it is let go of.
  Fixity.Result audit(Bundle bundle, LongConsumer progress) {
    Judgement judgement;
    try {
      judgement = read(bundle, progress);
    } catch (RemoteException e) {
      return unreadable(bundle, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return unreadable(bundle, e.toString());
    }
    Instant now = clock.instant();
    Reading reading =
        new Reading(bundle, now, "fixity", judgement.verdict, judgement.bytes, judgement.detail);
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(c, reading);
          if (judgement.agrees()) {
            accept(c, bundle, "fixity audit", judgement, now);
          } else {
            condemn(c, bundle, judgement, now);
          }
          return true;
        });
    return new Fixity.Result(
        bundle.uuid(), bundle.site(), judgement.verdict, judgement.detail, judgement.bytes);
  }

  private Fixity.Result unreadable(Bundle bundle, String why) {
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(
              c, new Reading(bundle, clock.instant(), "fixity", "unreadable", 0, why));
          store.move(c, bundle, bundle.state(), why, Set.NOTHING);
          return true;
        });
    return new Fixity.Result(bundle.uuid(), bundle.site(), "unreadable", why, 0);
  }

  /// The archived copy is bad, and with it every copy inside.
  private void condemn(Connection connection, Bundle bundle, Judgement judgement, Instant now)
      throws SQLException {
    CatalogFile file = load(connection, bundle);
    if (judgement.found instanceof RemoteCopy.Found.Bytes found) {
      catalog.verify(
          connection,
          new Verification(
              file.id(), bundle.site(), found.size(), found.checksums(), "fixity audit", now),
          Archivist.WHO);
    } else {
      bad(connection, file.id(), bundle, judgement.detail);
    }
    for (Member member : ArchiveStore.members(connection, bundle.uuid())) {
      bad(connection, member.fileId(), bundle, "bundle " + judgement.detail);
    }
    if (bundle.state() == BundleState.VERIFIED) {
      store.move(
          connection,
          bundle,
          BundleState.DAMAGED,
          judgement.detail,
          Set.of("reason = ?, audited = ?", judgement.detail, now));
    } else {
      store.move(connection, bundle, bundle.state(), judgement.detail, Set.NOTHING);
    }
  }

  private void bad(Connection connection, long fileId, Bundle bundle, String why)
      throws SQLException {
    Optional<Replica> copy =
        catalog.find(connection, fileId).flatMap(f -> f.replicaAt(bundle.site()));
    if (copy.filter(r -> r.state() != ReplicaState.BAD && r.state() != ReplicaState.DELETING)
        .isPresent()) {
      catalog.setReplica(
          connection,
          ReplicaChange.to(fileId, bundle.site(), ReplicaState.BAD),
          Archivist.WHO,
          why);
    }
  }
}
