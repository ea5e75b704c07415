package dev.firn.issuer.revocation;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.revocation.RevocationRecord.Entry;
import dev.firn.issuer.revocation.RevocationRecord.Wish;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.revocation.Revocation;
import dev.firn.token.revocation.Revocation.Kind;
import dev.firn.token.revocation.RevocationDocument;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `/api/v1/revocations`, for administrators, and `/auth/revocations`, which every door that trusts
/// this issuer reads: it needs no token and names nobody.
public final class RevocationRoutes {
  /// No token accepted anywhere lives longer, so a revocation of what was issued until now ends
  /// then.
  private static final Duration LONGEST_LIFE = Duration.ofDays(7);

  /// Anybody may ask for the list; the record is read for them once a second at most.
  private static final Duration FRESH = Duration.ofSeconds(1);

  private static final int LONGEST = 1024;

  private final RevocationRecord record;
  private final String issuer;
  private final Authenticator authenticator;
  private final AccessPolicy policy;
  private final InstantSource clock;
  private volatile @Nullable Published published;
  private Audit audit = Audit.NONE;

  private record Published(Instant made, List<Revocation> all) {}

  /// @param issuer this hub's own, which is meant when none is named
  public RevocationRoutes(
      RevocationRecord record,
      String issuer,
      Authenticator authenticator,
      AccessPolicy policy,
      InstantSource clock) {
    this.record = record;
    this.issuer = issuer;
    this.authenticator = authenticator;
    this.policy = policy;
    this.clock = clock;
  }

  /// Records each change in `audit`.
  public void addTo(Router router, Audit to) {
    this.audit = to;
    router.add("GET", "/auth/revocations", this::publish);
    router.add("GET", "/api/v1/revocations", this::list);
    router.add("POST", "/api/v1/revocations", this::add);
    router.add("DELETE", "/api/v1/revocations/{id}", this::lift);
  }

  private void publish(Exchange exchange) throws IOException {
    Instant now = clock.instant();
    Published known = published;
    if (known == null || Duration.between(known.made(), now).abs().compareTo(FRESH) > 0) {
      known = new Published(now, record.list().stream().map(Entry::published).toList());
      published = known;
    }
    exchange.setHeader("Cache-Control", "no-cache");
    exchange.respond(200, "application/json", RevocationDocument.write(known.all()));
  }

  private void list(Exchange exchange) throws IOException {
    policy.requireAdmin(authenticator, exchange);
    Json.respond(
        exchange,
        200,
        Map.of("revocations", record.list().stream().map(RevocationRoutes::view).toList()));
  }

  /// The body of `POST /api/v1/revocations`.
  ///
  /// @param issuedBefore ISO 8601; missing for now, so that new tokens are good
  /// @param block stops tokens issued at any time, until it is lifted
  record Body(
      @Nullable String kind,
      @Nullable String issuer,
      @Nullable String value,
      @JsonProperty("issued_before") @Nullable String issuedBefore,
      @Nullable Boolean block,
      @Nullable String reason) {}

  private void add(Exchange exchange) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    Body body = Json.read(exchange, Body.class);
    Wish wish = wish(body);
    refuseLockOut(caller, wish);
    String reason = text("reason", body.reason() == null ? "" : body.reason());
    Entry entry = record.add(wish, reason, caller.who());
    note("made", caller, wish.kind() + " " + wish.value() + " of " + wish.issuer());
    Json.respond(exchange, 201, view(entry));
  }

  private Wish wish(Body body) {
    Kind kind =
        Kind.ofLabel(body.kind() == null ? "" : body.kind())
            .orElseThrow(() -> bad("kind is token, subject, client, key or issuer"));
    String value = text("value", body.value() == null ? "" : body.value());
    if (value.isEmpty() != (kind == Kind.ISSUER)) {
      throw bad("every kind but issuer needs a value");
    }
    String of = text("issuer", body.issuer() == null ? issuer : body.issuer());
    if (kind == Kind.TOKEN || kind == Kind.KEY || Boolean.TRUE.equals(body.block())) {
      if (body.issuedBefore() != null) {
        throw bad("this revocation is of tokens issued at any time");
      }
      // A jti is never issued again and its token runs out; the rest stays until it is lifted.
      Instant end = kind == Kind.TOKEN ? clock.instant().plus(LONGEST_LIFE) : null;
      return new Wish(kind, of, value, null, end);
    }
    Instant before = body.issuedBefore() == null ? nextSecond() : time(body.issuedBefore());
    return new Wish(kind, of, value, before, before.plus(LONGEST_LIFE));
  }

  /// Who stops all that he will ever get could not lift it again, nor could anybody else who
  /// administers by the same program or issuer.
  private static void refuseLockOut(Caller caller, Wish wish) {
    Caller.Identity who = caller.identity();
    boolean own =
        switch (wish.kind()) {
          case SUBJECT -> wish.value().equals(who.subject());
          case CLIENT -> wish.value().equals(who.clientId());
          case ISSUER -> true;
          case TOKEN, KEY -> false; // another token, of another key, is had at once
        };
    if (own && wish.issuedBefore() == null && wish.issuer().equals(who.issuer())) {
      throw new HttpProblem(
          409,
          "locks-you-out",
          "this would stop your own tokens too, new ones as well, and you could not lift it;"
              + " without block it stops those that there are");
    }
  }

  /// Tokens say in whole seconds when they were issued; one of this very second is meant too.
  private Instant nextSecond() {
    return Instant.ofEpochSecond(clock.instant().getEpochSecond() + 1);
  }

  private static Instant time(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw bad("issued_before is not of the form 2026-11-23T12:00:00Z");
    }
  }

  private static String text(String name, String value) {
    if (value.length() > LONGEST || value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw bad(name + " is too long or holds control characters");
    }
    return value;
  }

  private void lift(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = policy.requireAdmin(authenticator, exchange);
    String id = path.load("id");
    if (!id.matches("[0-9]{1,18}") || !record.lift(Long.parseLong(id))) {
      throw new HttpProblem(404, "not-found", "there is no such revocation in force");
    }
    note("lifted", caller, "number " + id);
    exchange.respond(204);
  }

  private void note(String reason, Caller caller, String what) {
    audit.record(new Audit.Event("revoke", reason, caller, Map.of("what", what)));
  }

  private static Map<String, Object> view(Entry entry) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("id", entry.id());
    view.put("kind", entry.what().kind().label());
    view.put("issuer", entry.what().issuer());
    view.put("value", entry.what().value());
    put(view, "issued_before", entry.what().issuedBefore());
    put(view, "forgotten", entry.what().forgotten());
    view.put("reason", entry.reason());
    view.put("made_by", entry.madeBy());
    view.put("made", entry.made().toString());
    return view;
  }

  private static void put(Map<String, Object> view, String name, @Nullable Instant time) {
    if (time != null) {
      view.put(name, time.toString());
    }
  }

  private static HttpProblem bad(String detail) {
    return new HttpProblem(400, "bad-revocation", detail);
  }
}
