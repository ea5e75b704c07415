package dev.firn.catalog.filecatalog;

import dev.firn.catalog.FileMetadata;
import dev.firn.catalog.Sql;
import dev.firn.http.Exchange;
import dev.firn.http.Router;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// `/api/collections` and `/api/snapshots`.
final class CollectionRoutes {
  private static final String COLLECTIONS = "/api/collections";
  private static final String SNAPSHOTS = "/api/snapshots";

  private final FileCatalogRoutes frame;
  private final CollectionStore store = new CollectionStore();
  private final Supplier<UUID> ids;

  CollectionRoutes(FileCatalogRoutes frame, Supplier<UUID> ids) {
    this.frame = frame;
    this.ids = ids;
  }

  void addTo(Router router) {
    String one = COLLECTIONS + "/{uid}";
    frame.add(router, "GET", COLLECTIONS, (exchange, path, who) -> list(exchange));
    frame.add(router, "POST", COLLECTIONS, (exchange, path, who) -> create(exchange));
    frame.add(router, "GET", one, (exchange, path, who) -> show(exchange, path));
    frame.add(router, "GET", one + "/files", (exchange, path, who) -> files(exchange, path));
    frame.add(
        router, "GET", one + "/snapshots", (exchange, path, who) -> snapshots(exchange, path));
    frame.add(router, "POST", one + "/snapshots", (exchange, path, who) -> freeze(exchange, path));
    String snapshot = SNAPSHOTS + "/{uid}";
    frame.add(router, "GET", snapshot, (exchange, path, who) -> snapshot(exchange, path));
    frame.add(router, "GET", snapshot + "/files", (exchange, path, who) -> frozen(exchange, path));
  }

  private void list(Exchange exchange) throws IOException {
    Arguments.requirePage(exchange);
    long start = Arguments.start(exchange);
    int limit = Arguments.limit(exchange);
    ObjectNode body = FileCatalogRoutes.linked(COLLECTIONS, "/api");
    show(exchange, body.putArray("collections"), frame.read(c -> store.all(c, start, limit)));
    FileCatalogRoutes.respond(exchange, 200, body);
  }

  /// Unlike files, these are shown whole unless keys are named.
  private static void show(
      Exchange exchange, ArrayNode array, List<CollectionStore.Collection> found) {
    List<String> keys = exchange.query("keys").isPresent() ? Arguments.keys(exchange) : List.of();
    found.forEach(one -> array.add(Projection.of(one.document(), keys)));
  }

  private void create(Exchange exchange) throws IOException {
    ObjectNode document = (ObjectNode) FileCatalogRoutes.body(exchange);
    Arguments.condition(document); // what cannot be asked is refused now
    String name = document.path("collection_name").asString("");
    if (name.isEmpty()) {
      throw Refusal.bad("Missing collection_name");
    }
    if (document.path("owner").asString("").isEmpty()) {
      throw Refusal.bad("Missing owner");
    }
    FileMetadata.NONE.withExtra(document); // what cannot be stored is refused there
    UUID uuid = identity(document);
    String now = Instant.now().toString();
    document.put("meta_modify_date", now).put("creation_date", now);
    frame.write(c -> {
      if (store.find(c, uuid.toString()).isPresent()) {
        throw Refusal.conflict(
            "Conflict with existing collection (uuid already exists)",
            Map.of("file", COLLECTIONS + "/" + uuid));
      }
      store.insert(c, uuid, name, document);
      return true;
    });
    ObjectNode body = FileCatalogRoutes.linked(COLLECTIONS, "/api");
    FileCatalogRoutes.respond(exchange, 201, body.put("collection", COLLECTIONS + "/" + uuid));
  }

  private UUID identity(ObjectNode document) {
    if (!document.has("uuid")) {
      document.put("uuid", ids.get().toString());
    }
    return Document.uuid(document.path("uuid").asString(""));
  }

  private CollectionStore.Collection load(Connection c, Router.Parameters path)
      throws SQLException {
    return store
        .find(c, path.load("uid"))
        .orElseThrow(() -> Refusal.notFound("Collection not found"));
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    ObjectNode document = frame.read(c -> load(c, path)).document();
    document.setAll(FileCatalogRoutes.linked(COLLECTIONS + "/" + path.load("uid"), COLLECTIONS));
    FileCatalogRoutes.respond(exchange, 200, document);
  }

  private void files(Exchange exchange, Router.Parameters path) throws IOException {
    Arguments.requirePage(exchange);
    Sql condition = Arguments.condition(frame.read(c -> load(c, path)).document());
    String parent = COLLECTIONS + "/" + path.load("uid");
    frame.respondFiles(exchange, condition, FileCatalogRoutes.linked(parent + "/files", parent));
  }

  private void snapshots(Exchange exchange, Router.Parameters path) throws IOException {
    Arguments.requirePage(exchange);
    long start = Arguments.start(exchange);
    int limit = Arguments.limit(exchange);
    String parent = COLLECTIONS + "/" + path.load("uid");
    ObjectNode body = FileCatalogRoutes.linked(parent + "/snapshots", parent);
    show(
        exchange,
        body.putArray("snapshots"),
        frame.read(c -> store.snapshots(c, existing(c, path).uuid(), start, limit)));
    FileCatalogRoutes.respond(exchange, 200, body);
  }

  /// For snapshots the old catalog answers 400, not 404.
  private CollectionStore.Collection existing(Connection c, Router.Parameters path)
      throws SQLException {
    Optional<CollectionStore.Collection> found = store.find(c, path.load("uid"));
    return found.orElseThrow(() -> Refusal.bad("Cannot find collection"));
  }

  private void freeze(Exchange exchange, Router.Parameters path) throws IOException {
    ObjectNode document = (ObjectNode) FileCatalogRoutes.body(exchange);
    FileMetadata.NONE.withExtra(document);
    UUID uuid = identity(document);
    document.put("creation_date", Instant.now().toString());
    frame.write(c -> {
      CollectionStore.Collection collection = existing(c, path);
      if (store.snapshot(c, uuid.toString()).isPresent()) {
        throw Refusal.conflict("Conflict with existing snapshot (uuid already exists)", Map.of());
      }
      document.put("collection_id", collection.uuid().toString());
      if (!document.has("owner")) {
        document.set("owner", collection.document().path("owner"));
      }
      JsonNode query = collection.document();
      store.insertSnapshot(c, uuid, collection.uuid(), document, Arguments.condition(query));
      return true;
    });
    String parent = COLLECTIONS + "/" + path.load("uid");
    ObjectNode body = FileCatalogRoutes.linked(parent + "/snapshots", parent);
    FileCatalogRoutes.respond(exchange, 201, body.put("snapshot", SNAPSHOTS + "/" + uuid));
  }

  private CollectionStore.Collection loadSnapshot(Router.Parameters path) {
    return frame
        .read(c -> store.snapshot(c, path.load("uid")))
        .orElseThrow(() -> Refusal.notFound("Snapshot not found"));
  }

  private void snapshot(Exchange exchange, Router.Parameters path) throws IOException {
    CollectionStore.Collection snapshot = loadSnapshot(path);
    ObjectNode document = snapshot.document();
    ArrayNode files = document.putArray("files");
    frame.read(c -> store.files(c, snapshot.uuid())).forEach(files::add);
    document.setAll(FileCatalogRoutes.linked(SNAPSHOTS + "/" + path.load("uid"), COLLECTIONS));
    FileCatalogRoutes.respond(exchange, 200, document);
  }

  private void frozen(Exchange exchange, Router.Parameters path) throws IOException {
    Arguments.requirePage(exchange);
    UUID uuid = loadSnapshot(path).uuid();
    Sql condition =
        new Sql()
            .add(
                "f.id IN (SELECT m.file_id FROM filecatalog_snapshot_file m WHERE m.snapshot = ?)",
                uuid);
    String parent = SNAPSHOTS + "/" + path.load("uid");
    frame.respondFiles(exchange, condition, FileCatalogRoutes.linked(parent + "/files", parent));
  }
}
