package dev.firn.archive.recall;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.catalog.FileQuery;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.Role;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Recalls over HTTP, below `/api/v1/recalls`.
///
/// | route | answers |
/// |---|---|
/// | `POST` | takes an order, or with `dry_run` says what it would do |
/// | `GET` | the newest orders: all for an administrator, else the caller's own |
/// | `GET {id}?from=` | one order with a page of its files |
/// | `POST {id}/cancel` | gives up what waits of it |
///
/// To order needs the right to read each file and to create, or with `replace` to replace, its
/// target; a priority above the normal an administrator.
public final class RecallRoutes {
  private static final String BASE = "/api/v1/recalls";
  private static final int PAGE = 1000;

  private final RecallOrders orders;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public RecallRoutes(RecallOrders orders, Authenticator authenticator, AccessPolicy policy) {
    this.orders = orders;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", BASE, this::add);
    router.add("GET", BASE, this::list);
    router.add("GET", BASE + "/{id}", this::show);
    router.add("POST", BASE + "/{id}/cancel", this::cancel);
  }

  /// The body of `POST`.
  ///
  /// @param under a folder: all files below it
  /// @param query files by what is known of them
  /// @param mapFrom the folder whose files go to the same places below `mapTo`
  record Order(
      @Nullable List<String> names,
      @Nullable String under,
      @Nullable String query,
      @JsonProperty("map_from") @Nullable String mapFrom,
      @JsonProperty("map_to") @Nullable String mapTo,
      @Nullable Integer priority,
      @Nullable Boolean replace,
      @JsonProperty("dry_run") @Nullable Boolean dryRun) {}

  private void add(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    Order order = Json.read(exchange, Order.class);
    RecallOrders.Wanted wanted = wanted(order);
    if (wanted.priority() > RecallOrders.NORMAL) {
      policy.require(caller, Role.ARCHIVE_OPERATE);
    }
    Operation write = wanted.replace() ? Operation.PUT_OVER : Operation.PUT_NEW;
    RecallOrders.Allowed allowed =
        (name, target) -> {
          policy.require(caller, Operation.GET_FILE, name, TargetState.FILE);
          policy.require(caller, write, target, TargetState.FILE);
        };
    try {
      if (Boolean.TRUE.equals(order.dryRun())) {
        Json.respond(exchange, 200, view(orders.estimate(wanted, allowed)));
        return;
      }
      RecallOrder added =
          orders
              .add(wanted, caller.who(), allowed)
              .orElseThrow(
                  () -> new HttpProblem(400, "empty", "there is no file that this order names"));
      Json.respond(exchange, 201, view(added));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  private static RecallOrders.Wanted wanted(Order order) {
    try {
      String query = order.query() == null ? "" : order.query();
      if (order.under() != null) {
        String under = FileQuery.below(LogicalName.parse(order.under()));
        query = query.isBlank() ? under : under + " and (" + query + ")";
      }
      List<LogicalName> names =
          order.names() == null
              ? List.of()
              : order.names().stream().map(LogicalName::parse).toList();
      if (names.isEmpty() && query.isBlank()) {
        throw new HttpProblem(400, "bad-json", "name 'names', a folder 'under', or a 'query'");
      }
      if ((order.mapFrom() == null) != (order.mapTo() == null)) {
        throw new HttpProblem(400, "bad-json", "'map_from' and 'map_to' go together");
      }
      RecallOrders.Mapping mapping =
          order.mapFrom() == null || order.mapTo() == null
              ? null
              : new RecallOrders.Mapping(
                  LogicalName.parse(order.mapFrom()), LogicalName.parse(order.mapTo()));
      return new RecallOrders.Wanted(
          names,
          query.isBlank() ? null : FileQuery.parse(query),
          mapping,
          order.priority() == null ? RecallOrders.NORMAL : order.priority(),
          Boolean.TRUE.equals(order.replace()));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  private void list(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    boolean all = policy.may(caller, Role.ARCHIVE_OPERATE);
    List<Map<String, Object>> views =
        orders.list(PAGE).stream()
            .filter(o -> all || o.who().equals(caller.who()))
            .map(RecallRoutes::view)
            .toList();
    Json.respond(exchange, 200, Map.of("recalls", views));
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    RecallOrder order = load(authenticator.authenticate(exchange), path);
    int from = exchange.query("from").map(RecallRoutes::number).orElse(0);
    Map<String, Object> view = view(order);
    view.put(
        "list", orders.files(order.id(), from, PAGE).stream().map(RecallRoutes::view).toList());
    Json.respond(exchange, 200, view);
  }

  private static int number(String text) {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "from: a number");
    }
  }

  private void cancel(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    RecallOrder order = load(caller, path);
    requireRead(caller, order);
    int cancelled = orders.cancel(order.id(), null, caller.who());
    Json.respond(exchange, 200, Map.of("cancelled", cancelled));
  }

  /// What was ordered is given up by a token that could have ordered it, or by an operator.
  private void requireRead(Caller caller, RecallOrder order) {
    if (policy.may(caller, Role.ARCHIVE_OPERATE)) {
      return;
    }
    List<RecallFile> page;
    int from = 0;
    do {
      page = orders.files(order.id(), from, PAGE);
      page.forEach(f -> policy.require(caller, Operation.GET_FILE, f.name(), TargetState.FILE));
      from += page.size();
    } while (page.size() == PAGE);
  }

  private RecallOrder load(Caller caller, Router.Parameters path) {
    String text = path.load("id");
    UUID id;
    try {
      id = UUID.fromString(text);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "recall: " + e.getMessage());
    }
    return orders
        .find(id)
        .filter(o -> o.who().equals(caller.who()) || policy.may(caller, Role.ARCHIVE_OPERATE))
        .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no recall " + id));
  }

  private static Map<String, Object> view(RecallOrders.Estimate estimate) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("files", estimate.files());
    view.put("bytes", estimate.bytes());
    view.put("bundles", estimate.bundles());
    view.put("sites", estimate.sites().stream().map(s -> s.value()).sorted().toList());
    view.put("present", estimate.present());
    view.put("unarchived", estimate.unarchived());
    return view;
  }

  private static Map<String, Object> view(RecallOrder order) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", order.id().toString());
    view.put("who", order.who());
    view.put("made", order.made().toString());
    view.put("what", order.what());
    view.put("priority", order.priority());
    view.put("replace", order.replace());
    view.put("waiting", order.files().waiting());
    view.put("done", order.files().done());
    view.put("failed", order.files().failed());
    view.put("cancelled", order.files().cancelled());
    view.put("bytes", order.bytes());
    view.put("done_bytes", order.doneBytes());
    view.put("ended", order.ended());
    return view;
  }

  private static Map<String, Object> view(RecallFile file) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", file.name().toString());
    view.put("target", file.target().toString());
    view.put("size", file.size());
    view.put("site", file.site() == null ? "" : file.site().value());
    view.put("bundle", file.bundle() == null ? "" : file.bundle().toString());
    view.put("state", file.state().name().toLowerCase(Locale.ROOT));
    view.put("reason", file.reason() == null ? "" : file.reason());
    return view;
  }
}
