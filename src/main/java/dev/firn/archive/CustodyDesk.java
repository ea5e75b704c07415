package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Set;
import dev.firn.archive.AuditStore.Reading;
import dev.firn.archive.CopyJudge.Judgement;
import dev.firn.archive.CopyJudge.Word;
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
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.transfer.rule.CopyRequests;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Takes custody of archived bundles, audits them, and writes down what that proves.
///
/// A bundle and its members are verified by a complete reading whose adler32 and sha512 agree, or
/// where the archive's policy has it so, by a checksum that the site gives; which of them it was is
/// written at the bundle, at every copy and in the record of audits. The bundle, the members, the
/// requests they answer, the custody and its history change in one transaction.
final class CustodyDesk {
  private static final long SECONDS_LATER = 5;

  private final ArchiveStore store;
  private final Catalog catalog;
  private final BundleSource source;
  private final CopyJudge judge;
  private final ArchivistConfig config;
  private final Clock clock;

  CustodyDesk(
      ArchiveStore store, Catalog catalog, CopyJudge judge, ArchivistConfig config, Clock clock) {
    this.store = store;
    this.catalog = catalog;
    this.judge = judge;
    this.source = judge.source();
    this.config = config;
    this.clock = clock;
  }

  /// Takes custody of a bundle that has arrived, or sends it again. What was mended, and what
  /// others packed, is always read back.
  ///
  /// @throws IOException when the archive could not be asked: nothing is known then
  void take(Bundle bundle, LongConsumer progress) throws IOException {
    boolean mended = bundle.verified() != null || bundle.imported();
    Word word =
        mended ? new Word.Silent() : judge.word(bundle, config.careOf(bundle.site()).custody());
    switch (word) {
      case Word.Later later ->
          store.release(bundle, Duration.ofSeconds(SECONDS_LATER), later.why());
      case Word.Given given -> settle(bundle, "digest", given.how(), given.judgement());
      case Word.Silent s -> {
        Optional<String> waits = source.waits(bundle);
        if (waits.isPresent()) {
          store.release(bundle, Duration.ofSeconds(SECONDS_LATER), waits.get());
          return;
        }
        Judgement judgement = judge.read(bundle, progress);
        source.done(bundle);
        settle(bundle, mended ? "repair" : "custody", "read back", judgement);
      }
    }
  }

  private void settle(Bundle bundle, String kind, String how, Judgement judgement) {
    Instant now = clock.instant();
    Reading reading = Reading.of(bundle, now, kind, judgement);
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(c, reading);
          if (judgement.agrees()) {
            accept(c, bundle, how, judgement, now);
            CopyRequests.bundleDone(
                c, bundle.uuid(), Archivist.WHO, "in custody of " + bundle.site());
          } else {
            sendAgain(c, bundle, judgement.detail());
          }
          return true;
        });
  }

  private void accept(
      Connection connection, Bundle bundle, String how, Judgement judgement, Instant now)
      throws SQLException {
    RemoteCopy.Found.Bytes found = Objects.requireNonNull(judgement.found());
    Checksums all = known(bundle, found.checksums());
    boolean read = judgement.bytes() > 0;
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
            bundle.uuid(), bundle.site(), all, found.checksums(), "bundle " + how, now),
        Archivist.WHO);
    AuditStore.accept(connection, bundle, how + ": " + names(found.checksums()), now, read);
    store.move(
        connection,
        bundle,
        BundleState.VERIFIED,
        "%s%s at %s: %s".formatted(how, read ? " in full" : "", bundle.site(), judgement.detail()),
        Set.of(
            "verified = coalesce(verified, ?), audited = CASE WHEN ? THEN ? ELSE audited END,"
                + " reason = NULL, overwrite = false, attempts = 0, adler32 = ?, sha512 = ?",
            now,
            read,
            now,
            all.load(ChecksumAlgorithm.ADLER32).hex(),
            all.load(ChecksumAlgorithm.SHA512).hex()));
  }

  private static String names(Checksums checksums) {
    return String.join(
        ", ", checksums.values().keySet().stream().map(ChecksumAlgorithm::label).toList());
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
    } else if (known.isPresent() && known.get().replicaAt(bundle.site()).isEmpty()) {
      // Another archive has it under the same name.
      ReplicaChange copy =
          ReplicaChange.to(known.get().id(), bundle.site(), ReplicaState.AVAILABLE)
              .at(bundle.name());
      catalog.setReplica(connection, copy, Archivist.WHO, "first read in full");
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
    BundleState retry =
        bundle.staged()
            ? BundleState.PACKED
            : bundle.imported() ? BundleState.DAMAGED : BundleState.CLOSED;
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
    return audit(
        bundle,
        () -> judge.read(bundle, progress),
        (judgement, now) -> Reading.of(bundle, now, "fixity", judgement),
        (c, judgement, now) -> accept(c, bundle, "fixity audit", judgement, now));
  }

  /// Reads some of its members. That they agree is noted and makes nothing verified.
  Fixity.Result sample(Bundle bundle, Sample sample, LongConsumer progress) {
    return audit(
        bundle,
        () -> judge.sample(bundle, sample, progress),
        (judgement, now) -> Reading.of(bundle, now, sample, judgement),
        (c, judgement, now) ->
            store.move(
                c,
                bundle,
                bundle.state(),
                judgement.detail(),
                Set.of("sampled = ?, sample_passes = ?", now, sample.pass() + 1)));
  }

  private interface Look {
    Judgement judge() throws IOException;
  }

  private interface Agreed {
    void write(Connection connection, Judgement judgement, Instant now) throws SQLException;
  }

  private Fixity.Result audit(
      Bundle bundle, Look look, BiFunction<Judgement, Instant, Reading> reading, Agreed agreed) {
    Judgement judgement;
    try {
      Optional<String> waits = source.waits(bundle);
      if (waits.isPresent()) {
        store.release(bundle, Duration.ZERO, null);
        return new Fixity.Result(bundle.uuid(), bundle.site(), "on-tape", waits.get(), 0);
      }
      judgement = look.judge();
      source.done(bundle);
    } catch (RemoteException e) {
      return unreadable(bundle, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return unreadable(bundle, e.toString());
    }
    Instant now = clock.instant();
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(c, reading.apply(judgement, now));
          if (judgement.agrees()) {
            agreed.write(c, judgement, now);
          } else {
            condemn(c, bundle, judgement, now);
          }
          return true;
        });
    return new Fixity.Result(
        bundle.uuid(), bundle.site(), judgement.verdict(), judgement.detail(), judgement.bytes());
  }

  private Fixity.Result unreadable(Bundle bundle, String why) {
    store
        .database()
        .inTransaction(c -> {
          AuditStore.record(
              c, new Reading(bundle, clock.instant(), "fixity", "unreadable", 0, why, null));
          store.move(c, bundle, bundle.state(), why, Set.NOTHING);
          return true;
        });
    return new Fixity.Result(bundle.uuid(), bundle.site(), "unreadable", why, 0);
  }

  /// The archived copy is bad, and with it every copy inside.
  private void condemn(Connection connection, Bundle bundle, Judgement judgement, Instant now)
      throws SQLException {
    Optional<CatalogFile> file = catalog.find(connection, bundle.name());
    RemoteCopy.Found.@Nullable Bytes found = judgement.found();
    if (file.isPresent() && found != null) {
      catalog.verify(
          connection,
          new Verification(
              file.get().id(), bundle.site(), found.size(), found.checksums(), "fixity audit", now),
          Archivist.WHO);
    } else if (file.isPresent()) {
      bad(connection, file.get().id(), bundle.site(), null, judgement.detail());
    }
    for (Member member : Members.of(connection, bundle.uuid())) {
      condemn(connection, member.fileId(), bundle, "bundle " + judgement.detail());
    }
    if (bundle.state() != BundleState.DAMAGED) {
      store.move(
          connection,
          bundle,
          BundleState.DAMAGED,
          judgement.detail(),
          Set.of("reason = ?, audited = ?", judgement.detail(), now));
    } else {
      store.move(connection, bundle, bundle.state(), judgement.detail(), Set.NOTHING);
    }
  }

  /// The copy that lies in a bad bundle. Where another bundle of the site holds the file too, that
  /// one's is the site's copy from now on; it counts as verified when that bundle is read next.
  private void condemn(Connection connection, long fileId, Bundle bundle, String why)
      throws SQLException {
    Optional<Members.Place> other = Members.elsewhere(connection, fileId, bundle);
    if (other.isPresent() && isSoundIn(connection, fileId, bundle)) {
      ReplicaChange there =
          ReplicaChange.to(fileId, bundle.site(), ReplicaState.AVAILABLE)
              .at(LogicalName.parse("/" + other.get().path()))
              .inBundle(other.get().bundle());
      catalog.setReplica(connection, there, Archivist.WHO, why + "; another bundle holds it too");
    } else {
      bad(connection, fileId, bundle.site(), bundle.uuid(), why);
    }
  }

  private boolean isSoundIn(Connection connection, long fileId, Bundle bundle) throws SQLException {
    return catalog
        .find(connection, fileId)
        .flatMap(f -> f.replicaAt(bundle.site()))
        .filter(r -> r.state() == ReplicaState.AVAILABLE && bundle.uuid().equals(r.bundle()))
        .isPresent();
  }

  /// @param inside the bundle that the copy lies in; null for one that lies by itself. A copy of
  ///   the file that lies elsewhere at the site is another one
  private void bad(
      Connection connection, long fileId, SiteName site, @Nullable UUID inside, String why)
      throws SQLException {
    Optional<Replica> copy = catalog.find(connection, fileId).flatMap(f -> f.replicaAt(site));
    if (copy.filter(r -> r.state() != ReplicaState.BAD && r.state() != ReplicaState.DELETING)
        .filter(r -> Objects.equals(r.bundle(), inside))
        .isPresent()) {
      catalog.setReplica(
          connection, ReplicaChange.to(fileId, site, ReplicaState.BAD), Archivist.WHO, why);
    }
  }
}
