package dev.firn.catalog;

import dev.firn.catalog.RegisterOutcome.AlreadyThere;
import dev.firn.catalog.RegisterOutcome.Conflict;
import dev.firn.catalog.RegisterOutcome.Difference;
import dev.firn.catalog.RegisterOutcome.Registered;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Registers many files in one transaction: `COPY` into a table of the session, one `INSERT` that
/// leaves out the names that are taken, `COPY` of the copies. What is taken is compared in one go.
///
/// The unique index decides which names are taken, as it does for single registrations; nothing is
/// looked up first.
final class BulkStore {
  private static final String COLUMNS =
      "id, size, checksum_key, event_count, first_event, last_event, dir_id, adler32, crc32c, run,"
          + " subrun, part, season, level, data_type, name, sha512, sha256, md5, metadata, uuid,"
          + " starts, ends, livetime, load, owner, working_group";

  private final FileStore files;
  private final Changes changes;
  private final Directories directories;
  private final FileRows rows;
  private final Words words;
  private final BulkHistory history;

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
    return new Batch(connection, requests, BulkHistory.nextLoad(connection)).run();
  }

  /// The work of one transaction.
  private final class Batch {
    private final Connection connection;
    private final List<Request> requests;
    private final @Nullable Integer load;
    private final @Nullable RegisterOutcome[] outcomes;
    private final long[] ids;
    private final Map<LogicalName, Integer> staged = new HashMap<>();
    private final Map<LogicalName, Integer> folders = new HashMap<>();
    private final List<Integer> later = new ArrayList<>();
    private final Map<Dictionary, Map<String, Short>> numbers = new HashMap<>();
    private Instant now = Instant.EPOCH;

    Batch(Connection connection, List<Request> requests, @Nullable Integer load) {
      this.connection = connection;
      this.requests = requests;
      this.load = load;
      this.outcomes = new RegisterOutcome[requests.size()];
      this.ids = new long[requests.size()];
    }

    List<@Nullable RegisterOutcome> run() throws SQLException {
      reserveIds();
      refuseTakenUuids();
      stage();
      Set<Long> taken = insertFiles();
      List<Integer> created = new ArrayList<>();
      List<Integer> known = new ArrayList<>();
      for (int i : staged.values()) {
        (taken.contains(ids[i]) ? known : created).add(i);
      }
      created.sort(Comparator.naturalOrder());
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

    private void stage() throws SQLException {
      try (Statement create = connection.createStatement()) {
        create.execute(
            "CREATE TEMPORARY TABLE IF NOT EXISTS bulk_file (LIKE file) ON COMMIT DELETE ROWS");
      }
      Set<Integer> twice = new HashSet<>(later);
      List<Integer> now = new ArrayList<>();
      for (int i = 0; i < ids.length; i++) {
        if (outcomes[i] != null || twice.contains(i)) {
          continue;
        }
        LogicalName name = requests.get(i).offer().file().name();
        if (staged.putIfAbsent(name, i) != null) {
          later.add(i);
          continue;
        }
        LogicalName parent = name.parent();
        if (!folders.containsKey(parent)) {
          folders.put(parent, directories.require(connection, parent));
        }
        wordsOf(requests.get(i).offer());
        now.add(i);
      }
      try (CopyText copy = new CopyText(connection, "bulk_file(created, state, " + COLUMNS + ")")) {
        for (int i : now) {
          row(copy, i);
        }
        copy.end();
      }
    }

    /// Makes sure of all words before the copy: nothing else can be asked while it runs.
    private void wordsOf(Offer offer) throws SQLException {
      FileMetadata m = offer.file().metadata();
      number(words.level(), m.level());
      number(words.dataType(), m.dataType());
      number(words.owner(), m.owner());
      number(words.group(), m.group());
      for (Offer.Copy copy : offer.copies()) {
        number(words.site(), copy.site().value());
      }
    }

    /// Remembered here too: words that this transaction adds are not remembered by the dictionary.
    private short number(Dictionary dictionary, @Nullable String word) throws SQLException {
      if (word == null) {
        return Dictionary.UNKNOWN;
      }
      Map<String, Short> known = numbers.computeIfAbsent(dictionary, d -> new HashMap<>());
      Short number = known.get(word);
      if (number == null) {
        number = dictionary.id(connection, word);
        known.put(word, number);
      }
      return number;
    }

    private void row(CopyText to, int i) throws SQLException {
      NewFile file = requests.get(i).offer().file();
      FileMetadata m = file.metadata();
      Checksums sums = file.checksums();
      String sha512 = sums.load(ChecksumAlgorithm.SHA512).hex();
      to.add(now).add(FileRows.LIVE).add(ids[i]).add(file.size());
      to.add(Long.parseUnsignedLong(sha512, 0, 16, 16));
      to.add(m.eventCount()).add(m.firstEvent()).add(m.lastEvent());
      to.add(folders.get(file.name().parent()));
      to.add(narrow(sums, ChecksumAlgorithm.ADLER32)).add(narrow(sums, ChecksumAlgorithm.CRC32C));
      to.add(m.run()).add(m.subrun()).add(m.part()).add(m.season());
      to.add(number(words.level(), m.level()));
      to.add(number(words.dataType(), m.dataType()));
      to.add(file.name().lastSegment()).addHex(sha512);
      to.addHex(hex(sums, ChecksumAlgorithm.SHA256)).addHex(hex(sums, ChecksumAlgorithm.MD5));
      to.add(FileRows.json(m)).add(brought(i)).add(m.starts()).add(m.ends()).add(m.livetime());
      to.add(load);
      to.add(number(words.owner(), m.owner()));
      to.add(number(words.group(), m.group()));
      to.endRow();
    }

    /// Returns the ids of those whose names are taken.
    private Set<Long> insertFiles() throws SQLException {
      String all = "created, state, " + COLUMNS;
      try (Statement statement = connection.createStatement()) {
        int inserted =
            statement.executeUpdate(
                "INSERT INTO file("
                    + all
                    + ") SELECT "
                    + all
                    + " FROM bulk_file"
                    + " ON CONFLICT (dir_id, name) WHERE state = 1 DO NOTHING");
        Set<Long> taken = new HashSet<>();
        if (inserted == staged.size()) {
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
      try (CopyText copy =
          new CopyText(connection, "replica(file_id, bundle, site, state, path)")) {
        for (int i : created) {
          Offer offer = requests.get(i).offer();
          for (Offer.Copy one : offer.copies()) {
            boolean deterministic = one.path().equals(offer.file().name());
            copy.add(ids[i]).add(one.bundle());
            copy.add(number(words.site(), one.site().value()));
            copy.add(FileRows.number(one.state()));
            copy.add(deterministic ? null : one.path().toString());
            copy.endRow();
          }
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
      Offer.Copy first = offer.copies().getFirst();
      RegisterOutcome outcome =
          changes.register(connection, offer.file(), first.site(), first.path(), request.cause());
      CatalogFile file =
          switch (outcome) {
            case Registered r -> r.file();
            case AlreadyThere a -> a.file();
            case Conflict c -> c.file();
          };
      if (outcome instanceof Conflict) {
        return outcome;
      }
      for (Offer.Copy copy : offer.copies()) {
        if (file.replicaAt(copy.site()).isEmpty()) {
          changes.setReplica(connection, copy.of(file.id()), request.cause());
        }
      }
      Provenance.name(connection, Provenance.ties(file.id(), offer.parents()));
      if (outcome instanceof Registered && uuid != null) {
        files.setUuid(connection, file.id(), uuid);
      }
      CatalogFile complete = changes.load(connection, file.id(), false);
      return outcome instanceof Registered
          ? new Registered(complete)
          : new AlreadyThere(complete, true);
    }
  }

  private static Difference otherName(CatalogFile known, Offer offer) {
    return new Difference("name", known.name().toString(), offer.file().name().toString());
  }

  private static @Nullable Integer narrow(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(c -> Integer.parseUnsignedInt(c.hex(), 0, 8, 16)).orElse(null);
  }

  private static @Nullable String hex(Checksums sums, ChecksumAlgorithm algorithm) {
    return sums.find(algorithm).map(Checksum::hex).orElse(null);
  }
}
