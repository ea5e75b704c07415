package dev.firn.issuer;

import dev.firn.http.Exchange;
import dev.firn.http.Handler;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.model.LogicalName;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.RequestPath;
import dev.firn.token.Right;
import dev.firn.token.Scope;
import dev.firn.token.ticket.Caveats;
import dev.firn.token.ticket.Macaroon;
import dev.firn.token.ticket.Tickets;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Answers a client that wants to hand part of its rights on: `POST PATH` with the content type
/// `application/macaroon-request`, as gfal2, FTS and dCache clients send it.
///
/// The answer's `macaroon` is a ticket of this door, which those clients know how to carry and
/// narrow. The caller must hold a token that states scopes; the ticket allows what was asked *and*
/// is held, at and below the path of the request, and ends no later. A path that ends in `/` means
/// the directory only. Activities become the weakest scopes that allow them: `DOWNLOAD` read,
/// `UPLOAD` and `MANAGE` create, `DELETE` and `UPDATE_METADATA` modify, `STAGE` stage; `LIST` and
/// `READ_METADATA` come with any of them and cannot be had alone. Who holds a ticket narrows it
/// offline and gets no other for it.
public final class DelegationHandler implements Handler {
  /// The content type of a request for delegation.
  public static final String CONTENT_TYPE = "application/macaroon-request";

  private static final int MAX_CAVEATS = 20;

  /// The request's body; both may be missing.
  record Body(@Nullable List<String> caveats, @Nullable String validity) {}

  /// What a request asks for.
  private record Wish(LogicalName path, Set<Right> rights, Instant end) {}

  private final Tickets tickets;
  private final Predicate<String> issuers;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final InstantSource clock;
  private final Audit audit;

  /// @param issuers those whose scopes are relative to `/`, as a ticket's are
  public DelegationHandler(
      Tickets tickets,
      Predicate<String> issuers,
      Authenticator authenticator,
      AccessPolicy policy,
      InstantSource clock) {
    this(tickets, issuers, authenticator, policy, clock, Audit.NONE);
  }

  private DelegationHandler(
      Tickets tickets,
      Predicate<String> issuers,
      Authenticator authenticator,
      AccessPolicy policy,
      InstantSource clock,
      Audit audit) {
    this.audit = audit;
    this.tickets = tickets;
    this.issuers = issuers;
    this.authenticator = authenticator;
    this.policy = policy;
    this.clock = clock;
  }

  /// The same, recording each ticket that is given.
  public DelegationHandler recording(Audit to) {
    return new DelegationHandler(tickets, issuers, authenticator, policy, clock, to);
  }

  /// @throws HttpProblem 400 for a request that is not understood, 401 without a token, 403 when
  ///   nothing of what is asked is held
  @Override
  public void handle(Exchange exchange) throws IOException {
    Caller caller = authenticator.authenticate(exchange);
    LogicalName path = RequestPath.decode(exchange.rawPath());
    Wish wish = wish(path, Json.read(exchange, Body.class));
    if (authenticator.carriesTicket(exchange)) {
      throw new HttpProblem(
          403, "nothing-to-delegate", "whoever holds a ticket narrows it offline");
    }
    boolean directory = RequestPath.namesDirectory(exchange.rawPath()) && wish.path().equals(path);
    Set<Right> granted = EnumSet.noneOf(Right.class);
    for (Right right : wish.rights()) {
      if (policy.isOpen() || holds(caller, new Scope(right, wish.path(), directory))) {
        granted.add(right);
      }
    }
    if (granted.isEmpty()) {
      throw refusal(caller);
    }
    Instant now = clock.instant();
    Instant end = wish.end().isBefore(caller.expires()) ? wish.end() : caller.expires();
    Duration life = Duration.between(now, end);
    life = life.compareTo(Tickets.LONGEST) > 0 ? Tickets.LONGEST : life;
    if (life.toSeconds() < 1) {
      throw bad("nothing is left of the time asked for");
    }
    Scope place = new Scope(Right.READ, wish.path(), directory && !path.isRoot());
    Macaroon ticket =
        tickets.mint(caller, new Tickets.Wish(place, granted, now.plusSeconds(life.toSeconds())));
    audit.record(
        new Audit.Event(
            "ticket_issue",
            granted.stream().sorted().map(Right::scopeName).collect(Collectors.joining(" ")),
            caller,
            Map.of(
                "path", wish.path().toString(),
                "lifetime", life.toString(),
                "peer", exchange.remote().getAddress().getHostAddress())));
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("macaroon", ticket.encode());
    answer.put("expires_in", life.toSeconds());
    exchange.setHeader("Cache-Control", "no-store");
    Json.respond(exchange, 200, answer);
  }

  private boolean holds(Caller caller, Scope scope) {
    return issuers.test(caller.issuer())
        && caller.permissions().scopes().stream().anyMatch(held -> held.includes(scope));
  }

  private static HttpProblem refusal(Caller caller) {
    return caller.isAnonymous()
        ? new HttpProblem(
            401,
            "token-required",
            "delegation needs a bearer token",
            Map.of("WWW-Authenticate", "Bearer realm=\"firn\""))
        : new HttpProblem(
            403, "nothing-to-delegate", "the token holds none of the activities asked for here");
  }

  private Wish wish(LogicalName path, Body body) {
    Instant now = clock.instant();
    Instant end = now.plus(validity(body.validity()));
    LogicalName below = path;
    Set<Right> rights = EnumSet.noneOf(Right.class);
    boolean activities = false;
    List<String> caveats = body.caveats() == null ? List.of() : body.caveats();
    if (caveats.size() > MAX_CAVEATS) {
      throw bad("too many caveats");
    }
    for (String caveat : caveats) {
      int colon = caveat.indexOf(':');
      String value = caveat.substring(colon + 1);
      switch (colon < 0 ? "" : caveat.substring(0, colon)) {
        case "activity" -> {
          Set<Right> these = rights(value);
          if (activities) {
            rights.retainAll(these);
          } else {
            rights.addAll(these);
          }
          activities = true;
        }
        case "path" -> {
          LogicalName narrower = RequestPath.decode(value);
          if (!narrower.startsWith(below)) {
            throw bad("a path caveat does not lie under the path of the request");
          }
          below = narrower;
        }
        case "before" -> {
          Instant before = instant(value);
          end = before.isBefore(end) ? before : end;
        }
        default -> throw bad("a caveat is not understood");
      }
    }
    return new Wish(below, activities ? rights : EnumSet.allOf(Right.class), end);
  }

  private static Set<Right> rights(String activities) {
    try {
      return Caveats.rights(activities);
    } catch (IllegalArgumentException e) {
      throw bad("an activity is not understood");
    }
  }

  private static Duration validity(@Nullable String text) {
    if (text == null) {
      return Duration.ofHours(1);
    }
    try {
      Duration asked = Duration.parse(text);
      if (asked.isPositive()) {
        return asked.compareTo(Tickets.LONGEST) > 0 ? Tickets.LONGEST : asked;
      }
    } catch (DateTimeException e) {
      throw bad("validity is not an ISO 8601 duration");
    }
    throw bad("validity must be positive");
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw bad("a time is not of the form 2026-11-23T12:00:00Z");
    }
  }

  private static HttpProblem bad(String detail) {
    return new HttpProblem(400, "bad-delegation-request", detail);
  }
}
