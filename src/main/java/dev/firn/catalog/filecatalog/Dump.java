package dev.firn.catalog.filecatalog;

import dev.firn.catalog.Catalog;
import dev.firn.catalog.CatalogException;
import dev.firn.catalog.CatalogFile;
import dev.firn.catalog.Cause;
import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.NewFile;
import dev.firn.catalog.Offer;
import dev.firn.catalog.RegisterOutcome;
import dev.firn.database.Database;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.model.ReplicaState;
import dev.firn.model.SiteName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Documents of the old catalog in bulk: a dump of its database, or of ours in its form.
final class Dump {
  private static final DateTimeFormatter MODIFIED =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss[.SSSSSS]", Locale.ROOT);

  private static final String IN_A_BUNDLE = ".zip:";

  private final Database database;
  private final Catalog catalog;
  private final Records records;

  Dump(Database database, Catalog catalog) {
    this.database = database;
    this.catalog = catalog;
    this.records = new Records(catalog, new LocationStore());
  }

  /// What became of a document.
  ///
  /// @param uuid null when it is not registered
  /// @param problem what is wrong; null when nothing is
  record Outcome(String kind, @Nullable UUID uuid, @Nullable String problem) {
    static Outcome invalid(String why) {
      return new Outcome("invalid", null, why);
    }
  }

  private record Entry(JsonNode document, Offer offer, List<Location> locations) {}

  /// Registers documents in one transaction; what became of each stands at its place.
  List<Outcome> load(List<byte[]> lines, Cause cause) {
    List<@Nullable Entry> entries = new ArrayList<>();
    List<Outcome> outcomes = new ArrayList<>();
    for (byte[] line : lines) {
      try {
        entries.add(entry(line));
        outcomes.add(Outcome.invalid("not written"));
      } catch (Refusal | CatalogException | IllegalArgumentException e) {
        entries.add(null);
        outcomes.add(Outcome.invalid(String.valueOf(e.getMessage())));
      }
    }
    database.inTransaction(c -> {
      write(c, entries, outcomes, cause);
      return true;
    });
    return outcomes;
  }

  private static Entry entry(byte[] line) {
    JsonNode document;
    try {
      document = plain(Json.mapper().readTree(line));
    } catch (JacksonException e) {
      throw Refusal.bad("not JSON: " + e.getOriginalMessage().lines().findFirst().orElse(""));
    }
    if (!document.isObject()) {
      throw Refusal.bad("not a JSON object");
    }
    NewFile file = Document.file(document);
    List<Location> locations = Document.locations(document);
    for (Location location : locations) {
      FileMetadata.NONE.withExtra(location.flags()); // what cannot be stored is refused there
    }
    String written = document.path("uuid").asString("");
    UUID uuid = written.isEmpty() ? null : Document.uuid(written);
    Map<SiteName, Offer.Copy> copies = new LinkedHashMap<>();
    for (Location location : locations) {
      LogicalName path = location.firnPath();
      copies.putIfAbsent(
          location.firnSite(),
          new Offer.Copy(
              location.firnSite(),
              ReplicaState.AVAILABLE,
              path == null ? file.name() : path,
              null));
    }
    Offer offer = new Offer(file, uuid, List.copyOf(copies.values()), List.of());
    return new Entry(document, offer, locations);
  }

  /// MongoDB's way of writing values that JSON has no kind for, as what they are.
  private static JsonNode plain(JsonNode node) {
    if (node.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      node.forEach(one -> array.add(plain(one)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    JsonNode value = node.size() == 1 ? node.iterator().next() : node;
    for (String kind : List.of("$numberLong", "$numberInt", "$numberDouble")) {
      if (node.size() == 1 && node.has(kind) && value.isString()) {
        return Json.mapper().readTree(value.asString());
      }
    }
    if (node.size() == 1 && (node.has("$oid") || node.has("$date"))) {
      return plain(value);
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    node.properties().forEach(e -> object.set(e.getKey(), plain(e.getValue())));
    return object;
  }

  private void write(
      Connection c, List<@Nullable Entry> entries, List<Outcome> outcomes, Cause cause)
      throws SQLException {
    List<Offer> offers = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry != null) {
        offers.add(entry.offer);
        places.add(i);
      }
    }
    List<RegisterOutcome> registered = inTheirBundles(c, offers, cause);
    List<DumpStore.Placed> placed = new ArrayList<>();
    List<DumpStore.Dated> dated = new ArrayList<>();
    Map<Long, Integer> lines = new LinkedHashMap<>();
    for (int n = 0; n < offers.size(); n++) {
      int at = places.get(n);
      Entry entry = entries.get(at);
      if (entry == null) {
        continue;
      }
      switch (registered.get(n)) {
        case RegisterOutcome.Registered(CatalogFile file) -> {
          outcomes.set(at, new Outcome("created", file.uuid(), null));
          lines.put(file.id(), at);
          beside(file, entry, placed, dated);
        }
        case RegisterOutcome.AlreadyThere(CatalogFile file, boolean _) -> {
          outcomes.set(at, new Outcome("same", file.uuid(), null));
          lines.put(file.id(), at);
          beside(file, entry, placed, dated);
        }
        case RegisterOutcome.Conflict conflict ->
            outcomes.set(at, version(c, entry, conflict, cause));
      }
    }
    for (DumpStore.Placed taken : DumpStore.place(c, placed)) {
      Integer at = lines.get(taken.file());
      if (at != null) {
        String why =
            "the location %s:%s belongs to another file"
                .formatted(taken.location().site(), taken.location().path());
        outcomes.set(at, new Outcome("conflict", outcomes.get(at).uuid(), why));
      }
    }
    DumpStore.date(c, dated);
  }

  /// Registers them all. A copy that a document puts inside a bundle, `<bundle>:<logical name>`, is
  /// the one in the bundle that is known there, if one is.
  private List<RegisterOutcome> inTheirBundles(Connection c, List<Offer> offers, Cause cause)
      throws SQLException {
    List<RegisterOutcome> outcomes = new ArrayList<>(catalog.load(c, offers, cause));
    List<Integer> places = new ArrayList<>();
    List<Offer> again = new ArrayList<>();
    for (int i = 0; i < offers.size(); i++) {
      if (outcomes.get(i) instanceof RegisterOutcome.Conflict conflict) {
        Offer bundled = bundled(offers.get(i), conflict.file());
        if (!bundled.equals(offers.get(i))) {
          places.add(i);
          again.add(bundled);
        }
      }
    }
    List<RegisterOutcome> bundled = again.isEmpty() ? List.of() : catalog.load(c, again, cause);
    for (int i = 0; i < again.size(); i++) {
      outcomes.set(places.get(i), bundled.get(i));
    }
    return outcomes;
  }

  private static Offer bundled(Offer offer, CatalogFile known) {
    List<Offer.Copy> copies = new ArrayList<>();
    for (Offer.Copy copy : offer.copies()) {
      copies.add(
          known
              .replicaAt(copy.site())
              .filter(r -> r.bundle() != null && copy.path().toString().contains(IN_A_BUNDLE))
              .map(r -> new Offer.Copy(r.site(), r.state(), r.path(), r.bundle()))
              .orElse(copy));
    }
    return new Offer(offer.file(), offer.uuid(), copies, offer.parents());
  }

  private static void beside(
      CatalogFile file, Entry entry, List<DumpStore.Placed> placed, List<DumpStore.Dated> dated) {
    Set<SiteName> mirrored = new HashSet<>();
    for (Location location : entry.locations) {
      SiteName site = location.firnSite();
      placed.add(new DumpStore.Placed(file.id(), location, mirrored.add(site) ? site : null));
    }
    dated.add(
        new DumpStore.Dated(
            file.id(),
            modified(entry.document).orElse(file.created()),
            Document.Written.of(entry.document, file)));
  }

  private static Optional<Instant> modified(JsonNode document) {
    try {
      return Optional.of(
          LocalDateTime.parse(document.path("meta_modify_date").asString(""), MODIFIED)
              .toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /// The old catalog keeps several contents under one name: what conflicts may be another version.
  private Outcome version(Connection c, Entry entry, RegisterOutcome.Conflict conflict, Cause cause)
      throws SQLException {
    Savepoint before = c.setSavepoint();
    try {
      Records.Written written = records.create(c, entry.document, cause.who());
      return new Outcome("created", written.uuid(), null);
    } catch (Refusal | CatalogException e) {
      c.rollback(before);
      return new Outcome("conflict", conflict.file().uuid(), conflict.reason());
    }
  }

  /// The form of a line that goes out.
  enum Form {
    /// As the catalog shows and loads files.
    FIRN,
    /// As the old catalog writes them.
    FILE_CATALOG
  }

  /// These files as lines.
  List<ObjectNode> lines(List<CatalogFile> files, Form form) {
    List<Long> ids = files.stream().map(CatalogFile::id).toList();
    return database.read(c -> {
      List<ObjectNode> lines = new ArrayList<>();
      if (form == Form.FILE_CATALOG) {
        Map<Long, Document.Beside> beside = DumpStore.beside(c, ids);
        for (CatalogFile file : files) {
          lines.add(Document.of(file, Objects.requireNonNull(beside.get(file.id()))));
        }
      } else {
        Map<Long, List<LogicalName>> parents = catalog.parents(c, ids);
        for (CatalogFile file : files.stream().filter(f -> !f.replicas().isEmpty()).toList()) {
          lines.add(file.toOffer(parents.getOrDefault(file.id(), List.of())).toLine());
        }
      }
      return lines;
    });
  }
}
