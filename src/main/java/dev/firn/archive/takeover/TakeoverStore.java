package dev.firn.archive.takeover;

import dev.firn.archive.Bundle;
import dev.firn.archive.takeover.FoundBundle.FoundMember;
import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Offer;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.database.Database;
import dev.firn.database.History;
import dev.firn.database.HistoryEntry;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import dev.firn.storage.Hashes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Writes what was found into the record: bundles with their members and copies, a few in one
/// transaction.
final class TakeoverStore {
  private final Database database;
  private final Catalog catalog;

  TakeoverStore(Database database, Catalog catalog) {
    this.database = database;
    this.catalog = catalog;
  }

  /// What was found at a site before, by path.
  ///
  /// @param unreadable bundles that could not be read then, which are looked at anew
  record Known(Set<String> bundles, Set<String> unreadable) {}

  Known known(SiteName site) {
    return database.read(c -> new Known(bundles(c, site), Findings.unreadable(c, site)));
  }

  private static Set<String> bundles(Connection connection, SiteName site) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT name FROM bundle WHERE site = ?")) {
      select.setString(1, site.value());
      Set<String> names = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
        }
      }
      return names;
    }
  }

  /// Writes down what is out of order about something that is no bundle.
  void note(SiteName site, List<Finding> findings) {
    database.inTransaction(c -> {
      Findings.insert(c, site, findings);
      return findings.size();
    });
  }

  /// A member that has its place in the catalog.
  private record Placed(CatalogFile file, FoundMember member) {}

  /// @param members recorded
  /// @param created files that the catalog did not know
  record Written(int members, int created) {}

  /// Writes bundles in the given order, all in one transaction.
  Written write(SiteName site, List<FoundBundle> all, Instant now, String who) {
    return database.inTransaction(c -> new Writing(c, site, now, who).write(all));
  }

  /// The work of one transaction.
  private final class Writing {
    private final Connection connection;
    private final SiteName site;
    private final Instant now;
    private final Cause cause;
    private final List<Finding> findings = new ArrayList<>();

    Writing(Connection connection, SiteName site, Instant now, String who) {
      this.connection = connection;
      this.site = site;
      this.now = now;
      this.cause = new Cause(who, "taken over from " + site);
    }

    Written write(List<FoundBundle> all) throws SQLException {
      Map<FoundBundle, UUID> uuids = new LinkedHashMap<>();
      List<Offer> offers = new ArrayList<>();
      for (FoundBundle found : all) {
        findings.addAll(found.findings());
        if (found.readable()) {
          Findings.readable(connection, site, found.name());
          UUID uuid = freeUuid(found, uuids.values());
          uuids.put(found, uuid);
          for (FoundMember member : found.members()) {
            offers.add(offer(found, member, uuid));
          }
        }
      }
      Iterator<RegisterOutcome> outcomes = catalog.load(connection, offers, cause).iterator();
      Iterator<Offer> offered = offers.iterator();
      int created = 0;
      int members = 0;
      for (Map.Entry<FoundBundle, UUID> entry : uuids.entrySet()) {
        List<Placed> placed = new ArrayList<>();
        for (FoundMember member : entry.getKey().members()) {
          RegisterOutcome outcome = orOwn(offered.next(), outcomes.next());
          created += outcome instanceof RegisterOutcome.Registered ? 1 : 0;
          place(entry.getKey(), member, entry.getValue(), outcome, placed);
        }
        members += placed.size();
        record(entry.getKey(), entry.getValue(), placed);
      }
      Findings.insert(connection, site, findings);
      return new Written(members, created);
    }

    /// What became of an offer. One whose uuid is another file's, of another name and content, is
    /// made without it: manifests have been wrong about that, and the file is there.
    private RegisterOutcome orOwn(Offer offer, RegisterOutcome outcome) throws SQLException {
      boolean anothers =
          outcome instanceof RegisterOutcome.Conflict c
              && offer.uuid() != null
              && !c.file().name().equals(offer.file().name())
              && !sha512(c.file()).equals(offer.file().checksums().load(ChecksumAlgorithm.SHA512));
      if (!anothers) {
        return outcome;
      }
      Offer own = new Offer(offer.file(), null, offer.copies(), offer.parents());
      return catalog.load(connection, List.of(own), cause).getFirst();
    }

    private Offer offer(FoundBundle found, FoundMember member, UUID uuid) throws SQLException {
      Optional<LogicalName> placed = new MemberPlace(catalog).of(connection, member);
      LogicalName name = placed.isPresent() ? placed.get() : unplaced(found, member);
      NewFile file =
          new NewFile(name, member.size(), Checksums.of(member.sha512()), member.metadata());
      Offer.Copy copy = new Offer.Copy(site, ReplicaState.AVAILABLE, inside(member), uuid);
      return new Offer(file, member.uuid(), List.of(copy), List.of());
    }

    /// The same content is the same file, whatever else the two say of it; of one that lies in
    /// several bundles the first copy stays the one that is used.
    private void place(
        FoundBundle found,
        FoundMember member,
        UUID uuid,
        RegisterOutcome outcome,
        List<Placed> placed)
        throws SQLException {
      switch (outcome) {
        case RegisterOutcome.Registered r -> placed.add(new Placed(r.file(), member));
        case RegisterOutcome.AlreadyThere a -> placed.add(new Placed(a.file(), member));
        case RegisterOutcome.Conflict c -> {
          CatalogFile there = c.file();
          boolean same = sha512(there).equals(member.sha512());
          if (!same) {
            findings.add(
                new Finding(
                    Finding.Kind.CONFLICTING_FILE,
                    found.name().toString(),
                    there.name().toString(),
                    c.reason()));
            return;
          }
          Optional<Replica> known = there.replicaAt(site);
          if (known.isEmpty() || saidToBeIn(found, known.get())) {
            ReplicaState state = known.map(Replica::state).orElse(ReplicaState.AVAILABLE);
            ReplicaChange copy =
                ReplicaChange.to(there.id(), site, state).at(inside(member)).inBundle(uuid);
            catalog.setReplica(connection, copy, cause.who(), cause.why());
          }
          placed.add(new Placed(there, member));
        }
      }
    }

    private static Checksum sha512(CatalogFile file) {
      return file.checksums().load(ChecksumAlgorithm.SHA512);
    }

    /// Whether a copy is what the old catalog wrote of a member, `<bundle>:<logical name>`, or in
    /// its first years `<bundle>:<last name>`. The folder of the bundle may be written in another
    /// way, its own name is not.
    private static boolean saidToBeIn(FoundBundle found, Replica copy) {
      String bundle = "/" + found.name().lastSegment() + ":";
      return copy.bundle() == null && copy.path().toString().contains(bundle);
    }

    private void record(FoundBundle found, UUID uuid, List<Placed> placed) throws SQLException {
      insertBundle(connection, site, found, uuid, placed, now);
      insertMembers(connection, uuid, placed);
      registerBundle(found);
      History.record(
          connection,
          new HistoryEntry(
              "bundle",
              uuid.toString(),
              cause.who(),
              "taken over from %s with %d files".formatted(site, placed.size()),
              null,
              "unread"));
    }

    /// A file that nothing places stays findable: below its bundle's own name.
    private LogicalName unplaced(FoundBundle found, FoundMember member) {
      LogicalName name =
          found
              .name()
              .parent()
              .child(found.name().lastSegment() + ".unplaced")
              .resolve(List.of(member.path().split("/")));
      findings.add(
          new Finding(
              Finding.Kind.UNPLACED_FILE,
              found.name().toString(),
              member.path(),
              "no manifest says where it belongs; it is known as " + name));
      return name;
    }

    /// The bundle's own UUID where no other bundle has it, else one made from its place.
    private UUID freeUuid(FoundBundle found, Collection<UUID> taken) throws SQLException {
      UUID made =
          UUID.nameUUIDFromBytes((site + ":" + found.name()).getBytes(StandardCharsets.UTF_8));
      UUID wanted = found.uuid().orElse(made);
      if (taken.contains(wanted)) {
        return made;
      }
      try (PreparedStatement select =
          connection.prepareStatement("SELECT 1 FROM bundle WHERE uuid = ?")) {
        select.setObject(1, wanted);
        try (ResultSet row = select.executeQuery()) {
          return row.next() ? made : wanted;
        }
      }
    }

    /// The bundle is a file of its own where its sha512 is known; else its first full reading makes
    /// it one. Where the catalog says something else of it, the reading shows who is right.
    private void registerBundle(FoundBundle found) throws SQLException {
      if (found.checksums().find(ChecksumAlgorithm.SHA512).isEmpty()) {
        return;
      }
      NewFile file =
          new NewFile(
              found.name(),
              found.size(),
              found.checksums(),
              FileMetadata.NONE.withLevel(Bundle.LEVEL));
      RegisterOutcome outcome = catalog.register(connection, file, site, found.name(), cause);
      if (outcome instanceof RegisterOutcome.Conflict conflict) {
        String name = found.name().toString();
        findings.add(new Finding(Finding.Kind.CONFLICTING_FILE, name, name, conflict.reason()));
      }
    }
  }

  private static LogicalName inside(FoundMember member) {
    return LogicalName.parse("/" + member.path());
  }

  private static void insertBundle(
      Connection connection,
      SiteName site,
      FoundBundle found,
      UUID uuid,
      List<Placed> placed,
      Instant now)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO bundle(uuid, site, request_path, name, state, created, file_count,"
                + " member_bytes, size, adler32, sha512, origin, manifest, content)"
                + " VALUES (?, ?, ?, ?, 'unread', ?, ?, ?, ?, ?, ?, 'imported', ?, ?)")) {
      insert.setObject(1, uuid);
      insert.setString(2, site.value());
      insert.setString(3, "/");
      insert.setString(4, found.name().toString());
      insert.setTimestamp(5, Timestamp.from(now));
      insert.setLong(6, placed.size());
      insert.setLong(7, placed.stream().mapToLong(p -> p.member.size()).sum());
      insert.setLong(8, found.size());
      setHex(insert, 9, found.checksums().find(ChecksumAlgorithm.ADLER32));
      setHex(insert, 10, found.checksums().find(ChecksumAlgorithm.SHA512));
      insert.setInt(11, found.manifest());
      insert.setBytes(12, content(placed));
      insert.executeUpdate();
    }
  }

  private static void setHex(PreparedStatement statement, int index, Optional<Checksum> sum)
      throws SQLException {
    statement.setString(index, sum.map(Checksum::hex).orElse(null));
  }

  /// The same for two bundles that hold the same files, in whatever order; null for an empty one.
  private static byte @Nullable [] content(List<Placed> placed) {
    if (placed.isEmpty()) {
      return null;
    }
    MessageDigest sha512 = Hashes.of(ChecksumAlgorithm.SHA512);
    for (Placed p :
        placed.stream().sorted((a, b) -> Long.compare(a.file.id(), b.file.id())).toList()) {
      sha512.update((p.file.id() + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return sha512.digest();
  }

  private static void insertMembers(Connection connection, UUID uuid, List<Placed> placed)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO bundle_member(bundle, ordinal, file_id, file_uuid, path, size, sha512,"
                + " record, header_offset, crc32, deflated)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, '', ?, ?, nullif(?, -1))")) {
      int ordinal = 0;
      for (Placed p : placed) {
        insert.setObject(1, uuid);
        insert.setInt(2, ordinal++);
        insert.setLong(3, p.file.id());
        insert.setObject(4, Objects.requireNonNullElse(p.member.uuid(), p.file.uuid()));
        insert.setString(5, p.member.path());
        insert.setLong(6, p.member.size());
        insert.setString(7, p.member.sha512().hex());
        insert.setLong(8, p.member.headerOffset());
        insert.setLong(9, p.member.crc32());
        insert.setLong(10, p.member.deflated());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }
}
