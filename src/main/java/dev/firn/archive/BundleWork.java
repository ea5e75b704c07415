package dev.firn.archive;

import dev.firn.archive.ArchiveStore.Set;
import dev.firn.archive.MemberSources.Source;
import dev.firn.archive.request.RequestedFiles;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.PublishMode;
import dev.firn.storage.PublishOutcome;
import dev.firn.storage.StageOptions;
import dev.firn.storage.StagedWrite;
import dev.firn.storage.StorageArea;
import dev.firn.storage.StorageException;
import dev.firn.transfer.rule.CopyRequests;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Packs a closed bundle into the hub's area, and takes the staged copy away at the end.
///
/// The bytes are published before the record says so. A crash in between is repaired by packing
/// again, which gives the same bytes.
final class BundleWork {
  static final Duration LATER = Duration.ofSeconds(10);

  private final ArchiveStore store;
  private final Catalog catalog;
  private final StorageArea area;
  private final MemberSources where;
  private final ArchivistConfig config;

  BundleWork(
      ArchiveStore store,
      Catalog catalog,
      StorageArea area,
      MemberSources where,
      ArchivistConfig config) {
    this.store = store;
    this.catalog = catalog;
    this.area = area;
    this.where = where;
    this.config = config;
  }

  void pack(Bundle bundle, Runnable alive) throws IOException {
    List<Member> members = store.members(bundle.uuid());
    if (members.isEmpty()) {
      finish(bundle, BundleState.CANCELLED, "no member is left", Set.NOTHING);
      return;
    }
    Map<BundleMember, Source> sources =
        bundle.packedBefore() ? where.anywhere(bundle, members) : where.here(bundle, members);
    BundlePlan plan =
        new BundlePlan(
            bundle.uuid(), bundle.created(), members.stream().map(Member::packed).toList());
    StageOptions options =
        StageOptions.DEFAULT.withAlgorithms(EnumSet.of(ChecksumAlgorithm.SHA512));
    try (StagedWrite staged = area.stage(bundle.name(), options)) {
      BundleOutcome outcome = write(plan, sources, staged, alive);
      switch (outcome) {
        case BundleOutcome.Packed packed -> {
          publish(bundle, members, packed, staged, alive);
          where.done(sources.values());
        }
        case BundleOutcome.MemberDiffers differs ->
            refuse(
                bundle,
                bad(members, sources, differs.member()),
                "%s: %s is %s, the catalog says %s"
                    .formatted(
                        bundle.requestPath() + "/" + differs.member().path(),
                        differs.what(),
                        differs.found(),
                        differs.expected()));
        case BundleOutcome.MemberUnreadable unreadable ->
            unreadable(bundle, bad(members, sources, unreadable.member()), unreadable);
      }
    }
  }

  private static BundleOutcome write(
      BundlePlan plan, Map<BundleMember, Source> sources, StagedWrite staged, Runnable alive)
      throws IOException {
    try (BundlePipe pipe = new BundlePipe(staged::write)) {
      BundleOutcome outcome =
          BundleWriter.write(
              plan,
              member -> Objects.requireNonNull(sources.get(member)).opener().open(),
              bytes -> {
                alive.run();
                pipe.write(bytes);
              });
      if (outcome instanceof BundleOutcome.Packed) {
        pipe.finish();
      }
      return outcome;
    }
  }

  private void unreadable(Bundle bundle, BadCopy copy, BundleOutcome.MemberUnreadable outcome)
      throws IOException {
    boolean itsOwnFault =
        outcome.cause() instanceof StorageException e
            && switch (e.kind()) {
              case MISSING, IS_A_DIRECTORY, NOT_A_DIRECTORY, REFUSED, DAMAGED -> true;
              default -> false;
            };
    if (!itsOwnFault) {
      throw outcome.cause();
    }
    String name = bundle.requestPath() + "/" + outcome.member().path();
    String reason = outcome.reason();
    String why = reason.startsWith(name) ? reason : name + ": " + reason;
    refuse(bundle, copy, why);
  }

  /// A copy of a member that is not what it should be.
  private record BadCopy(long fileId, SiteName site) {}

  private static BadCopy bad(
      List<Member> members, Map<BundleMember, Source> sources, BundleMember wanted) {
    Member member =
        members.stream()
            .filter(m -> m.packed().equals(wanted))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("not a member: " + wanted.path()));
    return new BadCopy(member.fileId(), Objects.requireNonNull(sources.get(wanted)).site());
  }

  /// A member is not what the catalog says: its copy is suspect, and a bundle that was never packed
  /// goes on without it. A bundle that is to be rebuilt takes another copy, or cannot be.
  private void refuse(Bundle bundle, BadCopy copy, String why) {
    long fileId = copy.fileId;
    store
        .database()
        .inTransaction(c -> {
          suspect(c, copy, why);
          return true;
        });
    boolean another = bundle.packedBefore() && where.has(fileId);
    store
        .database()
        .inTransaction(c -> {
          if (another) {
            store.move(c, bundle, BundleState.CLOSED, why, Set.of("reason = ?", why));
            return true;
          }
          if (bundle.packedBefore()) {
            String hopeless =
                "cannot be rebuilt, and no other verified copy of this member is left: " + why;
            store.move(
                c,
                bundle,
                BundleState.QUARANTINED,
                hopeless,
                Set.of("reason = ?, original_state = ?", hopeless, "closed"));
            return true;
          }
          Members.drop(c, bundle.uuid(), fileId);
          CopyRequests.release(c, bundle.uuid(), fileId, Archivist.WHO, why);
          RequestedFiles.refuse(c, bundle.uuid(), fileId, why);
          List<Member> left = Members.of(c, bundle.uuid());
          store.move(
              c,
              bundle,
              left.isEmpty() ? BundleState.CANCELLED : BundleState.CLOSED,
              why,
              Set.of(
                  "reason = ?, file_count = ?, member_bytes = ?",
                  why,
                  left.size(),
                  left.stream().mapToLong(m -> m.packed().size()).sum()));
          return true;
        });
  }

  private void suspect(Connection connection, BadCopy bad, String why) throws SQLException {
    Optional<Replica> copy =
        catalog.find(connection, bad.fileId).flatMap(f -> f.replicaAt(bad.site));
    if (copy.filter(r -> r.state() == ReplicaState.AVAILABLE).isPresent()) {
      catalog.setReplica(
          connection,
          ReplicaChange.to(bad.fileId, bad.site, ReplicaState.SUSPECT),
          Archivist.WHO,
          why);
    }
  }

  private void publish(
      Bundle bundle,
      List<Member> members,
      BundleOutcome.Packed packed,
      StagedWrite staged,
      Runnable alive)
      throws IOException {
    Checksums found;
    // To make so many bytes durable can take longer than a lease.
    try (Beating beating = new Beating(alive)) {
      found = staged.finish();
      if (bundle.packedBefore() && found.firstDifference(bundle.checksums()).isPresent()) {
        finish(
            bundle,
            BundleState.QUARANTINED,
            "the rebuilt bytes are not those that were archived",
            Set.of("reason = ?, original_state = ?", "rebuilt bytes differ", "closed"));
        return;
      }
      PublishOutcome outcome = staged.publish(PublishMode.REPLACE, found);
      if (!(outcome instanceof PublishOutcome.Created)
          && !(outcome instanceof PublishOutcome.Replaced)) {
        throw new IOException("bundle " + bundle.uuid() + " could not be staged: " + outcome);
      }
    }
    store
        .database()
        .inTransaction(c -> {
          Members.place(c, bundle.uuid(), packed.members());
          register(c, bundle, packed.size(), found);
          for (Member member : members) {
            copying(c, member.fileId(), bundle, LogicalName.parse("/" + member.packed().path()));
          }
          store.move(
              c,
              bundle,
              BundleState.PACKED,
              "every member agreed with the catalog while it was packed",
              Set.of(
                  "size = ?, adler32 = ?, sha512 = ?, staged = true",
                  packed.size(),
                  found.load(ChecksumAlgorithm.ADLER32).hex(),
                  found.load(ChecksumAlgorithm.SHA512).hex()));
          return true;
        });
  }

  /// The bundle is a file of its own, with a copy here and one on its way.
  private void register(Connection connection, Bundle bundle, long size, Checksums checksums)
      throws SQLException {
    NewFile file =
        new NewFile(bundle.name(), size, checksums, FileMetadata.NONE.withLevel("bundle"));
    Cause cause = new Cause(Archivist.WHO, "staged for " + bundle.site());
    // A copy whose removal a crash interrupted is gone now: its place was taken.
    Optional<CatalogFile> known = catalog.find(connection, bundle.name());
    if (known
        .flatMap(f -> f.replicaAt(config.hub()))
        .filter(r -> r.state() == ReplicaState.DELETING)
        .isPresent()) {
      catalog.setReplica(
          connection,
          ReplicaChange.gone(known.get().id(), config.hub()),
          Archivist.WHO,
          "staged again");
    }
    RegisterOutcome outcome =
        catalog.register(connection, file, config.hub(), bundle.name(), cause);
    switch (outcome) {
      case RegisterOutcome.Registered r -> copying(connection, r.file().id(), bundle, null);
      case RegisterOutcome.AlreadyThere a -> copying(connection, a.file().id(), bundle, null);
      case RegisterOutcome.Conflict conflict ->
          throw new IllegalStateException(bundle.name() + " is " + conflict.reason());
    }
  }

  /// Notes that a copy is on its way to the archive, of the bundle itself or inside of it.
  private void copying(
      Connection connection, long fileId, Bundle bundle, @Nullable LogicalName inside)
      throws SQLException {
    SiteName site = bundle.site();
    ReplicaState now =
        catalog
            .find(connection, fileId)
            .flatMap(f -> f.replicaAt(site))
            .map(Replica::state)
            .orElse(null);
    if (now == ReplicaState.AVAILABLE || now == ReplicaState.COPYING) {
      return;
    }
    ReplicaChange change = ReplicaChange.to(fileId, site, ReplicaState.COPYING);
    change = inside == null ? change.at(bundle.name()) : change.at(inside).inBundle(bundle.uuid());
    catalog.setReplica(connection, change, Archivist.WHO, "packed into bundle " + bundle.uuid());
  }

  /// Removes the staged copy of a bundle in custody: record, bytes, record, so that the catalog
  /// never points at bytes that are gone.
  void unstage(Bundle bundle) throws IOException {
    Optional<CatalogFile> file = catalog.find(bundle.name());
    if (file.flatMap(f -> f.replicaAt(config.hub())).isPresent()) {
      store
          .database()
          .inTransaction(c -> {
            catalog.setReplica(
                c,
                ReplicaChange.to(file.get().id(), config.hub(), ReplicaState.DELETING),
                Archivist.WHO,
                "in custody of " + bundle.site());
            return true;
          });
    }
    area.delete(bundle.name(), false);
    store
        .database()
        .inTransaction(c -> {
          if (file.isPresent()) {
            catalog.setReplica(
                c,
                ReplicaChange.gone(file.get().id(), config.hub()),
                Archivist.WHO,
                "in custody of " + bundle.site());
          }
          store.move(
              c, bundle, BundleState.VERIFIED, "staged copy removed", Set.of("staged = false"));
          return true;
        });
  }

  /// A change of state that concerns nothing else.
  void finish(Bundle bundle, BundleState to, String why, Set set) {
    store
        .database()
        .inTransaction(c -> {
          store.move(c, bundle, to, why, set);
          return true;
        });
  }

  /// Whether the staged bytes are there, as far as their length tells.
  boolean isStaged(Bundle bundle) throws IOException {
    return area.find(bundle.name()).filter(o -> o.size() == bundle.size()).isPresent();
  }
}
