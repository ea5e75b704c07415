package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Registers many files in one transaction: `COPY` of the files, `COPY` of their copies. Where a
/// name is taken the files go by way of a table of the session, and one `INSERT` leaves out what is
/// taken, which is then compared in one go.
///
/// The unique index decides which names are taken, as it does for single registrations; nothing is
/// looked up first. That `COPY` fails at a taken name, so it is not tried again until a number of
/// batches ([#SOBER]) had none: who sends again what is known sends much of it.
final class BulkStore {
  private static final int SOBER = 16;
  private static final String UNIQUE_VIOLATION = "23505";

  private final FileStore files;
  private final Changes changes;
  private final Directories directories;
  private final FileRows rows;
  private final Words words;
  private final BulkHistory history;

  /// How many batches without a taken name it takes until all names are hoped to be new.
  private final AtomicInteger doubts = new AtomicInteger();

  BulkStore(FileStore files, Changes changes, Directories directories, FileRows rows, Words words) {
    this.files = files;
    this.changes = changes;
    this.directories = directories;
    this.rows = rows;
    this.words = words;
    this.history = new BulkHistory();
  }

  /// One registration of many.
  ///
  /// @param onlyNew whether to leave alone, and answer with null, what has a taken name
  record Request(Offer offer, Cause cause, boolean onlyNew) {}

  /// Registers all, each with a history of its own.
  List<@Nullable RegisterOutcome> each(Connection connection, List<Request> requests)
      throws SQLException {
    return new Batch(connection, requests, null).run();
  }

  /// Registers all as one load with one entry of history; cause and `onlyNew` are the first's.
  List<@Nullable RegisterOutcome> load(Connection connection, List<Request> requests)
      throws SQLException {
    try (Statement set = connection.createStatement()) {
      set.execute(
          "SET LOCAL work_mem = '64MB'"); // what the triggers see of 10,000 rows stays in memory
    }
    return new Batch(connection, requests, BulkHistory.nextLoad(connection)).run();
  }

  /// The work of one transaction.
  private final class Batch {
    private final Connection connection;
    private final List<Request> requests;
    private final @Nullable Integer load;
    private final @Nullable RegisterOutcome[] outcomes;
    private final long[] ids;
    private final BulkRows copied;
    private final Map<LogicalName, Integer> chosen = new LinkedHashMap<>();
    private final List<Integer> later = new ArrayList<>();
    private Instant now = Instant.EPOCH;

    Batch(Connection connection, List<Request> requests, @Nullable Integer load) {
      this.connection = connection;
      this.requests = requests;
      this.load = load;
      this.outcomes = new RegisterOutcome[requests.size()];
      this.ids = new long[requests.size()];
      this.copied = new BulkRows(connection, directories, words, load);
    }

    List<@Nullable RegisterOutcome> run() throws SQLException {
      reserveIds();
      refuseTakenUuids();
      choose();
      Set<Long> taken = insertFiles();
      List<Integer> created = new ArrayList<>();
      List<Integer> known = new ArrayList<>();
      for (int i : chosen.values()) {
        (taken.contains(ids[i]) ? known : created).add(i);
      }
      insertCopies(created);
      insertParents(created);
      for (int i : created) {
        outcomes[i] = new Registered(file(i));
      }
      history.write(connection, outcomes, requests, load);
      compare(known);
      for (int i : later) { // a name that came twice: its second time follows its first
        outcomes[i] = again(requests.get(i));
      }
      return Arrays.asList(outcomes);
    }

    private void reserveIds() throws SQLException {
      try (PreparedStatement next =
          connection.prepareStatement(
              "SELECT nextval('file_id'), now() FROM generate_series(1, ?)")) {
        next.setInt(1, ids.length);
        try (ResultSet row = next.executeQuery()) {
          for (int i = 0; row.next(); i++) {
            ids[i] = row.getLong(1);
            if (i == 0) {
              now = row.getObject(2, OffsetDateTime.class).toInstant();
            }
          }
        }
      }
    }

    /// A uuid that was brought along and belongs to a file of another name is a conflict.
    private void refuseTakenUuids() throws SQLException {
      Map<UUID, Integer> brought = new HashMap<>();
      for (int i = 0; i < ids.length; i++) {
        UUID uuid = brought(i);
        if (uuid != null && brought.putIfAbsent(uuid, i) != null) {
          later.add(i);
        }
      }
      if (brought.isEmpty()) {
        return;
      }
      try (PreparedStatement select =
          connection.prepareStatement(
              "SELECT " + FileRows.COLUMNS + FileRows.FROM + "WHERE f.uuid = ANY(?)")) {
        select.setArray(1, connection.createArrayOf("uuid", brought.keySet().toArray()));
        for (CatalogFile file : rows.list(connection, select)) {
          int i = Objects.requireNonNull(brought.get(file.uuid()));
          Offer offer = requests.get(i).offer();
          if (!offer.file().name().equals(file.name()) || !file.live()) {
            outcomes[i] = new Conflict(file, List.of(otherName(file, offer)));
          }
        }
      }
    }

    private @Nullable UUID brought(int i) {
      return brought(requests.get(i).offer());
    }

    private @Nullable UUID brought(Offer offer) {
      UUID uuid = offer.uuid();
      return uuid == null || rows.uuids().id(uuid).isPresent() ? null : uuid;
    }

    /// Those that are written now: of a name that comes twice, or a uuid, the first. Makes sure of
    /// their words and directories, because nothing can be asked while a copy runs.
    private void choose() throws SQLException {
      Set<Integer> twice = new HashSet<>(later);
      for (int i = 0; i < ids.length; i++) {
        if (outcomes[i] != null || twice.contains(i)) {
          continue;
        }
        Offer offer = requests.get(i).offer();
        if (chosen.putIfAbsent(offer.file().name(), i) == null) {
          copied.learn(offer);
        } else {
          later.add(i);
        }
      }
    }

    /// Returns the ids of those whose names are taken.
    private Set<Long> insertFiles() throws SQLException {
      if (doubts.get() == 0) {
        Savepoint before = connection.setSavepoint();
        try {
          copyTo("file");
          connection.releaseSavepoint(before);
          return Set.of();
        } catch (SQLException e) {
          if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
            throw e;
          }
          connection.rollback(before);
        }
      }
      Set<Long> taken = insertUntaken();
      doubts.updateAndGet(d -> taken.isEmpty() ? Math.max(0, d - 1) : SOBER);
      return taken;
    }

    private void copyTo(String table) throws SQLException {
      try (CopyText copy = new CopyText(connection, table + BulkRows.COLUMNS)) {
        for (int i : chosen.values()) {
          copied.file(copy, ids[i], now, requests.get(i).offer(), brought(i));
        }
        copy.end();
      }
    }

    private Set<Long> insertUntaken() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS bulk_file (LIKE file) ON COMMIT DELETE ROWS");
        copyTo("bulk_file");
        int inserted =
            statement.executeUpdate(
                "INSERT INTO file"
                    + BulkRows.COLUMNS
                    + " SELECT "
                    + BulkRows.NAMES
                    + " FROM bulk_file"
                    + " ON CONFLICT (dir_id, name) WHERE state = 1 DO NOTHING");
        Set<Long> taken = new HashSet<>();
        if (inserted == chosen.size()) {
          return taken;
        }
        try (ResultSet row =
            statement.executeQuery(
                "SELECT b.id FROM bulk_file b LEFT JOIN file f ON f.id = b.id WHERE f.id IS NULL")) {
          while (row.next()) {
            taken.add(row.getLong(1));
          }
        }
        return taken;
      }
    }

    private void insertCopies(List<Integer> created) throws SQLException {
      if (created.isEmpty()) {
        return;
      }
      try (CopyText copy = new CopyText(connection, "replica" + BulkRows.COPY_COLUMNS)) {
        for (int i : created) {
          copied.copies(copy, ids[i], requests.get(i).offer());
        }
        copy.end();
      }
    }

    private void insertParents(List<Integer> created) throws SQLException {
      List<Provenance.Tie> ties = new ArrayList<>();
      for (int i : created) {
        ties.addAll(Provenance.ties(ids[i], requests.get(i).offer().parents()));
      }
      Provenance.name(connection, ties);
    }

    private CatalogFile file(int i) {
      Offer offer = requests.get(i).offer();
      NewFile file = offer.file();
      UUID uuid = brought(i);
      List<Replica> copies = new ArrayList<>();
      for (Offer.Copy c : offer.copies()) {
        copies.add(new Replica(ids[i], c.site(), c.state(), c.path(), c.bundle(), null, null));
      }
      copies.sort(Comparator.comparing(Replica::site));
      return new CatalogFile(
          ids[i],
          uuid == null ? rows.uuids().of(ids[i]) : uuid,
          file.name(),
          file.size(),
          file.checksums(),
          file.metadata(),
          now,
          true,
          copies);
    }

    private void compare(List<Integer> known) throws SQLException {
      Map<LogicalName, CatalogFile> found = new HashMap<>();
      if (!known.isEmpty()) {
        try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT "
                    + FileRows.COLUMNS
                    + " FROM bulk_file b JOIN file f ON f.dir_id = b.dir_id AND f.name = b.name"
                    + " AND f.state = 1 JOIN dir d ON d.id = f.dir_id WHERE b.id = ANY(?)")) {
          Object[] offered = known.stream().map(i -> ids[i]).toArray();
          select.setArray(1, connection.createArrayOf("bigint", offered));
          rows.list(connection, select).forEach(f -> found.put(f.name(), f));
        }
      }
      for (int i : known) {
        if (requests.get(i).onlyNew()) {
          continue;
        }
        Offer offer = requests.get(i).offer();
        CatalogFile there = found.get(offer.file().name());
        if (there == null) { // it went between the two statements
          outcomes[i] = again(requests.get(i));
          continue;
        }
        List<Difference> differences = Registration.differences(there, offer);
        if (!differences.isEmpty()) {
          outcomes[i] = new Conflict(there, differences);
        } else if (Registration.addsNothing(there, offer)) {
          Provenance.name(connection, Provenance.ties(there.id(), offer.parents()));
          outcomes[i] = new AlreadyThere(there, false);
        } else {
          outcomes[i] = again(requests.get(i));
        }
      }
    }

    /// Registers one by itself, adding what only it knows.
    private @Nullable RegisterOutcome again(Request request) throws SQLException {
      if (request.onlyNew()) {
        return null;
      }
      Offer offer = request.offer();
      Optional<CatalogFile> there = files.find(connection, offer.file().name(), true);
      if (there.isPresent()) {
        List<Difference> differences = Registration.differences(there.get(), offer);
        if (!differences.isEmpty()) {
          return new Conflict(there.get(), differences);
        }
        if (Registration.addsNothing(there.get(), offer)) {
          Provenance.name(connection, Provenance.ties(there.get().id(), offer.parents()));
          return new AlreadyThere(there.get(), false);
        }
      }
      UUID uuid = brought(offer);
      Optional<CatalogFile> namesake =
          uuid == null ? Optional.empty() : files.find(connection, uuid);
      if (namesake.isPresent() && !namesake.get().name().equals(offer.file().name())) {
        return new Conflict(namesake.get(), List.of(otherName(namesake.get(), offer)));
      }
      RegisterOutcome outcome = changes.register(connection, offer, request.cause());
      CatalogFile file =
          switch (outcome) {
            case Registered r -> r.file();
            case AlreadyThere a -> a.file();
            case Conflict c -> c.file();
          };
      if (outcome instanceof Conflict) {
        return outcome;
      }
      Provenance.name(connection, Provenance.ties(file.id(), offer.parents()));
      if (outcome instanceof Registered && uuid != null) {
        files.setUuid(connection, file.id(), uuid);
        return new Registered(changes.load(connection, file.id(), false));
      }
      return outcome;
    }
  }

  private static Difference otherName(CatalogFile known, Offer offer) {
    return new Difference("name", known.name().toString(), offer.file().name().toString());
  }
}
