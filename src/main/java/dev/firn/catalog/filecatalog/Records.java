package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.catalog.Replica;
import dev.firn.catalog.ReplicaChange;
import dev.firn.http.Json;
import dev.firn.model.Checksum;
import dev.firn.model.ChecksumAlgorithm;
import dev.firn.model.Checksums;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The changes that the File Catalog's clients ask for, each inside a transaction of the caller's.
final class Records {
  private static final String FILES = "/api/files/";
  private static final List<String> MADE = List.of("_id", "mongo_id", "meta_modify_date");
  private static final List<String> FIXED =
      List.of("_id", "mongo_id", "meta_modify_date", "uuid", "logical_name");

  private final Catalog catalog;
  private final LocationStore places;

  Records(Catalog catalog, LocationStore places) {
    this.catalog = catalog;
    this.places = places;
  }

  /// @param created false when only locations were added to a record that was there
  record Written(UUID uuid, boolean created) {}

  CatalogFile load(Connection c, String text) throws SQLException {
    UUID uuid;
    try {
      uuid = Document.uuid(text);
    } catch (Refusal e) {
      throw Refusal.notFound("File uuid not found");
    }
    return catalog
        .find(c, uuid)
        .filter(Records::there)
        .orElseThrow(() -> Refusal.notFound("File uuid not found"));
  }

  private static boolean there(CatalogFile file) {
    return file.live() || !file.replicas().isEmpty();
  }

  /// The same, for a change: nobody else changes the record until the transaction ends.
  CatalogFile lock(Connection c, String text) throws SQLException {
    return catalog
        .lock(c, load(c, text).id())
        .filter(Records::there)
        .orElseThrow(() -> Refusal.notFound("File uuid not found"));
  }

  /// What a record is now, as an entity tag.
  static String tag(ObjectNode record) {
    return "\"" + UUID.nameUUIDFromBytes(Json.bytes(record)) + "\"";
  }

  /// @param tag what the client has seen; null when it does not say
  /// @throws Refusal 409 when the record is another since
  void requireSeen(Connection c, CatalogFile file, @Nullable String tag) throws SQLException {
    if (tag != null && !tag.equals("*") && !tag.contains(tag(show(c, file)))) {
      throw Refusal.conflict("Conflict: the record was changed since", Map.of());
    }
  }

  ObjectNode show(Connection c, CatalogFile file) throws SQLException {
    return Document.of(file, places.beside(c, file.id()));
  }

  Written create(Connection c, JsonNode document, String who) throws SQLException {
    Cause cause = new Cause(who, "registered through the File Catalog's protocol");
    NewFile file = Document.file(document);
    List<Location> locations = Document.locations(document);
    String written = document.path("uuid").asString("");
    Optional<CatalogFile> same =
        written.isEmpty() ? Optional.empty() : lockSame(c, Document.uuid(written));
    if (same.isPresent()) {
      return addReplica(c, same.get(), file, locations, cause);
    }
    requireFree(c, locations, -1);
    Optional<CatalogFile> live = catalog.lock(c, file.name());
    for (CatalogFile version : versions(c, file)) {
      if (version.name().equals(file.name()) && there(version)) {
        throw exists("this logical_name with this checksum is there", version);
      }
    }
    if (live.isPresent()) {
      catalog.supersede(c, live.get().id(), cause);
    }
    Location first =
        locations.stream().filter(l -> !l.archive()).findFirst().orElse(locations.getFirst());
    LogicalName path = first.firnPath() == null ? file.name() : first.firnPath();
    RegisterOutcome outcome = catalog.register(c, file, first.firnSite(), path, cause);
    if (outcome instanceof RegisterOutcome.Conflict conflict) {
      throw exists("the name was taken meanwhile", conflict.file());
    }
    if (!(outcome instanceof RegisterOutcome.Registered registered)) {
      throw Refusal.conflict("the name was taken meanwhile", Map.of());
    }
    long id = registered.file().id();
    if (!written.isEmpty()) {
      catalog.identify(c, id, Document.uuid(written));
    }
    CatalogFile made = catalog.find(c, id).orElseThrow();
    places.insert(c, id, first, first.firnSite());
    places.modified(c, id, Document.Written.of(document, made));
    List<Location> others = new ArrayList<>(locations);
    others.remove(first);
    addLocations(c, id, others, cause);
    return new Written(made.uuid(), true);
  }

  /// The record of a uuid, if it is still there; one that is gone leaves its uuid to the next.
  private Optional<CatalogFile> lockSame(Connection c, UUID uuid) throws SQLException {
    Optional<CatalogFile> known = catalog.find(c, uuid);
    if (known.isEmpty()) {
      return known;
    }
    Optional<CatalogFile> same = catalog.lock(c, known.get().id()).filter(Records::there);
    if (same.isEmpty()) {
      places.forget(c, known.get().id());
    }
    return same;
  }

  private List<CatalogFile> versions(Connection c, NewFile file) throws SQLException {
    return catalog.withContent(c, file.checksums().load(ChecksumAlgorithm.SHA512), 1_000);
  }

  private Written addReplica(
      Connection c, CatalogFile known, NewFile file, List<Location> locations, Cause cause)
      throws SQLException {
    if (known.checksums().firstDifference(file.checksums()).isPresent()
        || !known.name().equals(file.name())) {
      throw exists("Conflict with existing file (uuid already exists)", known);
    }
    List<Location> there = places.beside(c, known.id()).locations();
    if (locations.stream().anyMatch(l -> there.stream().anyMatch(l::isAt))) {
      throw exists("replica has already been added", known);
    }
    requireFree(c, locations, known.id());
    addLocations(c, known.id(), locations, cause);
    places.modified(c, known.id(), Document.Written.USUAL);
    return new Written(known.uuid(), false);
  }

  private void requireFree(Connection c, List<Location> locations, long own) throws SQLException {
    Optional<LocationStore.Taken> taken = places.taken(c, locations, own);
    if (taken.isPresent()) {
      Location location = taken.get().location();
      CatalogFile owner = catalog.find(c, taken.get().file()).orElseThrow();
      throw Refusal.conflict(
          "Conflict with existing file (location already exists `" + location.path() + "`)",
          Map.of("file", FILES + owner.uuid(), "location", location.document()));
    }
  }

  private static Refusal exists(String error, CatalogFile known) {
    return Refusal.conflict(error, Map.of("file", FILES + known.uuid()));
  }

  void addLocations(Connection c, CatalogFile file, JsonNode body, String who) throws SQLException {
    if (!body.has("locations")) {
      throw Refusal.bad("POST body requires 'locations' field");
    }
    List<Location> wanted = new ArrayList<>(Document.locations(body));
    requireFree(c, wanted, file.id());
    List<Location> there = places.beside(c, file.id()).locations();
    wanted.removeIf(l -> there.stream().anyMatch(l::isAt));
    if (!wanted.isEmpty()) {
      addLocations(
          c, file.id(), wanted, new Cause(who, "told through the File Catalog's protocol"));
      places.modified(c, file.id(), Document.Written.USUAL);
    }
  }

  /// The first location of a site is also a copy on Firn's record, unless there is one.
  private void addLocations(Connection c, long id, List<Location> locations, Cause cause)
      throws SQLException {
    for (Location location : locations) {
      SiteName site = location.firnSite();
      CatalogFile now = catalog.find(c, id).orElseThrow();
      if (now.replicaAt(site).isPresent()) {
        places.insert(c, id, location, null);
      } else {
        ReplicaChange copy = ReplicaChange.to(id, site, ReplicaState.AVAILABLE);
        LogicalName path = location.firnPath();
        catalog.setReplica(c, path == null ? copy : copy.at(path), cause.who(), cause.why());
        places.insert(c, id, location, site);
      }
    }
  }

  /// Returns whether the record has a location left.
  boolean removeLocation(Connection c, CatalogFile file, JsonNode body, String who)
      throws SQLException {
    if (!body.path("site").isString() || !body.path("path").isString()) {
      throw Refusal.bad("POST body requires 'site' & 'path' fields");
    }
    if (body.size() > 2) {
      throw Refusal.bad("Extra POST body fields detected: only 'site' & 'path' are taken");
    }
    Location location = Location.read(body);
    List<Location> there = places.beside(c, file.id()).locations();
    List<Location> removed = there.stream().filter(location::isBeside).toList();
    if (removed.isEmpty()) {
      throw Refusal.notFound(
          "Location entry not found for site='%s' & path='%s'"
              .formatted(location.site(), location.path()));
    }
    Cause cause = new Cause(who, "removed through the File Catalog's protocol");
    for (Location one : removed) {
      remove(c, file, one, cause);
    }
    if (there.size() == removed.size()) {
      forget(c, file, cause);
      return false;
    }
    places.modified(c, file.id(), Document.Written.USUAL);
    return true;
  }

  private void remove(Connection c, CatalogFile file, Location location, Cause cause)
      throws SQLException {
    Optional<String> mirror = places.mirrorOf(c, file.id(), location);
    if (mirror.isEmpty()) {
      throw Refusal.conflict("Firn keeps this copy itself; remove it through its door", Map.of());
    }
    places.delete(c, file.id(), location);
    if (!mirror.get().isEmpty()) {
      SiteName site = new SiteName(mirror.get());
      Optional<Replica> copy = catalog.find(c, file.id()).orElseThrow().replicaAt(site);
      if (copy.isPresent()) {
        ReplicaChange deleting = ReplicaChange.to(file.id(), site, ReplicaState.DELETING);
        catalog.setReplica(c, deleting, cause.who(), cause.why());
        catalog.setReplica(c, ReplicaChange.gone(file.id(), site), cause.who(), cause.why());
      }
    }
  }

  void delete(Connection c, CatalogFile file, String who) throws SQLException {
    if (hasOwnCopy(c, file)) {
      throw Refusal.conflict(
          "Firn keeps copies of this file itself; remove them through its door", Map.of());
    }
    forget(c, file, new Cause(who, "deleted through the File Catalog's protocol"));
  }

  private boolean hasOwnCopy(Connection c, CatalogFile file) throws SQLException {
    for (Location location : places.beside(c, file.id()).locations()) {
      if (places.mirrorOf(c, file.id(), location).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private void forget(Connection c, CatalogFile file, Cause cause) throws SQLException {
    catalog.forget(c, file.id(), cause);
    places.forget(c, file.id());
  }

  /// Replaces the metadata: all of it, or the keys that `change` has; a key that is null goes.
  void describe(Connection c, CatalogFile file, JsonNode change, boolean whole, String who)
      throws SQLException {
    if (!change.isObject()) {
      throw Refusal.bad("the body is not a JSON object");
    }
    ObjectNode now = show(c, file);
    ObjectNode wanted = whole ? ((ObjectNode) change).deepCopy() : now.deepCopy();
    if (whole) {
      wanted.set("uuid", now.path("uuid")); // the URL's, whatever the document says
      requireUnchanged(now, wanted);
    } else {
      requireUnchanged(now, change);
      change
          .properties()
          .forEach(e -> {
            if (e.getValue().isNull()) {
              wanted.remove(e.getKey());
            } else {
              wanted.set(e.getKey(), e.getValue());
            }
          });
    }
    if (!whole && change.path("checksum") instanceof ObjectNode more) {
      wanted.set("checksum", ((ObjectNode) now.path("checksum")).deepCopy().setAll(more));
    }
    FileMetadata old = file.metadata();
    NewFile offered = Document.file(wanted);
    requireSameSums(file, offered.checksums());
    if (offered.size() != file.size()) {
      resize(c, file, offered.size());
    }
    FileMetadata told = offered.metadata();
    FileMetadata before = Document.metadata(now);
    FileMetadata described =
        told.withCredibleTimes(
                changed(before.starts(), told.starts(), old.starts()),
                changed(before.ends(), told.ends(), old.ends()),
                changed(before.livetime(), told.livetime(), old.livetime()))
            .withOwner(old.owner(), old.group());
    Cause cause = new Cause(who, "described through the File Catalog's protocol");
    catalog.describe(c, file.id(), described, cause);
    catalog.addChecksums(c, file.id(), offered.checksums());
    if (change.has("locations")) {
      replaceLocations(c, file, Document.locations(change), cause);
    } else if (whole) {
      throw Refusal.bad("'locations' must be an array with at least one location");
    }
    places.modified(c, file.id(), Document.Written.USUAL);
  }

  /// A size may be told anew, as in the old catalog, until somebody here has read the bytes.
  private void resize(Connection c, CatalogFile file, long size) throws SQLException {
    if (file.replicas().stream().anyMatch(copy -> copy.verified() != null) || hasOwnCopy(c, file)) {
      throw forbidden("modification", "file_size");
    }
    catalog.resize(c, file.id(), size);
  }

  /// What is known stays, unless the document says something else than before.
  private static <T> @Nullable T changed(@Nullable T before, @Nullable T told, @Nullable T known) {
    return Objects.equals(before, told) ? known : told;
  }

  private void replaceLocations(Connection c, CatalogFile file, List<Location> wanted, Cause cause)
      throws SQLException {
    requireFree(c, wanted, file.id());
    List<Location> there = places.beside(c, file.id()).locations();
    for (Location old : there) {
      if (!wanted.contains(old)) {
        remove(c, file, old, cause);
      }
    }
    List<Location> more = new ArrayList<>(wanted);
    more.removeAll(there);
    addLocations(c, file.id(), more, cause);
  }

  /// Sums of the same bytes; more of them may be told, no others.
  private static void requireSameSums(CatalogFile file, Checksums told) {
    Optional<Checksum> other = file.checksums().firstDifference(told);
    if (other.isPresent()) {
      String kind = other.get().algorithm().label();
      throw forbidden("modification", "checksum." + kind);
    }
  }

  private static void requireUnchanged(JsonNode now, JsonNode change) {
    for (String fixed : FIXED) {
      if (change.has(fixed)
          && !change.path(fixed).asString("").equals(now.path(fixed).asString(""))) {
        throw forbidden("modification", fixed);
      }
    }
    JsonNode sum = change.path("checksum").path("sha512");
    boolean other = !sum.isMissingNode() && !sum.equals(now.path("checksum").path("sha512"));
    if (other || (change.has("checksum") && sum.isMissingNode())) {
      throw forbidden("modification", "checksum.sha512");
    }
  }

  /// @throws Refusal 400 for fields that only the catalog writes
  static void requireCreatable(JsonNode document) {
    for (String made : MADE) {
      if (document.has(made)) {
        throw forbidden("creation", made);
      }
    }
  }

  private static Refusal forbidden(String what, String field) {
    return Refusal.bad("Validation Error: forbidden field " + what + " '" + field + "'");
  }
}
