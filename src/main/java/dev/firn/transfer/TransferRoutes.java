package dev.firn.transfer;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.TransferState;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.TargetState;
import dev.firn.transfer.queue.Transfer;
import dev.firn.transfer.rule.CopyRequest;
import dev.firn.transfer.rule.CopyRequests;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// `/api/v1/sites`, `/api/v1/transfers` and `/api/v1/copy-requests`, described in
/// `docs/formats/transfer-api.md`.
///
/// Changing anything is for administrators. Sites are shown to any caller with a token, a transfer
/// to those who may read what it moves, requests to administrators.
public final class TransferRoutes {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1000;

  private final Transfers transfers;
  private final Explanations explanations;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public TransferRoutes(
      Transfers transfers,
      Explanations explanations,
      Authenticator authenticator,
      AccessPolicy policy) {
    this.transfers = transfers;
    this.explanations = explanations;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/sites", this::sites);
    router.add("GET", "/api/v1/transfers", this::listTransfers);
    router.add("GET", "/api/v1/transfers/{id}", this::transfer);
    router.add("GET", "/api/v1/transfers/{id}/explain", this::explain);
    router.add("POST", "/api/v1/transfers/{id}/retry", this::retry);
    router.add("POST", "/api/v1/transfers/{id}/cancel", this::cancel);
    router.add("GET", "/api/v1/copy-requests", this::listRequests);
    router.add("GET", "/api/v1/copy-requests/{id}/explain", this::explainRequest);
  }

  private void sites(Exchange exchange) throws IOException {
    requireKnown(exchange);
    Json.respond(
        exchange,
        200,
        Map.of("sites", transfers.sites().list().stream().map(TransferViews::site).toList()));
  }

  private void listTransfers(Exchange exchange) throws IOException {
    Caller caller = requireKnown(exchange);
    TransferState state = label(exchange, "state", TransferState::ofLabel).orElse(null);
    int limit = limit(exchange);
    List<Transfer> page = transfers.list(state, before(exchange), limit);
    List<Map<String, Object>> seen =
        page.stream().filter(t -> maySee(caller, t)).map(TransferViews::transfer).toList();
    Json.respond(
        exchange, 200, page("transfers", seen, page.size() < limit ? 0 : page.getLast().id()));
  }

  private static Map<String, Object> page(String name, List<?> items, long before) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put(name, items);
    if (before > 0) {
      view.put("before", before);
    }
    return view;
  }

  private void transfer(Exchange exchange, Router.Parameters path) throws IOException {
    Transfer transfer = load(requireKnown(exchange), path);
    Json.respond(exchange, 200, TransferViews.transfer(transfer));
  }

  private void explain(Exchange exchange, Router.Parameters path) throws IOException {
    Transfer transfer = load(requireKnown(exchange), path);
    Map<String, Object> view = new LinkedHashMap<>(TransferViews.transfer(transfer));
    explanations.transfer(transfer.id()).ifPresent(e -> view.putAll(TransferViews.explanation(e)));
    // The list of what was tried takes the place of its number.
    view.put("attempt_count", transfer.attempts());
    Json.respond(exchange, 200, view);
  }

  private void retry(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Transfer transfer = load(caller, path);
    if (!transfers.retry(transfer.id(), caller.who(), "asked for again")) {
      throw new HttpProblem(
          409, "not-retryable", "the transfer is " + transfer.state().label() + " already");
    }
    Json.respond(exchange, 200, TransferViews.transfer(load(caller, path)));
  }

  private void cancel(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Transfer transfer = load(caller, path);
    if (!transfers.cancel(transfer.id(), caller.who(), "cancelled by " + caller.who())) {
      throw new HttpProblem(
          409,
          "not-cancellable",
          "only a queued transfer can be cancelled; this one is " + transfer.state().label());
    }
    Json.respond(exchange, 200, TransferViews.transfer(load(caller, path)));
  }

  private void listRequests(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    CopyRequest.State state =
        label(exchange, "state", CopyRequest.State::ofLabel).orElse(CopyRequest.State.OPEN);
    int limit = limit(exchange);
    long before = before(exchange);
    List<CopyRequest> found =
        transfers.database().read(c -> CopyRequests.list(c, state, before, limit));
    Json.respond(
        exchange,
        200,
        page(
            "requests",
            found.stream().map(TransferViews::request).toList(),
            found.size() < limit ? 0 : found.getLast().id()));
  }

  private void explainRequest(Exchange exchange, Router.Parameters path) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Explanation explanation =
        explanations
            .request(number(path.load("id")))
            .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such request"));
    Json.respond(exchange, 200, TransferViews.explanation(explanation));
  }

  /// What may not be seen is answered like what is not there.
  private Transfer load(Caller caller, Router.Parameters path) {
    return transfers
        .find(number(path.load("id")))
        .filter(t -> maySee(caller, t))
        .orElseThrow(() -> new HttpProblem(404, "not-found", "there is no such transfer"));
  }

  private boolean maySee(Caller caller, Transfer transfer) {
    return caller.admin()
        || policy
            .decide(caller, Operation.STAT, transfer.request().from().path(), TargetState.FILE)
            .granted();
  }

  private Caller requireKnown(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.requireAdmin(caller);
    }
    return caller;
  }

  private static <T> Optional<T> label(
      Exchange exchange, String name, Function<String, T> ofLabel) {
    try {
      return exchange.query(name).map(ofLabel);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "no such " + name);
    }
  }

  private static long before(Exchange exchange) {
    return exchange.query("before").map(TransferRoutes::number).orElse(0L);
  }

  private static int limit(Exchange exchange) {
    long wanted = exchange.query("limit").map(TransferRoutes::number).orElse((long) PAGE);
    return (int) Math.clamp(wanted, 1, LARGEST_PAGE);
  }

  private static long number(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw new HttpProblem(400, "bad-parameter", "not a number");
    }
  }
}
