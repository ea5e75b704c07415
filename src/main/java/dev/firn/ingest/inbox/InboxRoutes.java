package dev.firn.ingest.inbox;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.model.LogicalName;
import dev.firn.model.SiteName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.Operation;
import dev.firn.token.Role;
import dev.firn.token.TargetState;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Inboxes over HTTP: `POST` and `GET /api/v1/inboxes`, `GET` and `DELETE /api/v1/inboxes/{id}`,
/// `POST /api/v1/inboxes/{id}/token` and `/publish`; see `docs/formats/inboxes.md`.
///
/// Whoever may create the final name may have an inbox for it; only its owner and administrators
/// see and change it.
public final class InboxRoutes {
  private static final int PAGE = 1_000;
  private static final Duration TOKEN_LIFE = Duration.ofHours(1);
  private static final int LONGEST_DAYS = 365;

  private final Inboxes inboxes;
  private final InboxTokens tokens;
  private final Authenticator authenticator;
  private final AccessPolicy policy;

  public InboxRoutes(
      Inboxes inboxes, InboxTokens tokens, Authenticator authenticator, AccessPolicy policy) {
    this.inboxes = inboxes;
    this.tokens = tokens;
    this.authenticator = authenticator;
    this.policy = policy;
  }

  public void addTo(Router router) {
    router.add("POST", "/api/v1/inboxes", this::open);
    router.add("GET", "/api/v1/inboxes", this::list);
    router.add("GET", "/api/v1/inboxes/{id}", this::show);
    router.add("DELETE", "/api/v1/inboxes/{id}", this::expire);
    router.add("POST", "/api/v1/inboxes/{id}/token", this::token);
    router.add("POST", "/api/v1/inboxes/{id}/publish", this::publish);
  }

  /// The body of `POST /api/v1/inboxes`.
  ///
  /// @param path the name the content will have
  /// @param size bytes, about
  /// @param days for how long the inbox is kept
  /// @param archive a site to archive the content at once it is published; null for none
  record Wish(@Nullable String path, long size, int days, @Nullable String archive) {}

  private void open(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    Wish wish = Json.read(exchange, Wish.class);
    LogicalName goal = goal(wish.path());
    if (wish.size() < 0 || wish.days() < 1 || wish.days() > LONGEST_DAYS) {
      throw new HttpProblem(400, "bad-inbox", "a size is not negative, and 'days' is 1 to 365");
    }
    if (!caller.admin()) {
      policy.require(caller, Operation.PUT_NEW, goal, TargetState.ABSENT);
    }
    Inboxes.Wanted wanted =
        new Inboxes.Wanted(
            goal, wish.size(), Duration.ofDays(wish.days()), archive(caller, wish, goal));
    Inbox inbox =
        inboxes
            .open(caller.who(), wanted)
            .orElseThrow(() ->
                new HttpProblem(409, "name-taken", goal + " is there already, or has an inbox"));
    exchange.setHeader("Location", "/api/v1/inboxes/" + inbox.id());
    Json.respond(exchange, 201, withToken(inbox, caller));
  }

  /// Whoever asks an archive for something through an inbox needs the right to ask it for anything.
  private @Nullable SiteName archive(Caller caller, Wish wish, LogicalName goal) {
    if (wish.archive() == null) {
      return null;
    }
    policy.require(caller, Role.ARCHIVE_REQUEST);
    SiteName site;
    try {
      site = new SiteName(wish.archive());
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-inbox", "'archive' is not a site: " + e.getMessage());
    }
    Optional<String> refusal = inboxes.archive().refusal(goal, site);
    if (refusal.isPresent()) {
      throw new HttpProblem(400, "bad-inbox", refusal.get());
    }
    return site;
  }

  private LogicalName goal(@Nullable String path) {
    LogicalName goal;
    try {
      goal = LogicalName.parse(path == null ? "" : path);
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-inbox", "'path' is not a logical name: " + e.getMessage());
    }
    LogicalName own = inboxes.prefix().child("inbox");
    boolean inside = goal.startsWith(inboxes.prefix()) && !goal.equals(inboxes.prefix());
    if (!inside || goal.startsWith(own)) {
      throw new HttpProblem(
          400, "bad-inbox", "'path' lies below " + inboxes.prefix() + " and not in " + own);
    }
    return goal;
  }

  private void list(Exchange exchange) throws IOException {
    Caller caller = known(exchange);
    ObjectNode view = JsonNodeFactory.instance.objectNode();
    ArrayNode array = view.putArray("inboxes");
    for (Inbox inbox : inboxes.store().list(PAGE)) {
      if (mayUse(caller, inbox)) {
        array.add(view(inbox));
      }
    }
    Json.respond(exchange, 200, view);
  }

  private void show(Exchange exchange, Router.Parameters path) throws IOException {
    Json.respond(exchange, 200, view(own(known(exchange), path)));
  }

  private void token(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = known(exchange);
    Inbox inbox = own(caller, path);
    requireOpen(inbox.is("open"), inbox);
    Json.respond(exchange, 200, withToken(inbox, caller));
  }

  private void publish(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = known(exchange);
    Inbox inbox = own(caller, path);
    requireOpen(inboxes.publish(inbox, caller.who()), inbox);
    Json.respond(exchange, 202, view(inboxes.store().find(inbox.id()).orElse(inbox)));
  }

  private void expire(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = known(exchange);
    Inbox inbox = own(caller, path);
    requireOpen(inboxes.expire(inbox, caller.who(), "given up"), inbox);
    Json.respond(exchange, 200, view(inboxes.store().find(inbox.id()).orElse(inbox)));
  }

  private static void requireOpen(boolean open, Inbox inbox) {
    if (!open) {
      throw new HttpProblem(409, "not-open", "the inbox is not open any more: " + inbox.state());
    }
  }

  private Caller known(Exchange exchange) {
    Caller caller = authenticator.authenticate(exchange);
    if (caller.isAnonymous()) {
      policy.requireAdmin(caller); // lets nobody in but on an open door
    }
    return caller;
  }

  private Inbox own(Caller caller, Router.Parameters path) {
    UUID id;
    try {
      id = UUID.fromString(path.load("id"));
    } catch (IllegalArgumentException e) {
      throw new HttpProblem(400, "bad-parameter", "not a UUID");
    }
    return inboxes
        .store()
        .find(id)
        .filter(inbox -> mayUse(caller, inbox))
        .orElseThrow(() -> new HttpProblem(404, "not-found", "you have no such inbox"));
  }

  /// Its owner has an inbox as long as he could ask for it, and by a token that says so: of one
  /// that was made to open less, or of another issuer's person of that name, it is none.
  private boolean mayUse(Caller caller, Inbox inbox) {
    return caller.admin()
        || (policy.isOpen() || caller.who().equals(inbox.owner()))
            && policy.decide(caller, Operation.PUT_NEW, inbox.goal(), TargetState.ABSENT).granted();
  }

  private ObjectNode withToken(Inbox inbox, Caller caller) {
    String subject = caller.isAnonymous() ? "inbox" : caller.subject();
    return view(inbox)
        .put("token", tokens.token(subject, inboxes.directory(inbox), TOKEN_LIFE))
        .put("token_seconds", TOKEN_LIFE.toSeconds());
  }

  private ObjectNode view(Inbox inbox) {
    ObjectNode view = JsonNodeFactory.instance.objectNode().put("id", inbox.id().toString());
    view.put("owner", inbox.owner()).put("path", inbox.goal().toString());
    view.put("directory", inboxes.directory(inbox).toString());
    view.put("size", inbox.size()).put("state", inbox.state());
    view.put("created", inbox.created().toString()).put("expires", inbox.expires().toString());
    if (inbox.archive() != null) {
      view.put("archive", inbox.archive().value());
    }
    if (inbox.reason() != null) {
      view.put("reason", inbox.reason());
    }
    if (inbox.files() != null && inbox.bytes() != null) {
      view.put("files", inbox.files().longValue()).put("bytes", inbox.bytes().longValue());
    }
    return view;
  }
}
