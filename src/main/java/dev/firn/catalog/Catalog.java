package dev.firn.catalog;

import dev.firn.database.Database;
import dev.firn.database.GroupCommit;
import dev.firn.database.HistoryRecord;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiConsumer;

/// The one truth about what exists where.
///
/// Methods that take a `Connection` belong to the transaction of the caller, so that a transfer's
/// end and the copy it brought are one change; the others are a transaction of their own. All may
/// throw [CatalogException] and `DatabaseException`.
public final class Catalog {
  /// History's kind of subject for what happens to a file version; its id is the file's.
  public static final String FILE = "file";

  /// History's kind of subject for what happens to a copy; its id is the file's, the site stands in
  /// the detail.
  public static final String REPLICA = "replica";

  /// History's kind of subject for a bulk registration; its id is the load's number, the detail has
  /// the lowest and highest id of the files it brought (`first`, `last`) and how many.
  public static final String LOAD = "load";

  private static final int FOLD = 50_000;
  private static final int LARGEST_LINEAGE = 10_000;

  private final Database database;
  private final FileStore files;
  private final Changes changes;
  private final CopyVerification verification;
  private final DoorChanges door;
  private final OlderVersions older;
  private final CatalogQueries queries;
  private final ListingStore listings;
  private final SummaryStore summaries;
  private final LineageStore lineages;
  private final BulkStore bulk;
  private final GroupCommit<BulkStore.Request, Optional<RegisterOutcome>> group;

  /// A catalog whose older versions are needed by its own datasets and snapshots alone.
  public Catalog(Database database) {
    this(database, List.of());
  }

  /// @param keepers who else needs older versions
  public Catalog(Database database, List<Keeper> keepers) {
    this.database = database;
    Words words = Words.create();
    FileRows rows = new FileRows(words, database.read(Uuids::load));
    Directories directories = new Directories();
    this.files = new FileStore(words, directories, rows);
    ReplicaStore replicas = new ReplicaStore(words);
    this.changes = new Changes(files, replicas);
    this.verification = new CopyVerification(changes, replicas, words);
    this.queries = new CatalogQueries(database, rows);
    this.listings = new ListingStore(directories, rows);
    this.summaries = new SummaryStore(words);
    this.lineages = new LineageStore(rows);
    this.bulk = new BulkStore(files, changes, directories, rows, words);
    this.group =
        new GroupCommit<>(
            database, (c, all) -> bulk.each(c, all).stream().map(Optional::ofNullable).toList());
    this.door = new DoorChanges(files, changes, directories, words);
    this.older = new OlderVersions(files, replicas, List.copyOf(keepers));
  }

  /// What is asked by a query.
  public CatalogQueries queries() {
    return queries;
  }

  /// Registers a file whose bytes lie, whole, at `path` of `site`. Doing so again changes nothing;
  /// what only this registration knows (a copy, metadata, a checksum) is added.
  ///
  /// Metadata and content that contradict what is known are a conflict, not an update. Those that
  /// come at the same time share a transaction; each returns when its own is durable.
  public RegisterOutcome register(
      NewFile file, SiteName site, LogicalName path, String who, String why) {
    return register(Offer.of(file, site, path), new Cause(who, why));
  }

  /// The same for a file with all its copies and what it was made from.
  public RegisterOutcome register(Offer offer, Cause cause) {
    return group.submit(new BulkStore.Request(offer, cause, false)).orElseThrow();
  }

  public RegisterOutcome register(
      Connection connection, NewFile file, SiteName site, LogicalName path, Cause cause)
      throws SQLException {
    return changes.register(connection, file, site, path, cause);
  }

  /// Replaces the metadata of a file.
  public void describe(Connection connection, long fileId, FileMetadata metadata, Cause cause)
      throws SQLException {
    changes.describe(connection, fileId, metadata, cause);
  }

  /// Adds checksums of kinds that are not known of a file yet.
  public void addChecksums(Connection connection, long fileId, Checksums more) throws SQLException {
    files.addChecksums(connection, fileId, more);
  }

  /// Changes the size of a file that was told wrongly.
  public void resize(Connection connection, long fileId, long size) throws SQLException {
    files.setSize(connection, fileId, size);
  }

  /// The live version of a name.
  public Optional<CatalogFile> find(LogicalName name) {
    return database.read(c -> files.find(c, name, false));
  }

  public Optional<CatalogFile> find(UUID uuid) {
    return database.read(c -> files.find(c, uuid));
  }

  public Optional<CatalogFile> find(long fileId) {
    return database.read(c -> files.find(c, fileId, false));
  }

  public Optional<CatalogFile> find(Connection connection, LogicalName name) throws SQLException {
    return files.find(connection, name, false);
  }

  public Optional<CatalogFile> find(Connection connection, long fileId) throws SQLException {
    return files.find(connection, fileId, false);
  }

  /// Those of some files that there are, in the order of their ids.
  public List<CatalogFile> find(Connection connection, Collection<Long> ids) throws SQLException {
    return files.find(connection, ids, false);
  }

  public Optional<CatalogFile> find(Connection connection, UUID uuid) throws SQLException {
    return files.find(connection, uuid);
  }

  /// Gives a file the uuid it has in another catalog.
  public void identify(Connection connection, long fileId, UUID uuid) throws SQLException {
    files.setUuid(connection, fileId, uuid);
  }

  /// Makes room for another content under a file's name; its copies stay on record.
  public void supersede(Connection connection, long fileId, Cause cause) throws SQLException {
    changes.supersede(connection, fileId, cause);
  }

  /// The superseded versions of the names of these files, by the file; of live ones only.
  public Map<Long, List<CatalogFile>> olderVersions(Connection connection, Collection<Long> fileIds)
      throws SQLException {
    return older.of(connection, fileIds);
  }

  /// Who needs this very version, whatever its name means by now, and for what.
  public Optional<String> keeper(Connection connection, long fileId) throws SQLException {
    return older.keeper(connection, fileId);
  }

  /// Other bytes lie at the site where a file's copy lay: its record goes.
  public void overwritten(Connection connection, CatalogFile file, SiteName site, Cause cause)
      throws SQLException {
    older.overwritten(connection, file, site, cause);
  }

  /// Ends a file on record with all its copies, whose bytes are not touched; its name is free.
  public void forget(Connection connection, long fileId, Cause cause) throws SQLException {
    changes.forget(connection, fileId, cause);
  }

  /// Ids of live versions above `after`, in order, at most `limit`: for walking over all files.
  public List<Long> liveIds(Connection connection, long after, int limit) throws SQLException {
    return files.liveIds(connection, after, limit);
  }

  /// All versions with this content under whatever name, live or not, at most `limit`.
  ///
  /// @throws IllegalArgumentException when the checksum is not a sha512
  public List<CatalogFile> withContent(Checksum sha512, int limit) {
    return database.read(c -> withContent(c, sha512, limit));
  }

  public List<CatalogFile> withContent(Connection connection, Checksum sha512, int limit)
      throws SQLException {
    if (sha512.algorithm() != ChecksumAlgorithm.SHA512) {
      throw new IllegalArgumentException("files are found by sha512, not " + sha512.algorithm());
    }
    return files.withContent(connection, sha512, limit);
  }

  /// Changes the record of a copy along the arrows of [ReplicaTransitions], with its history. A
  /// change to what is already so is none.
  ///
  /// @throws CatalogException `illegal-transition`, `not-found`
  public void setReplica(Connection connection, ReplicaChange change, String who, String why)
      throws SQLException {
    changes.setReplica(connection, change, new Cause(who, why));
  }

  /// The same for many copies.
  public void setReplicas(
      Connection connection, Collection<ReplicaChange> all, String who, String why)
      throws SQLException {
    Cause cause = new Cause(who, why);
    List<ReplicaChange> inOrder =
        all.stream().sorted(Comparator.comparingLong(ReplicaChange::fileId)).toList();
    for (ReplicaChange change : inOrder) { // in one order, so that no two callers deadlock
      changes.setReplica(connection, change, cause);
    }
  }

  /// The same for copies of different files, each with its cause, in a few statements.
  ///
  /// @param refused takes each change that is not allowed; the others are made
  /// @throws IllegalArgumentException when a file comes twice
  public void setReplicas(
      Connection connection,
      Map<ReplicaChange, Cause> all,
      BiConsumer<ReplicaChange, CatalogException> refused)
      throws SQLException {
    changes.setReplicas(connection, all, refused);
  }

  /// Compares what was read of a copy with what is known. Only this makes a copy verified, and it
  /// makes one whose bytes differ bad.
  public VerifyOutcome verify(Connection connection, Verification seen, String who)
      throws SQLException {
    return verification.verify(connection, seen, who);
  }

  /// The same for copies of different files, in a few statements.
  ///
  /// @param refused takes what could not be compared, as a copy that is not on record
  /// @return what did not agree
  /// @throws IllegalArgumentException when a file comes twice
  public Map<Verification, VerifyOutcome> verifyAll(
      Connection connection,
      Collection<Verification> all,
      String who,
      BiConsumer<Verification, CatalogException> refused)
      throws SQLException {
    return verification.verifyAll(connection, all, who, refused);
  }

  /// Makes a copy available again that was to be deleted, and whose bytes were read and are right.
  public void takeBack(Connection connection, Verification seen, Cause cause) throws SQLException {
    verification.takeBack(connection, seen, cause);
  }

  /// Makes the copies inside a bundle verified, whose bytes were read and agreed as a whole.
  /// Returns how many there are.
  public int verifyMembers(Connection connection, BundleVerification seen, String who)
      throws SQLException {
    return verification.verifyMembers(connection, seen, who);
  }

  /// Records that `child` was made from `parents`.
  public void derivedFrom(Connection connection, long child, Collection<Long> parents)
      throws SQLException {
    Provenance.tie(connection, child, parents);
  }

  /// The door of a catalogued area says that whole bytes were stored under a name.
  ///
  /// The same content is `AlreadyThere`, with the copy now available. Another content is a new file
  /// version, `Registered`; the old version is superseded and keeps its copies at other sites. A
  /// name that the door created (`replaced` false) but that is known with another content kept
  /// elsewhere is a `Conflict`: the right to create is not the right to replace.
  public RegisterOutcome stored(NewFile file, boolean replaced, SiteName site, String who) {
    if (!replaced) {
      Offer offer = Offer.of(file, site, file.name());
      Cause cause = new Cause(who, DoorChanges.STORED);
      Optional<RegisterOutcome> created = group.submit(new BulkStore.Request(offer, cause, true));
      if (created.isPresent()) {
        return created.get();
      }
    }
    return database.inTransaction(c -> door.stored(c, file, replaced, site, who));
  }

  RegisterOutcome stored(
      Connection connection, NewFile file, boolean replaced, SiteName site, String who)
      throws SQLException {
    return door.stored(connection, file, replaced, site, who);
  }

  /// The live version of a name, which nobody else changes until the transaction ends.
  public Optional<CatalogFile> lock(Connection connection, LogicalName name) throws SQLException {
    return files.find(connection, name, true);
  }

  public Optional<CatalogFile> lock(Connection connection, long fileId) throws SQLException {
    return files.find(connection, fileId, true);
  }

  /// The door says that a file, or a directory with all below it, was removed. Returns how many
  /// copies went; a file with no copy left is gone, and its name free.
  public int removed(LogicalName name, SiteName site, String who) {
    return database.inTransaction(c -> door.removed(c, name, site, who));
  }

  /// The door says that a file, or a directory with all below it, was moved, over whatever had the
  /// new name. Returns how many files were; they keep their identity, and their copies elsewhere
  /// keep their paths.
  public int moved(LogicalName from, LogicalName to, SiteName site, String who) {
    return database.inTransaction(c -> door.moved(c, from, to, site, who));
  }

  public int moved(
      Connection connection, LogicalName from, LogicalName to, SiteName site, String who)
      throws SQLException {
    return door.moved(connection, from, to, site, who);
  }

  /// What a file was made from and what was made from it, at most `depth` steps away.
  public Lineage lineage(CatalogFile file, int depth) {
    return database.read(c -> lineages.of(c, file, depth, LARGEST_LINEAGE));
  }

  /// Names of what each of these files was made from, registered or not; nothing for those that
  /// were made from nothing known.
  public Map<Long, List<LogicalName>> parents(Connection connection, Collection<Long> ids)
      throws SQLException {
    return Provenance.parents(connection, ids);
  }

  Map<Long, List<LogicalName>> parents(List<CatalogFile> files) {
    return files.isEmpty()
        ? Map.of()
        : database.read(c -> parents(c, files.stream().map(CatalogFile::id).toList()));
  }

  /// What lies directly in a directory.
  ///
  /// @param after the `next` of the page before, a name; empty for the first
  public Listing list(LogicalName directory, String after, int size) {
    if (after.indexOf('\0') >= 0) {
      throw new CatalogException("bad-page", "'after' is not the mark of a page");
    }
    return database.read(c -> listings.list(c, directory, after, CatalogQueries.bounded(size)));
  }

  /// Totals by site, state, season and level, exact, without counting.
  public Summary summary() {
    return database.read(summaries::read);
  }

  /// Totals of all copies at a site by season and level, exact, without counting.
  public List<Summary.Level> levelsAt(SiteName site) {
    return database.read(c -> summaries.levelsAt(c, site));
  }

  /// Adds up what summaries are made of, so that they stay quick; to be called every few seconds by
  /// whoever runs the program's periodic work. Returns how many differences were added up.
  public int foldSummaries() {
    return database.inTransaction(c -> SummaryStore.fold(c, FOLD));
  }

  /// Ties files to parents that were named before they were registered; to be called now and then.
  /// Returns how many ties were made.
  public int settleProvenance() {
    return database.inTransaction(Provenance::settle);
  }

  /// Registers a part of a load in one transaction.
  List<RegisterOutcome> load(List<Offer> offers, Cause cause) {
    return database.inTransaction(c -> load(c, offers, cause));
  }

  /// Registers many files together, with one entry of history for all; what became of each stands
  /// at its place.
  public List<RegisterOutcome> load(Connection connection, List<Offer> offers, Cause cause)
      throws SQLException {
    List<BulkStore.Request> requests =
        offers.stream().map(o -> new BulkStore.Request(o, cause, false)).toList();
    return bulk.load(connection, requests).stream().map(Objects::requireNonNull).toList();
  }

  /// What happened to a file and its copies, newest first, older than entry `before` (0: newest).
  public List<HistoryRecord> history(long fileId, long before, int limit) {
    return database.read(c -> FileHistory.of(c, fileId, before, limit));
  }
}
