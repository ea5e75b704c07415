package dev.firn.issuer.account;

import dev.firn.http.Exchange;
import dev.firn.http.HttpProblem;
import dev.firn.http.Json;
import dev.firn.http.Router;
import dev.firn.issuer.revocation.RevocationRecord;
import dev.firn.token.AccessPolicy;
import dev.firn.token.Audit;
import dev.firn.token.Authenticator;
import dev.firn.token.Caller;
import dev.firn.token.revocation.Revocation.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// `/api/v1/accounts`, for administrators.
///
/// Disabling an account, or giving it another password, ends its logins at once and takes back the
/// access tokens it has, at every door within seconds.
public final class AccountRoutes {
  /// No access token of this issuer lives longer.
  private static final Duration LONGEST_LIFE = Duration.ofHours(6);

  private final Accounts accounts;
  private final RevocationRecord revocations;
  private final String issuer;
  private final Administrators administrators;
  private final InstantSource clock;

  /// Who may use these routes, and where it is noted.
  public record Administrators(Authenticator authenticator, AccessPolicy policy, Audit audit) {}

  public AccountRoutes(
      Accounts accounts,
      RevocationRecord revocations,
      String issuer,
      Administrators administrators,
      InstantSource clock) {
    this.accounts = accounts;
    this.revocations = revocations;
    this.issuer = issuer;
    this.administrators = administrators;
    this.clock = clock;
  }

  public void addTo(Router router) {
    router.add("GET", "/api/v1/accounts", this::list);
    router.add("POST", "/api/v1/accounts", this::add);
    router.add("PATCH", "/api/v1/accounts/{name}", this::change);
  }

  /// The body of `POST` and `PATCH`; with `PATCH`, what is missing stays as it is.
  record Body(
      @Nullable String name,
      @Nullable String password,
      @Nullable List<String> groups,
      @Nullable List<String> scopes,
      @Nullable Boolean disabled) {
    /// Without the password.
    @Override
    public String toString() {
      return "account " + name;
    }
  }

  private Caller administrator(Exchange exchange) {
    return administrators.policy().requireAdmin(administrators.authenticator(), exchange);
  }

  private void list(Exchange exchange) throws IOException {
    administrator(exchange);
    Json.respond(
        exchange,
        200,
        Map.of("accounts", accounts.list().stream().map(AccountRoutes::view).toList()));
  }

  private void add(Exchange exchange) throws IOException {
    Caller caller = administrator(exchange);
    Body body = Json.read(exchange, Body.class);
    Account account;
    boolean added;
    try {
      account =
          new Account(
              orEmpty(body.name()),
              orNone(body.groups()),
              orNone(body.scopes()),
              Optional.empty(),
              clock.instant());
      added = accounts.add(account, orEmpty(body.password()), caller.who());
    } catch (IllegalArgumentException e) {
      throw bad(e);
    }
    if (!added) {
      throw new HttpProblem(409, "account-exists", "there is an account of this name");
    }
    note("account_added", caller, account);
    Json.respond(exchange, 201, view(account));
  }

  private void change(Exchange exchange, Router.Parameters path) throws IOException {
    Caller caller = administrator(exchange);
    Body body = Json.read(exchange, Body.class);
    String name = path.load("name");
    if (body.name() != null) {
      throw new HttpProblem(400, "bad-account", "an account keeps its name");
    }
    try {
      // What would be refused is refused before anything is changed.
      accounts.find(name).ifPresent(account -> changed(account, body));
      if (body.password() != null && accounts.changePassword(name, body.password(), caller.who())) {
        takeBackTokens(name, "password changed", caller);
      }
      Account account =
          accounts
              .change(name, before -> changed(before, body), caller.who())
              .orElseThrow(
                  () -> new HttpProblem(404, "not-found", "there is no account of this name"));
      if (account.disabled().isPresent()) {
        takeBackTokens(name, "account disabled", caller);
      }
      note(
          account.disabled().isPresent() ? "account_disabled" : "account_changed", caller, account);
      Json.respond(exchange, 200, view(account));
    } catch (IllegalArgumentException e) {
      throw bad(e);
    }
  }

  private Account changed(Account before, Body body) {
    Optional<Instant> disabled = before.disabled();
    if (body.disabled() != null) {
      disabled =
          body.disabled() ? disabled.or(() -> Optional.of(clock.instant())) : Optional.empty();
    }
    return new Account(
        before.name(),
        body.groups() == null ? before.groups() : body.groups(),
        body.scopes() == null ? before.scopes() : body.scopes(),
        disabled,
        before.made());
  }

  private void takeBackTokens(String name, String why, Caller caller) {
    // Tokens say in whole seconds when they were issued; one of this very second is meant too.
    Instant before = Instant.ofEpochSecond(clock.instant().getEpochSecond() + 1);
    revocations.add(
        new RevocationRecord.Wish(Kind.SUBJECT, issuer, name, before, before.plus(LONGEST_LIFE)),
        why,
        caller.who());
  }

  private void note(String reason, Caller caller, Account account) {
    administrators
        .audit()
        .record(
            new Audit.Event(
                "admin",
                reason,
                caller,
                Map.of(
                    "account", account.name(),
                    "groups", String.join(" ", account.groups()),
                    "scope", String.join(" ", account.scopes()))));
  }

  private static Map<String, Object> view(Account account) {
    Map<String, Object> view = new LinkedHashMap<>();
    view.put("name", account.name());
    view.put("groups", account.groups());
    view.put("scopes", account.scopes());
    account.disabled().ifPresent(since -> view.put("disabled", since.toString()));
    view.put("made", account.made().toString());
    return view;
  }

  private static HttpProblem bad(IllegalArgumentException e) {
    return new HttpProblem(400, "bad-account", String.valueOf(e.getMessage()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static List<String> orNone(@Nullable List<String> list) {
    return list == null ? List.of() : list;
  }
}
