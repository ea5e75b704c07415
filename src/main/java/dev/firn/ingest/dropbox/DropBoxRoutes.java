package dev.firn.ingest.dropbox;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `GET /api/v1/dropboxes` and `GET /api/v1/dropboxes/{name}`, for administrators: the files that
/// wait, those that were refused, and how many came and went.
public final class DropBoxRoutes {
  private static final int PAGE = 200;
  private static final List<String> STATES =
      List.of("taken", "purged", "kept", "refused", "changed");

  private final DropBoxes boxes;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public DropBoxRoutes(DropBoxes boxes, Authenticator authenticator, AccessPolicy policy) {
    this.boxes = boxes;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/dropboxes", this::list);
    router.add("GET", "/api/v1/dropboxes/{name}", this::show);
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode array = view.putArray("dropboxes");
    boxes.configured().forEach(box -> array.add(view(box)));
    Json.respond(exchange, 200, view);
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    String name = path.load("name");
    DropBox box =
        boxes.configured().stream()
            .filter(b -> b.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such drop box"));
    ObjectNode view = view(box);
    ObjectNode waiting = view.putObject("waiting_for");
    boxes.status(name).examples().forEach(waiting::put);
    for (String state : List.of("taken", "refused")) {
      ArrayNode files = view.putArray(state + "_files");
      for (DropBoxStore.Row row : boxes.store().in(name, state, 0, PAGE)) {
        ObjectNode one = files.addObject().put("path", row.path()).put("size", row.size());
        if (row.name() != null) {
          one.put("name", row.name());
        }
        if (row.reason() != null) {
          one.put("reason", row.reason());
        }
        one.put("at", row.at().toString());
      }
    }
    Json.respond(exchange, 200, view);
  }

  private ObjectNode view(DropBox box) {
    BoxStatus status = boxes.status(box.name());
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("name", box.name());
    view.put("directory", box.directory().toString());
    view.put("copies", box.copies());
    view.put("notified", status.notified());
    view.put("waiting", status.waiting());
    if (status.oldest() != null) {
      view.put("oldest", status.oldest().toString());
    }
    if (status.looked() != null) {
      view.put("looked", status.looked().toString());
    }
    if (status.failure() != null) {
      view.put("failure", status.failure());
    }
    var counts = boxes.store().counts(box.name());
    STATES.forEach(state -> view.put(state, counts.getOrDefault(state, 0L)));
    return view;
  }
}
