package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Member;
import dev.firn.archive.ArchiveStore.Set;
import dev.firn.archive.AuditStore.Reading;
import dev.firn.catalog.BundleVerification;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.catalog.Verification;
import dev.firn.catalog.VerifyOutcome;
import dev.firn.http.RemoteException;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.ReplicaState;
import dev.firn.transfer.rule.CopyRequests;
import java.io.IOException;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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
  private final BundleSource source;
  private final ArchivistConfig config;
  private final Clock clock;

  CustodyDesk(
      ArchiveStore store,
      Catalog catalog,
      BundleSource source,
      ArchivistConfig config,
      Clock clock) {
    this.store = store;
    this.catalog = catalog;
    this.source = source;
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
    RemoteCopy.Found found = source.readBack(bundle, progress);
    return switch (found) {
      case RemoteCopy.Found.Nothing n ->
          new Judgement("missing", bundle.site() + " has no " + bundle.name(), 0, n);
      case RemoteCopy.Found.Bytes b -> {
        Judgement whole = judge(bundle, b);
        boolean known = bundle.checksums().find(ChecksumAlgorithm.SHA512).isPresent();
        yield known || !whole.agrees() ? whole : judgeMembers(bundle, whole, progress);
      }
    };
  }

  /// A bundle whose own checksum nobody knows is right when each of its members is.
  private Judgement judgeMembers(Bundle bundle, Judgement whole, LongConsumer progress)
      throws IOException {
    BundleReader reader = source.reader(bundle);
    for (Member member : store.members(bundle.uuid())) {
      MessageDigest sha512 = RemoteCopy.sha512();
      reader.read(member.entry(), sha512::update);
      Checksum found = Checksum.of(ChecksumAlgorithm.SHA512, sha512.digest());
      if (!found.equals(member.packed().sha512())) {
        String detail = member.packed().path() + " in it has " + found;
        return new Judgement("differs", detail, whole.bytes, whole.found);
      }
      progress.accept(whole.bytes);
    }
    String detail = "every member's sha512 agrees";
    return new Judgement("agrees", detail, whole.bytes, whole.found);
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
    Optional<String> waits = source.waits(bundle);
    if (waits.isPresent()) {
      store.release(bundle, Duration.ofSeconds(SECONDS_LATER), waits.get());
      return;
    }
    Judgement judgement = read(bundle, progress);
    source.done(bundle);
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
    CatalogFile file = registered(connection, bundle, found.checksums());
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
            known(bundle, found.checksums()),
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
                + " attempts = 0, adler32 = coalesce(adler32, ?), sha512 = coalesce(sha512, ?)",
            now,
            now,
            found.checksums().load(ChecksumAlgorithm.ADLER32).hex(),
            found.checksums().load(ChecksumAlgorithm.SHA512).hex()));
  }

  /// What is known of a bundle, completed by what its first full reading found.
  private static Checksums known(Bundle bundle, Checksums found) {
    List<Checksum> all = new ArrayList<>(found.values().values());
    all.addAll(bundle.checksums().values().values());
    return Checksums.of(all);
  }

  /// The bundle as a file; one that was taken over without a checksum becomes one now.
  private CatalogFile registered(Connection connection, Bundle bundle, Checksums found)
      throws SQLException {
    Optional<CatalogFile> known = catalog.find(connection, bundle.name());
    if (known.isEmpty() && bundle.imported()) {
      NewFile file =
          new NewFile(
              bundle.name(), bundle.size(), found, FileMetadata.NONE.withLevel(Bundle.LEVEL));
      catalog.register(
          connection,
          file,
          bundle.site(),
          bundle.name(),
          new Cause(Archivist.WHO, "first read in full"));
    }
    return load(connection, bundle);
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
      Optional<String> waits = source.waits(bundle);
      if (waits.isPresent()) {
        store.release(bundle, Duration.ZERO, null);
        return new Fixity.Result(bundle.uuid(), bundle.site(), "on-tape", waits.get(), 0);
      }
      judgement = read(bundle, progress);
      source.done(bundle);
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
    Optional<CatalogFile> file = catalog.find(connection, bundle.name());
    if (file.isPresent() && judgement.found instanceof RemoteCopy.Found.Bytes found) {
      catalog.verify(
          connection,
          new Verification(
              file.get().id(), bundle.site(), found.size(), found.checksums(), "fixity audit", now),
          Archivist.WHO);
    } else if (file.isPresent()) {
      bad(connection, file.get().id(), bundle, judgement.detail);
    }
    for (Member member : ArchiveStore.members(connection, bundle.uuid())) {
      bad(connection, member.fileId(), bundle, "bundle " + judgement.detail);
    }
    if (bundle.state() != BundleState.DAMAGED) {
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
